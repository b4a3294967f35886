/** What the address of the page asks for. */
export interface PageRequest {
  readonly token: string | null;
  readonly series: string | null;
  /** The address without its token, to be put into the address bar; null when there was none. */
  readonly cleanUrl: string | null;
}

export function readPageRequest(href: string): PageRequest {
  const url = new URL(href);
  const fragment = new URLSearchParams(url.hash.slice(1));
  const token = fragment.get('token') ?? url.searchParams.get('token');
  const series = url.searchParams.get('series') ?? fragment.get('series');
  if (token === null) return { token, series, cleanUrl: null };
  // A reload must still know the viewer: the fragment stays in the browser and is never sent anywhere.
  url.searchParams.delete('token');
  fragment.set('token', token);
  url.hash = fragment.toString();
  return { token, series, cleanUrl: url.pathname + url.search + url.hash };
}
