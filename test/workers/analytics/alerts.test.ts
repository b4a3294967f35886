/** Alerts from end to end: views come in, the cron looks, a receiver is told. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Alert } from '../../../client/index.ts';
import { apiFetch } from '../../support/edge.ts';
import { withCountry } from '../support/country.ts';
import { expectProblem, jsonOf, statusOf } from '../support/http.ts';
import { makeBackendKey, type BackendKey } from '../support/tokens.ts';
import { isSigned, startReceiver, type Receiver } from '../webhooks/receiver.ts';
import { createEndpoint, newPath, ownPlatform, type OwnPlatform } from '../webhooks/support.ts';
import { makeLibrary, newVisitor, read, tell, type Library } from './audience.ts';

vi.mock('../../support/edge.ts', () => import('../support/own-edge.ts'));
/** Each test waits for views to be counted and for webhooks to come. */
vi.setConfig({ testTimeout: 120_000 });

let own: OwnPlatform;
let receiver: Receiver;
let key: BackendKey;
let library: Library;
let episodeId = '';
let views = 0;

beforeAll(async () => {
  receiver = await startReceiver();
  own = await ownPlatform({ ANALYTICS_FOLD_SECONDS: '1' }, withCountry);
  key = await makeBackendKey();
  library = await makeLibrary(1);
  episodeId = library.episodeIds[0] ?? '';
}, 240_000);

afterAll(async () => {
  await own.stop();
  await receiver.stop();
});

const RULE = { name: 'Stalls', metric: 'viewsWithRebuffering', comparison: 'above', threshold: 25, minViews: 10 };
const create = async (more: object = {}): Promise<Alert> =>
  jsonOf<Alert>(await apiFetch('/v1/alerts', { json: { ...RULE, scope: { episodeId }, ...more } }), 201);
const get = async (id: string): Promise<Alert> => jsonOf<Alert>(await apiFetch(`/v1/alerts/${id}`));
const change = async (id: string, json: object): Promise<Alert> =>
  jsonOf<Alert>(await apiFetch(`/v1/alerts/${id}`, { method: 'PATCH', json }));
const remove = async (id: string): Promise<void> => {
  expect(await statusOf(await apiFetch(`/v1/alerts/${id}`, { method: 'DELETE' }))).toBe(204);
};

/** So many viewers, each of whom has stalled, or none. */
async function watch(count: number, stallMs: number | null): Promise<void> {
  const stalls = stallMs === null ? [] : [{ atSeconds: 3, durationMs: stallMs }];
  await Promise.all(
    Array.from({ length: count }, () =>
      tell(key, newVisitor(), 'DE', [{ episodeId, watched: [[0, 20]], ended: true, leftBy: 'end', stalls }]),
    ),
  );
  views += count;
  const total = async (): Promise<number> =>
    (await read<{ total: { views: number } }>(`/episodes/${episodeId}/qoe`)).total.views;
  await expect.poll(total, { timeout: 60_000 }).toBe(views);
}

interface Told {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}
const toldAt = (path: string): Told[] => receiver.of(path).map(({ body }) => JSON.parse(body) as Told);

/** The cron of analytics tells, that of the api Worker delivers; both run each minute. */
async function aMinute(): Promise<void> {
  await own.platform.runScheduled();
  await own.platform.runScheduled();
}

describe('an alert', () => {
  test('fires once, signed, when the number is beyond its threshold, and resolves when it is not', async () => {
    const path = newPath();
    const { secret } = await createEndpoint(receiver.origin + path, { events: ['alert.fired', 'alert.resolved'] });
    const alert = await create();
    expect(alert).toMatchObject({
      state: 'ok',
      windowMinutes: 60,
      coolDownMinutes: 60,
      enabled: true,
      lastFiredAt: null,
    });

    await watch(9, 900);
    await aMinute();
    expect(toldAt(path)).toEqual([]);

    await watch(3, 900);
    await aMinute();
    await expect.poll(() => toldAt(path).length, { timeout: 30_000 }).toBe(1);
    const [fired] = receiver.of(path);
    expect(fired !== undefined && isSigned(fired, secret)).toBe(true);
    expect(toldAt(path)[0]).toMatchObject({
      type: 'alert.fired',
      data: { alertId: alert.id, name: 'Stalls', episodeId, seriesId: null, value: 100, views: 12, threshold: 25 },
    });
    expect(await get(alert.id)).toMatchObject({ state: 'firing', lastValue: 100, lastViews: 12 });

    // It goes on, and has not cooled down.
    await aMinute();
    expect(toldAt(path)).toHaveLength(1);

    await watch(60, null);
    await aMinute();
    await expect
      .poll(() => toldAt(path).map(({ type }) => type), { timeout: 30_000 })
      .toEqual(['alert.fired', 'alert.resolved']);
    expect(toldAt(path)[1]?.data).toMatchObject({ alertId: alert.id, views: 72 });
    expect(await get(alert.id)).toMatchObject({ state: 'ok', firingSince: null });
    await remove(alert.id);
  });

  test('is told once by crons that run at once', async () => {
    const path = newPath();
    await createEndpoint(receiver.origin + path, { events: ['alert.fired'] });
    const alerts = await Promise.all([
      create({ scope: { seriesId: library.slug }, metric: 'views', threshold: 1 }),
      create({ scope: null, metric: 'videoStartupTimeMs.p95', threshold: 1 }),
    ]);
    await Promise.all(Array.from({ length: 8 }, () => own.platform.runScheduled()));
    await own.platform.runScheduled();
    await expect.poll(() => toldAt(path).length, { timeout: 30_000 }).toBe(2);
    expect(new Set(toldAt(path).map(({ data }) => data['alertId']))).toEqual(new Set(alerts.map(({ id }) => id)));
    expect(toldAt(path).find(({ data }) => data['seriesId'] === library.seriesId)?.data).toMatchObject({
      value: views,
    });
    for (const { id } of alerts) await remove(id);
  });

  test('that is switched off says nothing, and begins anew when its rule is another', async () => {
    const path = newPath();
    await createEndpoint(receiver.origin + path, { events: ['alert.fired'] });
    const { id } = await create({ metric: 'views', threshold: 1, enabled: false });
    await aMinute();
    expect(toldAt(path)).toEqual([]);
    await change(id, { enabled: true });
    await aMinute();
    await expect.poll(() => toldAt(path).length, { timeout: 30_000 }).toBe(1);
    expect((await change(id, { name: 'Many' })).state).toBe('firing');
    expect(await change(id, { threshold: 2 })).toMatchObject({ state: 'ok', lastFiredAt: null, lastValue: null });
    await aMinute();
    await expect.poll(() => toldAt(path).length, { timeout: 30_000 }).toBe(2);
    await remove(id);
  });

  test('goes with its episode', async () => {
    const own = await makeLibrary(1);
    const { id } = await create({ scope: { episodeId: own.episodeIds[0] } });
    expect(await statusOf(await apiFetch(`/v1/series/${own.seriesId}`, { method: 'DELETE' }))).toBe(204);
    await expectProblem(await apiFetch(`/v1/alerts/${id}`), 'not-found');
  });
});

describe('alerts', () => {
  test('are listed page by page, and changed only as their reader saw them', async () => {
    const left = await jsonOf<{ items: Alert[] }>(await apiFetch('/v1/alerts'));
    for (const { id } of left.items) await remove(id);
    const made = [await create(), await create(), await create()];
    const page = await jsonOf<{ items: Alert[]; nextCursor: string }>(await apiFetch('/v1/alerts?limit=2'));
    expect(page.items).toHaveLength(2);
    const rest = await jsonOf<{ items: Alert[] }>(await apiFetch(`/v1/alerts?limit=2&cursor=${page.nextCursor}`));
    expect([...page.items, ...rest.items].map(({ id }) => id)).toEqual(made.map(({ id }) => id));
    const [first] = made;
    const path = `/v1/alerts/${first?.id}`;
    const etag = (await apiFetch(path)).headers.get('etag') ?? '';
    const write = () => apiFetch(path, { method: 'PATCH', json: { threshold: 30 }, headers: { 'if-match': etag } });
    expect(await jsonOf<Alert>(await write())).toMatchObject({ threshold: 30 });
    await expectProblem(await write(), 'precondition-failed');
    for (const { id } of made) await remove(id);
  });

  test.each([
    ['a metric that is none', { metric: 'rebuffering' }],
    ['a window of minutes, which rollups do not know', { windowMinutes: 5 }],
    ['no threshold', { threshold: undefined }],
    ['two scopes', { scope: { episodeId: 'a', seriesId: 'b' } }],
    ['something unknown', { email: 'a@example.com' }],
  ])('with %s are refused', async (_, more) => {
    await expectProblem(await apiFetch('/v1/alerts', { json: { ...RULE, ...more } }), 'invalid-request');
  });

  test('of what is not there are refused', async () => {
    const of = (scope: object) => apiFetch('/v1/alerts', { json: { ...RULE, scope } });
    await expectProblem(await of({ episodeId: 'none' }), 'episode-not-found');
    await expectProblem(await of({ seriesId: 'none' }), 'series-not-found');
  });
});
