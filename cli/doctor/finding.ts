export interface Finding {
  readonly check: string;
  readonly state: 'ok' | 'warning' | 'error' | 'skipped';
  readonly detail: string;
}

/** A check that could not be made to its end. */
export function ended(check: string, error: unknown): Finding {
  return { check, state: 'error', detail: error instanceof Error ? error.message : String(error) };
}

/** `good` where there is nothing else to say. */
export function orOk(check: string, findings: readonly Finding[], good: string): readonly Finding[] {
  return findings.length === 0 ? [{ check, state: 'ok', detail: good }] : findings;
}
