import type { Problem } from '#core/problem/codes.ts';
import { UnavailableError } from '#shared/binding-call.ts';

/** An error's text is all that comes out of a Durable Object. */
export const LEDGER_RECONCILING = 'the ledger is being reconciled';

/** A person has to look, so nobody needs to come back every second. */
const RETRY_AFTER_SECONDS = 60;

/** null for a failure that is not of this kind. */
export function reconcilingProblem(thrown: unknown): Problem | null {
  if (!(thrown instanceof UnavailableError) || !thrown.message.includes(LEDGER_RECONCILING)) return null;
  const detail = 'No coin moves until the ledger was compared. Nothing was done; the same request may come again.';
  return { code: 'ledger-reconciling', detail, retryAfterSeconds: RETRY_AFTER_SECONDS };
}
