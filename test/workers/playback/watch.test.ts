import { beforeAll, describe, expect, test } from 'vitest';
import { edgeFetch, edgeOrigin, platformSecrets } from '../../support/edge.ts';
import { fakeVersion, initBytes, segmentBytes } from '../support/fake-transcoder.ts';
import { expectProblem, statusOf } from '../support/http.ts';
import { createSeries, publishedEpisode } from '../support/library.ts';
import { newViewerId, viewerToken } from '../support/tokens.ts';

const TITLE = '</title><script>alert("1")</script>&\'';
let free = '';
let preview = '';
let locked = '';
let sealed = '';
let token = '';

beforeAll(async () => {
  const make = async (policy?: object, more?: object): Promise<string> =>
    (await publishedEpisode((await createSeries(policy, more)).id, 1, fakeVersion(), { title: TITLE })).id;
  free = await make();
  preview = await make({ coinPrice: 10, previewSeconds: 1 });
  locked = await make({ coinPrice: 10 });
  sealed = await make(undefined, { protection: 'aes-128' });
  token = await viewerToken(newViewerId());
});

async function open(episodeId: string, query = `?token=${token}`): Promise<{ response: Response; html: string }> {
  const response = await edgeFetch(`/watch/${episodeId}${query}`);
  return { response, html: await response.text() };
}

/** What the page's scripts hand on, by path. */
function inlined(html: string): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  for (const [, path = '', base64 = ''] of html.matchAll(/p\(\d,"([^"]+)","([^"]*)"\)/g))
    files.set(path, Buffer.concat([files.get(path) ?? Buffer.alloc(0), Buffer.from(base64, 'base64')]));
  return files;
}

describe('the page of a shared link', () => {
  test('brings the first two seconds of the first rung in it, byte for byte', async () => {
    const { response, html } = await open(free);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect([...inlined(html)]).toEqual([
      ['v0/init.mp4', initBytes('v0')],
      ['v0/0.m4s', segmentBytes('v0', 0)],
      ['v0/1.m4s', segmentBytes('v0', 1)],
    ]);
    for (const path of inlined(html).keys()) expect(html, 'each file comes to its end').toContain(`p(0,"${path}")`);
    expect(html.trimEnd().endsWith('</html>')).toBe(true);
  });

  test('is kept by no cache and tells no other site where it was', async () => {
    const { headers } = (await open(free)).response;
    expect(headers.get('cache-control')).toBe('private, no-store');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });

  test('runs its own scripts and no others: each has the nonce of this answer', async () => {
    const seen = new Set<string>();
    for (const _ of [1, 2]) {
      const { response, html } = await open(free);
      const policy = response.headers.get('content-security-policy') ?? '';
      const nonce = /script-src 'self' 'nonce-([\w-]{22})'/.exec(policy)?.[1] ?? '';
      expect(policy).toContain("default-src 'none'");
      const tags = html.match(/<(script|style)\b[^>]*>/g) ?? [];
      expect(tags.length).toBeGreaterThan(5);
      for (const tag of tags) expect(tag).toMatch(new RegExp(`^<(script|style) nonce="${nonce}">$`));
      seen.add(nonce);
    }
    expect(seen.size).toBe(2);
  });

  test('shows a title as it is written, to people and to who makes previews of links', async () => {
    const { html } = await open(free);
    expect(html).not.toContain('alert("1")');
    const shown = '&#60;/title&#62;&#60;script&#62;alert(&#34;1&#34;)&#60;/script&#62;&#38;';
    expect(html).toContain(`<title>${shown}`);
    expect(html).toContain(`<meta property="og:title" content="${shown}`);
    const image = /property="og:image" content="([^"]+)"/.exec(html)?.[1] ?? '';
    expect(image.startsWith(edgeOrigin())).toBe(true);
    expect(await statusOf(await fetch(image))).toBe(200);
    expect(await statusOf(await fetch(image.replace('poster.jpg', 'v0/0.m4s')))).toBe(403);
    expect(html).toContain(`property="og:url" content="${edgeOrigin()}/watch/${free}"`);
    expect(html, 'no token in it').not.toContain(token);
  });

  test('names the playlist for browsers that run no script', async () => {
    const { html } = await open(free);
    const url = /<noscript>\s*<video controls playsinline src="([^"]+)"/.exec(html)?.[1] ?? '';
    expect(await (await edgeFetch(url)).text()).toMatch(/^#EXTM3U/);
  });

  test('brings no segment behind the end of a preview', async () => {
    expect([...inlined((await open(preview)).html).keys()]).toEqual(['v0/init.mp4', 'v0/0.m4s']);
  });

  test('of a locked episode plays nothing, and says so', async () => {
    const { response, html } = await open(locked);
    expect(response.status).toBe(200);
    expect(inlined(html).size).toBe(0);
    expect(html).toContain('This episode is locked.');
    expect(html).toContain('start(null)');
    expect(html).not.toMatch(/\.m3u8/);
  });

  test('of an encrypted episode leaves the start to the player', async () => {
    const { html } = await open(sealed);
    expect(inlined(html).size).toBe(0);
    expect(html).toMatch(/start\(\{"url":"[^"]+multivariant\.m3u8","tracks":\[\]/);
  });

  test('answers HEAD with the head', async () => {
    const response = await edgeFetch(`/watch/${free}?token=${token}`, { method: 'HEAD' });
    expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([
      200,
      'text/html; charset=utf-8',
      '',
    ]);
  });

  test('is refused as the playlist is', async () => {
    await expectProblem(await edgeFetch(`/watch/${free}?token=x`), 'token-malformed');
    await expectProblem(await edgeFetch(`/watch/epi_none?token=${token}`), 'episode-not-found');
    const posted = await edgeFetch(`/watch/${free}`, { method: 'POST' });
    expect(posted.headers.get('allow')).toBe('GET, HEAD');
    await expectProblem(posted, 'method-not-allowed');
  });

  test('opens to no other kind of credential, and then to no guest either', async () => {
    for (const secret of [platformSecrets().apiKey, 'x']) {
      const headers = { authorization: `Bearer ${secret}` };
      expect(await statusOf(await edgeFetch(`/watch/${free}`, { headers }))).toBe(401);
    }
  });

  test('opens as a guest without any, where guests are let in', async () => {
    expect(inlined((await open(free, '')).html).size).toBe(3);
  });

  test('is there once only: its template is not served', async () => {
    await expectProblem(await edgeFetch(`/watch/page.txt?token=${token}`), 'episode-not-found');
  });
});
