/** The feed's answer, fetched before and handed to the element when it asks: in a feed it is there long before the swipe. */

interface Kept {
  readonly text: string;
  readonly token: string;
}

let kept: Kept | null = null;
const network = window.fetch.bind(window);

window.fetch = (input, init) => {
  const url = new URL(input instanceof Request ? input.url : String(input), location.href);
  const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined));
  const isKept = url.pathname === '/v1/feed' && !url.searchParams.has('after') && kept !== null;
  if (!isKept || headers.get('authorization') !== `Bearer ${kept?.token}`) return network(input, init);
  return Promise.resolve(new Response(kept?.text, { headers: { 'content-type': 'application/json' } }));
};

export async function fetchFeed(series: string, token: string): Promise<void> {
  const answer = await network(`/v1/feed?series=${series}&limit=10`, { headers: { authorization: `Bearer ${token}` } });
  if (!answer.ok) throw new Error(`The feed answered ${answer.status}: ${await answer.text()}`);
  kept = { text: await answer.text(), token };
}
