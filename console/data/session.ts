import { useCallback, useEffect, useState } from 'preact/hooks';
import { CliffhangerError, type ConsoleSession } from '../../client/index.ts';
import { api, SESSION_ENDED, troubleOf, type Trouble } from './api.ts';

export type SessionState =
  | { readonly kind: 'checking' }
  | { readonly kind: 'out'; readonly trouble: Trouble | null }
  | { readonly kind: 'in'; readonly session: ConsoleSession };

export interface SessionControl {
  readonly state: SessionState;
  readonly signIn: (apiKey: string) => Promise<void>;
  readonly signOut: () => Promise<void>;
}

export function useSession(): SessionControl {
  const [state, setState] = useState<SessionState>({ kind: 'checking' });
  const signIn = useCallback(async (apiKey: string): Promise<void> => {
    try {
      const session = await api.call('POST /v1/console/session', { body: { apiKey } });
      setState({ kind: 'in', session });
    } catch (thrown) {
      setState({ kind: 'out', trouble: troubleOf(thrown) });
    }
  }, []);
  const signOut = useCallback(async (): Promise<void> => {
    await api.call('DELETE /v1/console/session');
    setState({ kind: 'out', trouble: null });
  }, []);
  useEffect(() => {
    // A refusal may be of a session before this one, and late: so it is asked.
    const ended = (): void => void resume(setState, ENDED);
    document.addEventListener(SESSION_ENDED, ended);
    const key = takeKeyFromAddress();
    void (key === null ? resume(setState, null) : signIn(key));
    // Pasted into a tab that has the console open already.
    const pasted = (): void => {
      const another = takeKeyFromAddress();
      if (another !== null) void signIn(another);
    };
    addEventListener('hashchange', pasted);
    return () => {
      document.removeEventListener(SESSION_ENDED, ended);
      removeEventListener('hashchange', pasted);
    };
  }, []);
  return { state, signIn, signOut };
}

const ENDED: Trouble = {
  title: 'Your session has ended.',
  detail: 'It lasts 12 hours, and no longer than its API key. Sign in again and you are back where you were.',
  code: null,
};

/** `without`: what is said where there is no session at all. */
async function resume(setState: (state: SessionState) => void, without: Trouble | null): Promise<void> {
  try {
    setState({ kind: 'in', session: await api.call('GET /v1/console/session') });
  } catch (thrown) {
    const isNew = thrown instanceof CliffhangerError && thrown.code === 'api-key-missing';
    const hasEnded = thrown instanceof CliffhangerError && thrown.code === 'console-session-ended';
    setState({ kind: 'out', trouble: isNew ? without : hasEnded ? ENDED : troubleOf(thrown) });
  }
}

/** `#key=sk_…` signs in without pasting; the fragment is sent to no server, and is gone before anything is loaded. */
function takeKeyFromAddress(): string | null {
  const key = new URLSearchParams(location.hash.slice(1)).get('key');
  if (key !== null) history.replaceState(null, '', location.pathname);
  return key;
}
