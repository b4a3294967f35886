/** Reads for a page: the newest answer, what went wrong, and again from time to time. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { noteIfSignedOut, troubleOf, type Trouble } from './api.ts';

export interface Query<T> {
  /** What came last; it stays while it is asked for again. */
  readonly data: T | null;
  readonly trouble: Trouble | null;
  readonly isLoading: boolean;
  readonly reload: () => void;
}

interface State<T> {
  readonly key: string | null;
  readonly data: T | null;
  readonly trouble: Trouble | null;
}

/** `key` names what is asked for; null asks for nothing yet. `everyMs` may follow from what came. */
export function useQuery<T>(
  key: string | null,
  load: () => Promise<T>,
  everyMs?: number | ((data: T) => number),
): Query<T> {
  const [state, setState] = useState<State<T>>({ key: null, data: null, trouble: null });
  const [round, setRound] = useState(0);
  // The newest functions, without asking again because they are new.
  const latest = useRef({ load, everyMs });
  latest.current = { load, everyMs };
  useEffect(() => {
    if (key === null) return undefined;
    let isGone = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async (): Promise<void> => {
      let data: T | null = null;
      try {
        data = await latest.current.load();
        if (!isGone) setState({ key, data, trouble: null });
      } catch (thrown) {
        noteIfSignedOut(thrown);
        if (!isGone)
          setState((before) => ({
            ...before,
            key,
            data: before.key === key ? before.data : null,
            trouble: troubleOf(thrown),
          }));
      }
      const every = latest.current.everyMs;
      const waitMs = typeof every !== 'function' ? every : data === null ? AFTER_TROUBLE_MS : every(data);
      if (waitMs !== undefined && !isGone) timer = setTimeout(() => void whenSeen(ask), waitMs);
    };
    void ask();
    return () => {
      isGone = true;
      clearTimeout(timer);
    };
  }, [key, round]);
  const reload = useCallback(() => setRound((before) => before + 1), []);
  const isCurrent = state.key === key;
  return {
    data: isCurrent ? state.data : null,
    trouble: isCurrent ? state.trouble : null,
    isLoading: key !== null && !(isCurrent && (state.data !== null || state.trouble !== null)),
    reload,
  };
}

const AFTER_TROUBLE_MS = 5_000;

/** A tab that nobody looks at asks for nothing. */
async function whenSeen(ask: () => Promise<void>): Promise<void> {
  if (document.hidden)
    await new Promise<void>((seen) => document.addEventListener('visibilitychange', () => seen(), { once: true }));
  return ask();
}

export interface Action {
  readonly run: (work: () => Promise<unknown>) => Promise<boolean>;
  readonly isBusy: boolean;
  readonly trouble: Trouble | null;
}

/** Something that is done on a click: one at a time, and what went wrong is shown where it was asked for. */
export function useAction(onDone: () => void = () => undefined): Action {
  const [isBusy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const run = async (work: () => Promise<unknown>): Promise<boolean> => {
    setBusy(true);
    setTrouble(null);
    try {
      await work();
      onDone();
      return true;
    } catch (thrown) {
      noteIfSignedOut(thrown);
      setTrouble(troubleOf(thrown));
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { run, isBusy, trouble };
}
