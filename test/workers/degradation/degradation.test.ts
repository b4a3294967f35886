/**
 * What still works when a part is down: each cell of the table in docs/decisions/014-degradation.md, on the real bundles
 * with the binding broken.
 * @see security.md 4.4, REL-5, REL-6
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { FeedWire, UnlockWire } from '#core/catalog/feed-wire.ts';
import type { ViewEventWire } from '#core/qoe/beacon-wire.ts';
import { startPlatform, type Platform } from '../../../scripts/platform/index.ts';
import { apiFetch, edgeFetch } from '../../support/edge.ts';
import { putFiles } from '../support/bucket.ts';
import { segmentBytes } from '../support/fake-transcoder.ts';
import { foreignLadder } from '../support/foreign-hls.ts';
import { expectProblem, jsonOf, statusOf } from '../support/http.ts';
import { createEpisode, createSeries, publish, publishedEpisode } from '../support/library.ts';
import { ownEdge } from '../support/own-edge.ts';
import { newViewerId, viewerToken } from '../support/tokens.ts';
import { credit, mediaPrefix, unlock, wallet } from '../support/viewers.ts';
import { chaosHeader, withChaos, type Chaos } from './chaos.ts';

vi.mock('../../support/edge.ts', () => import('../support/own-edge.ts'));

const { secrets } = ownEdge;
const dataDir = mkdtempSync(path.join(tmpdir(), 'cliffhanger-chaos-'));
const lines: string[] = [];
let platform: Platform | undefined;

const MINUTE_MS = 60_000;
const DB_DOWN = { DB: 'throw' } as const;
const viewer = newViewerId();
let token = '';
let seriesId = '';
/** Free, with a preview, paid without a preview, paid and unlocked by the viewer. */
const episode = { free: '', preview: '', paid: '', owned: '' };

beforeAll(async () => {
  const log = (line: string): void => void lines.push(line);
  platform = await startPlatform({ port: 0, dataDir, secrets, demo: false, log, adapt: withChaos });
  ownEdge.origin = platform.origin;
  seriesId = (await createSeries({ freeEpisodes: 1, coinPrice: 10 })).id;
  episode.free = (await publishedEpisode(seriesId, 1)).id;
  episode.owned = (await publishedEpisode(seriesId, 2)).id;
  episode.paid = (await publishedEpisode(seriesId, 3)).id;
  episode.preview = (await publishedEpisode((await createSeries({ coinPrice: 10, previewSeconds: 4 })).id)).id;
  token = await viewerToken(viewer);
  await credit(viewer, 30);
  await unlock(viewer, episode.owned);
});

afterAll(async () => {
  await platform?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

function ask(at: string, chaos: Chaos, as: string = token): Promise<Response> {
  return edgeFetch(at, { headers: { authorization: `Bearer ${as}`, ...chaosHeader(chaos) } });
}

function playlistOf(id: string, chaos: Chaos, as: string = token): Promise<Response> {
  return ask(`/v1/episodes/${id}/playlist.m3u8`, chaos, as);
}

function sendMyUnlock(id: string, key: string, chaos: Chaos): Promise<Response> {
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    'idempotency-key': key,
    ...chaosHeader(chaos),
  };
  const body = JSON.stringify({ episodeId: id, method: 'coins' });
  return edgeFetch('/v1/me/unlocks', { method: 'POST', headers, body });
}

async function expectUnavailable(response: Response): Promise<void> {
  expect(response.headers.get('retry-after')).toMatch(/^[1-9][0-9]?$/);
  expect(response.headers.get('access-control-allow-origin')).toBe('*');
  await expectProblem(response, 'temporarily-unavailable');
}

async function callsOfBroken(): Promise<number> {
  const headers = { 'x-chaos': JSON.stringify({ count: true }) };
  return (await jsonOf<{ calls: number }>(await edgeFetch('/health', { headers }))).calls;
}

describe.each(['throw', 'overloaded'] as const)('the viewer’s object is down (%s)', (mode) => {
  const chaos: Chaos = { break: { VIEWERS: mode } };

  test('what is free plays', async () => {
    expect(await statusOf(await playlistOf(episode.free, chaos))).toBe(200);
  });

  test('a preview plays to its own end and no further', async () => {
    const text = await (await playlistOf(episode.preview, chaos)).text();
    const [media = ''] = text.split('\n').filter((line) => line.startsWith('/m/'));
    expect((await (await edgeFetch(media)).text()).match(/m4s/g)).toHaveLength(3);
  });

  test('what is paid is not minted, to who owns it neither: come again', async () => {
    await expectUnavailable(await playlistOf(episode.paid, chaos));
    await expectUnavailable(await playlistOf(episode.owned, chaos));
  });

  test('the feed has what is free, and says of the rest that it is not known; nothing is offered for sale', async () => {
    const feed = await jsonOf<FeedWire>(await ask(`/v1/feed?series=${seriesId}`, chaos));
    expect(feed.items.map(({ decision }) => [decision.access, decision.basis])).toEqual([
      ['full', 'free'],
      ['locked', 'unavailable'],
      ['locked', 'unavailable'],
    ]);
    const one = await jsonOf<FeedWire>(await ask(`/v1/feed?at=${episode.preview}`, chaos));
    expect(one.items[0]?.decision).toMatchObject({ access: 'preview', basis: 'unavailable', offers: [] });
  });

  test('an unlock is refused, and the same key tried again pays once', async () => {
    const key = `chaos-${mode}`;
    const before = (await wallet(viewer)).coins;
    await expectUnavailable(await sendMyUnlock(episode.paid, key, chaos));
    expect((await wallet(viewer)).coins).toBe(before);
  });
});

test('after the outage the unlock goes through under its key, once', async () => {
  const before = (await wallet(viewer)).coins;
  expect(await statusOf(await sendMyUnlock(episode.paid, 'chaos-throw', {}))).toBe(201);
  await statusOf(await sendMyUnlock(episode.paid, 'chaos-throw', {}));
  expect((await wallet(viewer)).coins).toBe(before - 10);
});

describe('a read that fails', () => {
  test('is tried three times, and once where the other side says that it is overloaded', async () => {
    const counted = async (mode: 'throw' | 'overloaded'): Promise<number> => {
      const before = await callsOfBroken();
      await statusOf(await playlistOf(episode.free, { break: { VIEWERS: mode } }));
      return (await callsOfBroken()) - before;
    };
    expect(await counted('throw')).toBe(3);
    expect(await counted('overloaded')).toBe(1);
  });
});

describe('a pass that a player holds', () => {
  test('plays to its end with D1, the viewer’s object and every other Worker down', async () => {
    const prefix = await mediaPrefix(episode.owned, token);
    const chaos: Chaos = { break: { DB: 'throw', VIEWERS: 'throw', API: 'throw', ANALYTICS: 'throw' } };
    for (const object of ['multivariant.m3u8', 'v0/media.m3u8', 'v0/init.mp4', 'v0/0.m4s', 'v0/5.m4s'])
      expect(await statusOf(await ask(`${prefix}/${object}`, chaos)), object).toBe(200);
    await expectProblem(await ask(`${prefix}/v0/0.m4s`, { ...chaos, laterMs: 16 * MINUTE_MS }), 'pass-expired');
  });
});

describe('D1 takes a question and never answers', () => {
  test('a pass plays on: the list of revocations is not waited for longer than a player waits for a segment', async () => {
    const prefix = await mediaPrefix(episode.owned, token);
    const startedAtMs = performance.now();
    // A minute later the list that this isolate has is stale, and is asked for before the answer.
    const chaos: Chaos = { break: { DB: 'hang' }, laterMs: MINUTE_MS };
    const signal = AbortSignal.timeout(10_000);
    const headers = chaosHeader(chaos);
    expect(await statusOf(await edgeFetch(`${prefix}/v0/1.m4s`, { headers, signal }))).toBe(200);
    expect(performance.now() - startedAtMs).toBeLessThan(5_000);
    // It is known now that nobody answers, so the next one does not wait.
    expect(await statusOf(await edgeFetch(`${prefix}/v0/2.m4s`, { headers, signal }))).toBe(200);
    expect(performance.now() - startedAtMs).toBeLessThan(6_000);
  });
});

describe('the catalogue is down', () => {
  const at = (laterMs: number): Chaos => ({ break: DB_DOWN, laterMs });

  test('an episode that was asked for before plays for ten minutes, with the viewer’s own decision', async () => {
    expect(await statusOf(await playlistOf(episode.owned, {}))).toBe(200);
    expect(await statusOf(await playlistOf(episode.owned, at(9 * MINUTE_MS)))).toBe(200);
    await expectUnavailable(await playlistOf(episode.owned, at(11 * MINUTE_MS)));
  });

  test('so does a page of the feed', async () => {
    const page = `/v1/feed?series=${seriesId}&limit=2`;
    const whole = await jsonOf<FeedWire>(await ask(page, {}));
    const kept = await jsonOf<FeedWire>(await ask(page, at(9 * MINUTE_MS)));
    expect(kept.items.map((item) => item.decision)).toEqual(whole.items.map((item) => item.decision));
    await expectUnavailable(await ask(page, at(11 * MINUTE_MS)));
  });

  test('so does what a backend vouches for: whether its token was revoked, the viewer’s object knows', async () => {
    const vouched = await viewerToken(newViewerId(), { entitlements: ['all'] });
    expect(await statusOf(await playlistOf(episode.paid, {}, vouched))).toBe(200);
    expect(await statusOf(await playlistOf(episode.paid, at(0), vouched))).toBe(200);
    const revoked = newViewerId();
    const old = await viewerToken(revoked, { entitlements: ['all'] });
    await jsonOf(await apiFetch(`/v1/viewers/${revoked}/revocations`, { method: 'POST' }), 201);
    await expectProblem(await playlistOf(episode.paid, at(0), old), 'token-revoked');
    await expectUnavailable(await playlistOf(episode.paid, { break: { DB: 'throw', VIEWERS: 'throw' } }, vouched));
  });

  test('one that nobody asked for is not there now, and nobody is told that it does not exist', async () => {
    const fresh = (await publishedEpisode((await createSeries()).id)).id;
    await expectUnavailable(await playlistOf(fresh, at(0)));
    await expectUnavailable(await playlistOf('ep_none', at(0)));
  });

  test('nothing is unlocked: a price is not taken from memory', async () => {
    await expectUnavailable(await sendMyUnlock(episode.preview, 'chaos-db', at(0)));
  });
});

describe('the key store is down', () => {
  test('a key that was good counts on for an hour, then nobody gets in', async () => {
    await statusOf(await playlistOf(episode.free, {}));
    const minutes = async (count: number): Promise<Response> => {
      // The catalogue must be fresh at that time for the answer to be about the key.
      await statusOf(await playlistOf(episode.free, {}));
      return playlistOf(episode.free, { break: DB_DOWN, laterMs: count * MINUTE_MS });
    };
    expect(await statusOf(await minutes(9))).toBe(200);
    const used = lines.filter((line) => line.includes('last_good_used') && line.includes('signing-key'));
    expect(used.length).toBeGreaterThan(0);
    await expectUnavailable(await minutes(61));
  });

  test('a token of a key that was not seen before is not let in', async () => {
    const header = Buffer.from(JSON.stringify({ alg: 'ES256', kid: 'never-seen', typ: 'playback+jwt' }));
    const forged = `${header.toString('base64url')}.e30.${'A'.repeat(86)}`;
    await expectUnavailable(await playlistOf(episode.free, { break: DB_DOWN }, forged));
  });
});

describe('the bucket is down', () => {
  const chaos: Chaos = { break: { MEDIA: 'throw' } };

  test('segments in the cache are served, others are not, and nobody is told that they do not exist', async () => {
    const prefix = await mediaPrefix(episode.owned, token);
    await statusOf(await edgeFetch(`${prefix}/v0/1.m4s`));
    const hit = await ask(`${prefix}/v0/1.m4s`, chaos);
    expect(hit.headers.get('cache-status')).toBe('cliffhanger; hit');
    expect(Buffer.from(await hit.arrayBuffer())).toEqual(segmentBytes('v0', 1));
    await expectUnavailable(await ask(`${prefix}/v2/4.m4s`, chaos));
    await expectUnavailable(
      await edgeFetch(`${prefix}/v2/4.m4s`, { headers: { range: 'bytes=0-9', ...chaosHeader(chaos) } }),
    );
  });

  test('a playlist that was read before is rewritten and served, another is not there now', async () => {
    await statusOf(await playlistOf(episode.owned, {}));
    expect(await statusOf(await playlistOf(episode.owned, chaos))).toBe(200);
    const fresh = (await publishedEpisode((await createSeries()).id)).id;
    await expectUnavailable(await playlistOf(fresh, chaos));
  });

  test('so is HLS of another encoder: what it stands for cannot be read now, and does not fail for good', async () => {
    const folder = `encoder/${randomUUID()}/`;
    await putFiles(folder, foreignLadder());
    const { id } = await createEpisode((await createSeries()).id);
    await jsonOf(await apiFetch(`/v1/episodes/${id}/hls`, { json: { prefix: folder } }), 201);
    await publish(id);
    const pass = await mediaPrefix(id, token);
    await expectUnavailable(await ask(`${pass}/v0/0.ts`, chaos));
    await expectUnavailable(await ask(`${pass}/v0/0.ts`, { break: { MEDIA: 'hang' } }));
    expect(await statusOf(await ask(`${pass}/v0/0.ts`, {}))).toBe(200);
  });
});

test('the cache is down: segments come from the bucket', async () => {
  const prefix = await mediaPrefix(episode.owned, token);
  const answer = await ask(`${prefix}/v0/1.m4s`, { break: { CACHE: 'throw' } });
  expect(answer.headers.get('cache-status')).toBe('cliffhanger; fwd=miss');
  expect(Buffer.from(await answer.arrayBuffer())).toEqual(segmentBytes('v0', 1));
});

const watchedOf = (episodeId: string): ViewEventWire => ({
  viewId: randomUUID(),
  seq: 0,
  sessionId: randomUUID(),
  episodeId,
  watched: [[0, 2]],
  startupMs: 200,
  stalls: [],
  ended: false,
  leftBy: null,
});

describe('analytics is down', () => {
  test.each([{ ANALYTICS: 'throw' }, { BEACONS: 'throw' }] as const)(
    'with %j a beacon is to be sent again, and playback does not notice',
    async (parts) => {
      const chaos: Chaos = { break: parts };
      const beacon = await edgeFetch(`/v1/events?token=${token}`, {
        method: 'POST',
        headers: chaosHeader(chaos),
        body: JSON.stringify({ events: [watchedOf(episode.owned)] }),
      });
      await expectUnavailable(beacon);
      expect(await statusOf(await playlistOf(episode.owned, chaos))).toBe(200);
    },
  );
});

test.each([{ MEDIA: 'throw' }, { ANALYTICS: 'throw', BEACONS: 'throw' }] as const)(
  'an unlock goes through with %j broken',
  async (parts) => {
    const other = newViewerId();
    await credit(other, 10);
    const headers = {
      authorization: `Bearer ${await viewerToken(other)}`,
      'content-type': 'application/json',
      'idempotency-key': 'chaos-elsewhere',
      ...chaosHeader({ break: parts }),
    };
    const body = JSON.stringify({ episodeId: episode.paid, method: 'coins' });
    expect(await statusOf(await edgeFetch('/v1/me/unlocks', { method: 'POST', headers, body }))).toBe(201);
  },
);

test.each([{ MEDIA: 'throw' }, { MEDIA: 'hang' }, { VIEWERS: 'throw' }, { VIEWERS: 'overloaded' }] as const)(
  'an unlock goes through without its item where that can not be told (%j)',
  async (parts) => {
    const other = newViewerId();
    await credit(other, 10);
    const unseen = (await publishedEpisode((await createSeries({ coinPrice: 10, previewSeconds: 4 })).id)).id;
    const headers = {
      authorization: `Bearer ${await viewerToken(other)}`,
      'content-type': 'application/json',
      'idempotency-key': `chaos-item-${Object.entries(parts).flat().join('-')}`,
    };
    const body = JSON.stringify({ episodeId: unseen, method: 'coins' });
    const order = async (chaos: Chaos): Promise<UnlockWire> => {
      const init = { method: 'POST', headers: { ...headers, ...chaosHeader(chaos) }, body };
      return jsonOf<UnlockWire>(await edgeFetch(`/v1/me/unlocks?item=${unseen}`, init), 201);
    };
    const beganMs = performance.now();
    expect(await order({ break: parts, isFrontOnly: true })).not.toHaveProperty('item');
    // Not as long as the bucket may take.
    expect(performance.now() - beganMs).toBeLessThan(3_500);
    expect((await order({})).item?.decision.access).toBe('full');
    expect((await wallet(other)).coins).toBe(0);
  },
);

test('a whole series is answered without a D1 query while it is warm, and not when it has aged', async () => {
  const at = `/v1/viewers/${viewer}/access?series=${seriesId}`;
  const headers = (chaos: Chaos) => ({ headers: { ...chaosHeader(chaos) } });
  await jsonOf(await apiFetch(at));
  expect(await jsonOf(await apiFetch(at, headers({ break: DB_DOWN })))).toMatchObject({ items: { length: 3 } });
  const aged = await apiFetch(at, headers({ break: DB_DOWN, laterMs: MINUTE_MS }));
  await expectProblem(aged, 'temporarily-unavailable');
});

test('what hangs is not waited for: every answer comes within its time limit', async () => {
  const prefix = await mediaPrefix(episode.owned, token);
  const startedAtMs = performance.now();
  const answers = await Promise.all([
    playlistOf('ep_none', { break: { DB: 'hang' } }),
    playlistOf(episode.paid, { break: { VIEWERS: 'hang' } }),
    ask(`${prefix}/v2/4.m4s`, { break: { MEDIA: 'hang' } }),
    edgeFetch('/v1/events', { method: 'POST', headers: chaosHeader({ break: { ANALYTICS: 'hang' } }) }),
    sendMyUnlock(episode.preview, 'chaos-hang', { break: { VIEWERS: 'hang' } }),
  ]);
  expect(performance.now() - startedAtMs).toBeLessThan(8_000);
  for (const answer of answers) await expectUnavailable(answer);
  expect(await statusOf(await playlistOf(episode.free, { break: { VIEWERS: 'hang' } }))).toBe(200);
});

test('the log of all this names what was down, and no token, pass or viewer', () => {
  const text = lines.join('\n');
  for (const part of ['viewer', 'catalogue', 'keys', 'media', 'beacons'])
    expect(text).toMatch(new RegExp(`"reason":"UnavailableError: ${part}: `));
  expect(text).not.toContain(token);
  expect(text).not.toContain(viewer);
  expect(text).not.toContain('"event":"unhandled"');
});
