/** One JSON line an event. Callers pass ids and codes, never tokens, URLs or headers. */
export function log(
  level: 'info' | 'warn' | 'error',
  event: string,
  fields: Readonly<Record<string, string | number | boolean | null>> = {},
): void {
  console[level](JSON.stringify({ event, ...fields }));
}

/** What a thrown thing says, bounded: never the request that caused it. */
export function reasonOf(thrown: unknown): string {
  return (thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown)).slice(0, 300);
}
