import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { apiFetch, edgeFetch } from '../../support/edge.ts';
import { fakeVersion } from '../support/fake-transcoder.ts';
import { expectProblem, jsonOf } from '../support/http.ts';
import { createSeries, publishedEpisode } from '../support/library.ts';
import { newViewerId, viewerToken } from '../support/tokens.ts';

interface Retention {
  readonly views: number;
  readonly completionRate: number;
  readonly durationSeconds: number;
  readonly curve: readonly { readonly viewers: number; readonly share: number }[];
}

const sessionId = randomUUID();
let seriesId = '';
let token = '';
let nextNumber = 1;
beforeAll(async () => {
  seriesId = (await createSeries()).id;
  token = await viewerToken(newViewerId());
});
const newEpisode = async () =>
  (await publishedEpisode(seriesId, nextNumber++, fakeVersion({ segments: [4], heights: [640] }))).id;

const event = (
  episodeId: string,
  viewId: string,
  seq: number,
  watched: readonly (readonly number[])[],
  more: object = {},
) => ({
  viewId,
  seq,
  sessionId,
  episodeId,
  watched,
  startupMs: 100,
  stalls: [],
  ended: false,
  leftBy: null,
  ...more,
});
const beacon = (events: unknown, as = token) =>
  edgeFetch(`/v1/events?token=${as}`, {
    method: 'POST',
    headers: { 'content-type': 'text/plain' },
    body: JSON.stringify({ events }),
  });
const send = async (...events: readonly object[]): Promise<void> => void (await jsonOf(await beacon(events), 202));
const retention = async (episodeId: string, query = ''): Promise<Retention> =>
  jsonOf<Retention>(await apiFetch(`/v1/analytics/episodes/${episodeId}/retention${query}`));

/** Waits for the queue: a view that is sent last arrives last. */
async function settled(episodeId: string, views: number): Promise<Retention> {
  const marker = await newEpisode();
  await send(event(marker, randomUUID(), 1, [[0, 1]]));
  await expect.poll(async () => (await retention(marker)).views, { timeout: 60_000, interval: 100 }).toBe(1);
  const seen = await retention(episodeId);
  expect(seen.views).toBe(views);
  return seen;
}
const viewersOf = ({ curve }: Retention): number[] => curve.map((point) => point.viewers);

/** Three views as their players tell them, each beacon repeating what is known so far. */
function beacons(episodeId: string): object[] {
  const [a, b, c] = [randomUUID(), randomUUID(), randomUUID()];
  return [
    event(episodeId, a, 1, [[0, 1]]),
    event(episodeId, b, 1, [[0, 1]]),
    event(episodeId, a, 2, [[0, 2.5]]),
    event(episodeId, c, 1, []),
    event(episodeId, a, 3, [[0, 4]], { ended: true, leftBy: 'end' }),
    event(episodeId, b, 2, [[0, 2]], { leftBy: 'swipe' }),
    event(episodeId, c, 2, [
      [1, 2],
      [3, 4],
    ]),
  ];
}
const EXPECTED = [2, 3, 1, 2];

describe('beacons', () => {
  test('become a retention curve', async () => {
    const episodeId = await newEpisode();
    for (const each of beacons(episodeId)) await send(each);
    const seen = await settled(episodeId, 3);
    expect(viewersOf(seen)).toEqual(EXPECTED);
    expect(seen.completionRate).toBeCloseTo(1 / 3);
    expect(seen.durationSeconds).toBe(4);
  });

  test('that come in any order, thrice, and in batches, leave the same curve', async () => {
    const [reversed, tripled, batched] = [await newEpisode(), await newEpisode(), await newEpisode()];
    for (const each of beacons(reversed).toReversed()) await send(each);
    for (const each of beacons(tripled).flatMap((one) => [one, one, one])) await send(each);
    await send(...beacons(batched).toReversed());
    for (const episodeId of [reversed, tripled, batched])
      expect(viewersOf(await settled(episodeId, 3))).toEqual(EXPECTED);
  });

  test('that are late change nothing: the later state of a view wins', async () => {
    const [episodeId, viewId] = [await newEpisode(), randomUUID()];
    await send(event(episodeId, viewId, 5, [[0, 4]], { ended: true }));
    await settled(episodeId, 1);
    await send(event(episodeId, viewId, 4, [[0, 1]]), event(episodeId, viewId, 5, [[0, 1]]));
    const seen = await settled(episodeId, 1);
    expect(viewersOf(seen)).toEqual([1, 1, 1, 1]);
    expect(seen.completionRate).toBe(1);
  });

  test('of another viewer, or for another episode, do not rewrite a view', async () => {
    const [episodeId, other, viewId] = [await newEpisode(), await newEpisode(), randomUUID()];
    await send(event(episodeId, viewId, 1, [[0, 1]]));
    await settled(episodeId, 1);
    await jsonOf(await beacon([event(episodeId, viewId, 9, [[0, 4]])], await viewerToken(newViewerId())), 202);
    await send(event(other, viewId, 9, [[0, 4]]));
    expect(viewersOf(await settled(episodeId, 1))).toEqual([1, 0, 0, 0]);
    expect((await retention(other)).views).toBe(0);
  });
});

describe('a beacon', () => {
  const one = (change: object) => [{ ...event('ep_00000000000000000000000000', randomUUID(), 1, [[0, 1]]), ...change }];

  test.each<[string, unknown]>([
    ['no list', {}],
    ['more than a hundred events', Array.from({ length: 101 }, () => one({})[0])],
    ['a view that is no UUID', one({ viewId: 'view-1' })],
    ['an episode that is none', one({ episodeId: '../x' })],
    ['a stretch that runs backwards', one({ watched: [[2, 1]] })],
    ['a stretch before the start', one({ watched: [[-1, 1]] })],
    ['a stretch without an end', one({ watched: [[0]] })],
    ['a stretch to the end of time', one({ watched: [[0, 1e12]] })],
    ['more stretches than anybody watches', one({ watched: Array.from({ length: 121 }, (_, at) => [at, at + 1]) })],
    ['a half sequence number', one({ seq: 1.5 })],
    ['a negative sequence number', one({ seq: -1 })],
    ['a startup that is a text', one({ startupMs: '100' })],
    ['a stall of a day', one({ stalls: [{ atSeconds: 0, durationMs: 86_400_000 }] })],
    ['an event that is null', [null]],
  ])('with %s is refused', async (_, events) => {
    await expectProblem(await beacon(events), 'invalid-request');
  });

  test('that is no JSON, or too long, or nobody’s, is refused', async () => {
    await expectProblem(await edgeFetch(`/v1/events?token=${token}`, { method: 'POST', body: '{' }), 'invalid-request');
    await expectProblem(
      await edgeFetch(`/v1/events?token=${token}`, { method: 'POST', body: ' '.repeat(65_537) }),
      'body-too-large',
    );
    await expectProblem(await edgeFetch('/v1/events', { method: 'POST', body: '{"events":[]}' }), 'token-missing');
  });
});

describe('a retention curve', () => {
  test('is of the views that began in its window', async () => {
    const episodeId = await newEpisode();
    await send(event(episodeId, randomUUID(), 1, [[0, 4]]));
    await settled(episodeId, 1);
    const hour = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();
    expect((await retention(episodeId, `?from=${hour(-1)}&to=${hour(1)}`)).views).toBe(1);
    expect((await retention(episodeId, `?to=${hour(-1)}`)).views).toBe(0);
    expect((await retention(episodeId, `?from=${hour(1)}&to=${hour(2)}`)).views).toBe(0);
  });

  test.each(['?from=x', '?to=x', '?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z'])(
    'is not read with %s',
    async (query) => {
      await expectProblem(
        await apiFetch(`/v1/analytics/episodes/${await newEpisode()}/retention${query}`),
        'invalid-request',
      );
    },
  );

  test('of an episode that is not there is refused', async () => {
    await expectProblem(await apiFetch('/v1/analytics/episodes/none/retention'), 'episode-not-found');
  });
});
