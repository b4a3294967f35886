/** The public API, called with the session's cookie. It is of this origin and no script can read it. */
import { Cliffhanger, CliffhangerError } from '../../client/index.ts';

/** Says that it is the console that writes: workers/shared/http/console-cookie.ts. */
export const PROOF = { 'Cliffhanger-Console': '1' } as const;

export const SESSION_ENDED = 'sessionended';

const SIGNED_OUT: ReadonlySet<string> = new Set(['api-key-missing', 'api-key-invalid', 'console-session-ended']);

export const api = new Cliffhanger({
  origin: location.origin,
  async fetch(input, init) {
    const headers = new Headers(init?.headers);
    for (const [name, value] of Object.entries(PROOF)) headers.set(name, value);
    return fetch(input, { ...init, headers, credentials: 'same-origin' });
  },
});

/** What a person is told of a failure, and what to do about it. */
export interface Trouble {
  readonly title: string;
  readonly detail: string;
  readonly code: string | null;
}

export function troubleOf(thrown: unknown): Trouble {
  if (!(thrown instanceof CliffhangerError)) {
    const detail = navigator.onLine
      ? 'The edge did not answer. It is tried again when you reload.'
      : 'This device is offline. What you see is from before; it goes on when the connection is back.';
    return { title: 'No connection', detail, code: null };
  }
  const { problem, code } = thrown;
  const scope = problem['scope'];
  if (code === 'insufficient-scope' && typeof scope === 'string') {
    const detail = `Your API key lacks the scope “${scope}”. Sign in with one that has it, or ask who made yours.`;
    return { title: 'Not for this key', detail, code };
  }
  return { title: problem.title, detail: problem.detail ?? '', code };
}

/** Whoever asked is told too; the shell asks for the key again. */
export function noteIfSignedOut(thrown: unknown): void {
  if (thrown instanceof CliffhangerError && SIGNED_OUT.has(thrown.code))
    document.dispatchEvent(new Event(SESSION_ENDED));
}

/** All pages of a list: what a person looks at as a whole. */
export async function allOf<T>(
  page: (cursor: string | undefined) => Promise<{ readonly items: readonly T[]; readonly nextCursor: string | null }>,
  atMost = 1_000,
): Promise<T[]> {
  const items: T[] = [];
  for (let cursor: string | undefined; ;) {
    const { items: more, nextCursor } = await page(cursor);
    items.push(...more);
    if (nextCursor === null || items.length >= atMost) return items;
    cursor = nextCursor;
  }
}
