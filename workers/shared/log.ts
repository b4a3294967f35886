/** One JSON line an event. Callers pass ids and codes, never tokens, URLs or headers. */
export function log(
  level: 'info' | 'warn' | 'error',
  event: string,
  fields: Readonly<Record<string, string | number | boolean | null>> = {},
): void {
  console[level](JSON.stringify({ event, ...fields }));
}

/** What a thrown thing says, bounded: never the request that caused it, nor the parameters that drizzle appends. */
export function reasonOf(thrown: unknown): string {
  const text = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  return text.replace(/\n?params:[\s\S]*/, '').slice(0, 300);
}
