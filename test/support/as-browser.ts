/** Beacons of what names itself a bot, as Node's own fetch does, are told apart and not counted. */
export const A_BROWSER =
  'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36';

export function asBrowser(init: RequestInit): RequestInit {
  const headers = new Headers(init.headers);
  if (!headers.has('user-agent')) headers.set('user-agent', A_BROWSER);
  return { ...init, headers };
}
