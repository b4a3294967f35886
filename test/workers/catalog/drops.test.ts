/** Episodes and policies that change together or not at all. */
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { apiFetch, runScheduled } from '../../support/edge.ts';
import { fakeVersion, transcode } from '../support/fake-transcoder.ts';
import { expectProblem, jsonOf, statusOf } from '../support/http.ts';
import { createEpisode, createSeries, readEpisode, uploadSource, type SeriesWire } from '../support/library.ts';
import { newViewerId, removeBackendKeys, viewerToken } from '../support/tokens.ts';
import { feed } from '../support/viewers.ts';

interface DropWire {
  readonly id: string;
  readonly state: string;
  readonly failure?: { readonly code: string; readonly missing: readonly object[] };
  readonly preflight?: { readonly ready: boolean; readonly missing: readonly object[] };
}

let series: SeriesWire;
/** Two that are ready, and a draft. */
let ids: string[] = [];
let draft = '';

async function readyEpisode(number: number, more: object = {}): Promise<string> {
  const episode = await createEpisode(series.id, number, more);
  await transcode((await uploadSource(episode.id)).id, fakeVersion());
  return episode.id;
}

beforeEach(async () => {
  series = await createSeries({ freeEpisodes: 1, coinPrice: 10 });
  ids = [await readyEpisode(1), await readyEpisode(2)];
  draft = (await createEpisode(series.id, 3)).id;
});
afterAll(removeBackendKeys);

const send = (json: object, at = '/v1/drops'): Promise<Response> => apiFetch(at, { json });
const makeDrop = async (json: object): Promise<DropWire> => jsonOf<DropWire>(await send(json), 201);
const readDrop = async (id: string): Promise<DropWire> => jsonOf<DropWire>(await apiFetch(`/v1/drops/${id}`));
const states = (): Promise<string[]> => Promise.all([...ids, draft].map(async (id) => (await readEpisode(id)).state));
const policy = async (): Promise<object> => jsonOf<object>(await apiFetch(`/v1/series/${series.id}/access`));
const newPolicy = () => ({ scope: 'series', id: series.slug, policy: { freeEpisodes: 2, coinPrice: 7 } });
const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString();

/** As the cron does, a minute later. */
async function passMinute(ms: number): Promise<void> {
  await new Promise((done) => setTimeout(done, ms));
  await runScheduled();
}

describe('a drop', () => {
  test('now publishes its episodes and sets its policies at once', async () => {
    const drop = await makeDrop({ episodes: ids, policies: [newPolicy()] });
    expect(drop).toMatchObject({ state: 'done', episodes: ids, preflight: { ready: true, missing: [] } });
    expect(await states()).toEqual(['published', 'published', 'draft']);
    expect(await policy()).toMatchObject({ freeEpisodes: 2, coinPrice: 7, version: 2 });
    const { items } = await feed(await viewerToken(newViewerId()), `series=${series.slug}`);
    expect(items.map(({ episode, decision }) => [episode.id, decision.basis])).toEqual(ids.map((id) => [id, 'free']));
  });

  test('of what is not ready changes nothing, and says everything that is missing', async () => {
    const order = {
      episodes: [...ids, draft, 'ep_none'],
      policies: [newPolicy(), { scope: 'season', id: 'sea_none', policy: {} }],
      requireCaptionLanguages: ['EN', 'es'],
    };
    const refused = await expectProblem(await send(order), 'drop-not-ready');
    const missing = [
      ...ids.map((episodeId) => ({ code: 'captions-missing', episodeId, languages: ['en', 'es'] })),
      { code: 'not-transcoded', episodeId: draft, state: 'draft' },
      { code: 'episode-not-found', episodeId: 'ep_none' },
      { code: 'policy-target-not-found', scope: 'season', id: 'sea_none' },
    ];
    expect(refused['missing']).toEqual(missing);
    for (const at of ['/v1/drops/preflight', '/v1/drops?dryRun=1'])
      expect(await jsonOf(await send(order, at))).toEqual({ ready: false, missing });
    expect(await states()).toEqual(['ready', 'ready', 'draft']);
    expect(await policy()).toMatchObject({ freeEpisodes: 1, version: 1 });
  });

  test('with an episode that has a later release of its own shows it all the same', async () => {
    const late = await readyEpisode(4, { releaseAt: inMs(3_600_000) });
    await makeDrop({ episodes: [late] });
    const { items } = await feed(await viewerToken(newViewerId()), `series=${series.slug}`);
    expect(items.map(({ episode }) => episode.id)).toEqual([late]);
  });

  test.each([
    {},
    { episodes: ['a', 'a'] },
    { episodes: ['a'], at: 'soon' },
    { episodes: [], policies: [{ scope: 'arc' }] },
  ])('is not made of %j', async (json) => {
    await expectProblem(await send(json), 'invalid-request');
  });
});

describe('a drop for later', () => {
  test('waits for its minute, and what was missing may come until then', async () => {
    const drop = await makeDrop({ at: inMs(1_500), episodes: [...ids, draft], policies: [newPolicy()] });
    expect(drop).toMatchObject({
      state: 'scheduled',
      preflight: { ready: false, missing: [{ code: 'not-transcoded' }] },
    });
    await runScheduled();
    expect((await readDrop(drop.id)).state).toBe('scheduled');
    await transcode((await uploadSource(draft)).id, fakeVersion());
    expect((await readDrop(drop.id)).preflight).toEqual({ ready: true, missing: [] });
    expect(await states()).toEqual(['ready', 'ready', 'ready']);
    await passMinute(1_500);
    expect(await readDrop(drop.id)).toMatchObject({ state: 'done' });
    expect(await states()).toEqual(['published', 'published', 'published']);
    await runScheduled();
    expect(await policy()).toMatchObject({ coinPrice: 7, version: 2 });
  });

  test('fails whole when something is missing at its minute, and says what', async () => {
    const drop = await makeDrop({ at: inMs(300), episodes: [...ids, draft], policies: [newPolicy()] });
    await passMinute(400);
    expect((await readDrop(drop.id)).failure).toEqual({
      code: 'drop-not-ready',
      missing: [{ code: 'not-transcoded', episodeId: draft, state: 'draft' }],
    });
    expect(await states()).toEqual(['ready', 'ready', 'draft']);
    expect(await policy()).toMatchObject({ version: 1 });
  });

  test('that is cancelled does not happen; one that happened cannot be cancelled', async () => {
    const drop = await makeDrop({ at: inMs(300), episodes: ids });
    expect(await statusOf(await apiFetch(`/v1/drops/${drop.id}`, { method: 'DELETE' }))).toBe(204);
    await passMinute(400);
    expect((await readDrop(drop.id)).state).toBe('cancelled');
    expect(await states()).toEqual(['ready', 'ready', 'draft']);
    const done = await makeDrop({ episodes: ids });
    const refused = await expectProblem(
      await apiFetch(`/v1/drops/${done.id}`, { method: 'DELETE' }),
      'drop-not-scheduled',
    );
    expect(refused['state']).toBe('done');
    await expectProblem(await apiFetch('/v1/drops/drp_none'), 'drop-not-found');
  });

  test('happens once, however many crons run at the time', async () => {
    const drop = await makeDrop({ at: inMs(300), episodes: ids, policies: [newPolicy()] });
    await new Promise((done) => setTimeout(done, 400));
    await Promise.all(Array.from({ length: 6 }, runScheduled));
    expect((await readDrop(drop.id)).state).toBe('done');
    expect(await policy()).toMatchObject({ coinPrice: 7, version: 2 });
  });

  test('is in the list, newest first', async () => {
    const made = [
      await makeDrop({ at: inMs(3_600_000), episodes: ids }),
      await makeDrop({ at: inMs(60_000), episodes: ids }),
    ];
    const { items } = await jsonOf<{ items: DropWire[] }>(await apiFetch('/v1/drops?limit=2'));
    expect(items.map(({ id }) => id)).toEqual(made.map(({ id }) => id).reverse());
    for (const { id } of made) await apiFetch(`/v1/drops/${id}`, { method: 'DELETE' });
  });
});
