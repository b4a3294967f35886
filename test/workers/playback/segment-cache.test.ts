/** One object through both caches: nobody who asks can tell which it was. Locally Workers Cache keeps nothing. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startPlatform, type Platform } from '../../../scripts/platform/index.ts';
import type { WorkerOptions } from '../../../scripts/platform/worker-options.ts';
import { apiFetch, edgeFetch } from '../../support/edge.ts';
import { putFiles } from '../support/bucket.ts';
import { segmentBytes } from '../support/fake-transcoder.ts';
import { singleFile } from '../support/foreign-hls.ts';
import { jsonOf, statusOf } from '../support/http.ts';
import { createEpisode, createSeries, publish, publishedEpisode } from '../support/library.ts';
import { ownEdge } from '../support/own-edge.ts';
import { newViewerId, viewerToken } from '../support/tokens.ts';
import { mediaPrefix } from '../support/viewers.ts';

vi.mock('../../support/edge.ts', () => import('../support/own-edge.ts'));

/** Chooses the cache by a header, and remembers what reached the cached entrypoint. */
const ENTRY = `
import product, { CachedMedia as Cached } from './index.js';
export * from './index.js';

const seen = [];
export class CachedMedia extends Cached {
  async fetch(request) {
    const { url, method, headers } = request;
    const answer = await super.fetch(request);
    const [props, cacheControl] = [this.ctx.props, answer.headers.get('cache-control')];
    seen.push({ url, method, headers: Object.fromEntries(headers), props, cacheControl });
    return answer;
  }
}

export default {
  ...product,
  fetch(request, env, ctx) {
    if (request.headers.has('x-seen')) return Response.json(seen.splice(0));
    return product.fetch(request, { ...env, SEGMENT_CACHE: request.headers.get('x-cache') ?? 'cache-api' }, ctx);
  },
};
`;

const adapt = ([front, ...others]: WorkerOptions[]): WorkerOptions[] => {
  if (front === undefined) return others;
  const [main] = front['modules'] as [{ contents: string }];
  const modules = [
    { type: 'ESModule', path: 'choose.js', contents: ENTRY },
    { type: 'ESModule', path: 'index.js', contents: main.contents },
  ];
  return [{ ...front, modules }, ...others];
};

interface Seen {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly props: object;
  readonly cacheControl: string;
}

const dataDir = mkdtempSync(path.join(tmpdir(), 'cliffhanger-cache-'));
let platform: Platform | undefined;
let episodeId = '';
let own = '';
let imported = '';
const seen = async (): Promise<Seen[]> => jsonOf<Seen[]>(await edgeFetch('/health', { headers: { 'x-seen': '1' } }));

beforeAll(async () => {
  const log = (): void => undefined;
  platform = await startPlatform({ port: 0, dataDir, secrets: ownEdge.secrets, demo: false, log, adapt });
  ownEdge.origin = platform.origin;
  const token = await viewerToken(newViewerId());
  episodeId = (await publishedEpisode((await createSeries()).id)).id;
  own = await mediaPrefix(episodeId, token);
  await putFiles('encoder/cache/', singleFile());
  const { id } = await createEpisode((await createSeries()).id);
  expect(await statusOf(await apiFetch(`/v1/episodes/${id}/hls`, { json: { prefix: 'encoder/cache/' } }))).toBe(201);
  await publish(id);
  imported = await mediaPrefix(id, token);
});

afterAll(async () => {
  await platform?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

/** The time, the connection, and whether it was a hit. */
const OF_THIS_ANSWER = ['age', 'cache-status', 'cf-cache-status', 'connection', 'date', 'keep-alive', 'server-timing'];

/** All else that a caller can see. */
async function answerThrough(cache: string, at: string, init: RequestInit): Promise<object> {
  const response = await edgeFetch(at, { ...init, headers: { ...init.headers, 'x-cache': cache } });
  const headers = Object.fromEntries(response.headers);
  for (const name of OF_THIS_ANSWER) delete headers[name];
  return { status: response.status, headers, body: await response.text() };
}

const REQUESTS: readonly (readonly [what: string, init: (etag: string) => RequestInit])[] = [
  ['the whole', () => ({})],
  ['its head', () => ({ method: 'HEAD' })],
  ['all of it as a range', () => ({ headers: { range: 'bytes=0-' } })],
  ['a part', () => ({ headers: { range: 'bytes=10-19' } })],
  ['its end', () => ({ headers: { range: 'bytes=-5' } })],
  ['what lies behind its end', () => ({ headers: { range: 'bytes=90000-' } })],
  ['two parts', () => ({ headers: { range: 'bytes=0-1,4-5' } })],
  ['the head of a part', () => ({ method: 'HEAD', headers: { range: 'bytes=10-19' } })],
  ['what it has', (etag) => ({ headers: { 'if-none-match': etag } })],
  ['the head of what it has', (etag) => ({ method: 'HEAD', headers: { 'if-none-match': etag } })],
  ['a part of what it has', (etag) => ({ headers: { 'if-none-match': etag, range: 'bytes=10-19' } })],
  ['a part if it is the same', (etag) => ({ headers: { 'if-range': etag, range: 'bytes=10-19' } })],
  ['a part if it were another', () => ({ headers: { 'if-range': '"other"', range: 'bytes=10-19' } })],
  [
    'with what a player sends',
    () => ({ headers: { authorization: 'Bearer x', cookie: 'a=b', origin: 'https://example.com' } }),
  ],
];

describe.each([
  ['a segment', () => `${own}/v0/1.m4s`],
  ['an init section', () => `${own}/v0/init.mp4`],
  ['a poster', () => `${own}/poster.jpg`],
  ['a part of an imported file', () => `${imported}/v0/2.mp4`],
])('%s', (_, at) => {
  test.each(REQUESTS)('asked for %s answers the same from either cache', async (_what, init) => {
    const { headers } = await edgeFetch(at(), { method: 'HEAD' });
    const request = init(headers.get('etag') ?? '');
    const expected = await answerThrough('cache-api', at(), request);
    expect(await answerThrough('cache-api', at(), request), 'a hit').toEqual(expected);
    expect(await answerThrough('workers-cache', at(), request)).toEqual(expected);
    expect(expected).toMatchObject({ headers: { 'access-control-allow-origin': '*' } });
  });
});

describe('Workers Cache', () => {
  test('serves the very bytes', async () => {
    await seen();
    const response = await edgeFetch(`${own}/v0/1.m4s`, { headers: { 'x-cache': 'workers-cache' } });
    expect(Buffer.from(await response.arrayBuffer())).toEqual(segmentBytes('v0', 1));
    expect(await seen()).toHaveLength(1);
  });

  test('is told nothing of the viewer: no pass, no token, no header, the same for all', async () => {
    await seen();
    const others = await mediaPrefix(episodeId, await viewerToken(newViewerId()));
    const headers = {
      'x-cache': 'workers-cache',
      authorization: 'Bearer x',
      cookie: 'a=b',
      range: 'bytes=0-',
      'if-none-match': '"x"',
    };
    for (const prefix of [own, others]) await statusOf(await edgeFetch(`${prefix}/v0/1.m4s?token=abc`, { headers }));
    await statusOf(await edgeFetch(`${imported}/v0/2.mp4`, { headers }));
    const [first, second, third] = await seen();
    expect(first).toEqual(second);
    expect([first?.headers, third?.headers]).toEqual([{}, {}]);
    expect(first?.url).toMatch(/^https:\/\/cached\.invalid\/m\/cached\/a\/ast_\w+\/ver_\w+\/v0\/1\.m4s$/);
    expect(third?.url).toMatch(/^https:\/\/cached\.invalid\/m\/cached\/a\/ast_\w+\/hls_\w+\/v0\/2\.mp4$/);
    expect(third?.props).toMatchObject({
      contentType: 'video/mp4',
      at: { key: 'encoder/cache/all.mp4', offset: 2_400 },
    });
  });

  test('is not asked without a good pass, and keeps no answer that there is nothing', async () => {
    await seen();
    const headers = { 'x-cache': 'workers-cache' };
    const forged = own.replace(/\.[^./]{22}\//, (tag) => `.${'A'.repeat(tag.length - 2)}/`);
    expect(await statusOf(await edgeFetch(`${forged}/v0/1.m4s`, { headers }))).toBe(403);
    expect(await seen()).toEqual([]);
    await putFiles('encoder/cache/', new Map([['all.mp4', 'replaced']]));
    const { status, headers: answered } = await edgeFetch(`${imported}/v0/4.mp4`, { headers });
    expect([status, answered.get('cache-control')]).toEqual([404, 'no-store']);
    expect((await seen()).map(({ cacheControl }) => cacheControl)).toEqual(['no-store']);
  });

  test('cannot be reached from outside', async () => {
    expect(await statusOf(await edgeFetch(`/m/cached/${own.split('/').slice(3).join('/')}/v0/1.m4s`))).toBe(404);
  });
});
