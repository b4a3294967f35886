/** Routes are in the fragment: the page is one static file, and what is looked at can be linked to. */
import { useEffect, useState } from 'preact/hooks';

export interface Route {
  readonly path: readonly string[];
  readonly query: URLSearchParams;
}

/** `#/episodes/ep_1?days=7` */
export function readRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  return {
    path: path.split('/').filter(Boolean).map(decodeURIComponent),
    query: new URLSearchParams(query),
  };
}

export function hrefOf(path: readonly string[], query: Readonly<Record<string, string | null>> = {}): string {
  const pairs = Object.entries(query).flatMap(([name, value]): [string, string][] =>
    value === null ? [] : [[name, value]],
  );
  const search = pairs.length === 0 ? '' : `?${new URLSearchParams(pairs).toString()}`;
  return `#/${path.map(encodeURIComponent).join('/')}${search}`;
}

export function useRoute(): Route {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const heard = (): void => setHash(location.hash);
    addEventListener('hashchange', heard);
    return () => removeEventListener('hashchange', heard);
  }, []);
  return readRoute(hash);
}

/** Changes what the page shows without leaving it: no entry in the history for each choice in a menu. */
export function setQuery(change: Readonly<Record<string, string | null>>): void {
  const { path, query } = readRoute(location.hash);
  const next = hrefOf(path, { ...Object.fromEntries(query), ...change });
  history.replaceState(null, '', next);
  dispatchEvent(new HashChangeEvent('hashchange'));
}
