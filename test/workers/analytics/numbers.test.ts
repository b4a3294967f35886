/** What was watched, told by players, and read again as numbers: each of them worked out by hand. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type {
  DeliveryCost,
  Dropoffs,
  Funnel,
  LiveViews,
  Overview,
  Qoe,
  Retention,
  Timeseries,
} from '../../../client/index.ts';
import { apiFetch } from '../../support/edge.ts';
import { withCountry } from '../support/country.ts';
import { expectProblem } from '../support/http.ts';
import { makeBackendKey, type BackendKey } from '../support/tokens.ts';
import { credit, unlock } from '../support/viewers.ts';
import { ownPlatform, type OwnPlatform } from '../webhooks/support.ts';
import { makeLibrary, newVisitor, read, tell, type Library, type Told } from './audience.ts';

vi.mock('../../support/edge.ts', () => import('../support/own-edge.ts'));
/** What is asked of all series follows half a minute behind. */
vi.setConfig({ testTimeout: 90_000 });

let own: OwnPlatform;
let key: BackendKey;
let library: Library;
let other: Library;
let first = '';

const at = (index: number, intentMs: number, endedMs: number | null = null) => ({
  index,
  intentMs,
  endedMs,
  leftMs: null,
});
const bytes = { fetched: 1_000_000, unwatched: 100_000, ahead: 0 };

/** Of 40 Germans all see the first episode to its end and go on; half of them stop at the second, the others end it. */
async function germans(index: number): Promise<void> {
  const [one = '', two = ''] = library.episodeIds;
  const whole: Partial<Told> = { watched: [[0, 20]], ended: true, leftBy: 'end' };
  const half: Partial<Told> = { watched: [[0, 8]], leftBy: 'swipe' };
  await tell(key, newVisitor(), 'DE', [
    { ...whole, episodeId: one, startupMs: 100, details: { bytes, place: at(0, 0, 20_000) } },
    { ...(index % 2 === 0 ? half : whole), episodeId: two, details: { bytes, place: at(1, 20_500) } },
  ]);
}

/** Of 60 Indians half leave the first one in its eleventh second; a third of all has stalled before. */
async function indians(index: number): Promise<void> {
  const [one = ''] = library.episodeIds;
  const stalls = index % 3 === 0 ? [{ atSeconds: 4.5, durationMs: 2_000 }] : [];
  const left = index % 2 === 0;
  await tell(key, newVisitor(), 'IN', [
    {
      episodeId: one,
      startupMs: 4_000,
      stalls,
      watched: [[0, left ? 10.4 : 20]],
      ended: !left,
      leftBy: left ? 'swipe' : 'end',
      details: { bytes, place: at(0, 0, left ? null : 20_000) },
    },
  ]);
}

const times = (count: number, act: (index: number) => Promise<void>): Promise<void[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => act(index)));

beforeAll(async () => {
  own = await ownPlatform({ ANALYTICS_FOLD_SECONDS: '1' }, withCountry);
  key = await makeBackendKey();
  library = await makeLibrary(3, { coinPrice: 10, freeEpisodes: 1 });
  other = await makeLibrary(1);
  first = library.episodeIds[0] ?? '';
  await times(40, germans);
  await times(60, indians);
  // Under ten: of these nothing is told to others.
  await times(3, () => tell(key, newVisitor(), 'FR', [{ episodeId: other.episodeIds[0] ?? '', watched: [[0, 20]] }]));
  const seen = async (series: string): Promise<number> => (await read<Qoe>(`/series/${series}/qoe`)).total.views;
  const patience = { timeout: 60_000, interval: 200 };
  await vi.waitUntil(async () => (await seen(library.seriesId)) === 140, patience);
  await vi.waitUntil(async () => (await seen(other.seriesId)) === 3, patience);
}, 240_000);

afterAll(() => own.stop());

describe('an episode', () => {
  test('tells how far it was watched', async () => {
    const told = await read<Retention>(`/episodes/${first}/retention`);
    expect(told).toMatchObject({
      episodeId: first,
      durationSeconds: 20,
      views: 100,
      starts: 100,
      uniqueViewers: 100,
      completionRate: 0.7,
      isPartial: false,
      segment: null,
      stalls: [{ atSeconds: 4, stalls: 20, stallMs: 40_000 }],
    });
    expect(told.averagePercentWatched).toBeCloseTo(0.7 * 100 + 0.3 * 52);
    expect(told.curve.map(({ viewers }) => viewers)).toEqual([...Array(10).fill(100), ...Array(10).fill(70)]);
    expect(told.survival.at(-1)).toMatchObject({ atSeconds: 19, atRisk: 70, share: 0.7 });
    expect(told.byPercent).toHaveLength(100);
  });

  test('tells where viewers left, and why, in words', async () => {
    const { items } = await read<Dropoffs>(`/episodes/${first}/dropoffs`);
    expect(items).toHaveLength(1);
    expect(items[0]).toMatchObject({ fromSeconds: 10, toSeconds: 11, atRisk: 100, left: 30, verdict: 'script' });
    expect(items[0]?.words).toMatch(/^The script\. Of 30 who left here/);
  });

  test('tells the quality by country, the worst first', async () => {
    const { total, by } = await read<Qoe>(`/episodes/${first}/qoe?by=country,device`);
    expect(total).toMatchObject({ views: 100, uniqueViewers: 100, viewsWithRebuffering: 20 });
    expect(total.rebufferPercentage).toBeCloseTo((100 * 40_000) / (40_000 + 70 * 20_000 + 30 * 10_400));
    expect(by.country?.map(({ value, metrics }) => [value, metrics.views, metrics.uniqueViewers])).toEqual([
      ['IN', 60, 60],
      ['DE', 40, 40],
    ]);
    expect(by.country?.[1]?.metrics.videoStartupTimeMs.p50).toBeCloseTo(100, -1);
    expect(by.device?.reduce((sum, { metrics }) => sum + metrics.views, 0)).toBe(100);
    expect((await read<Qoe>(`/episodes/${first}/qoe?by=country&minViews=50`)).by.country).toHaveLength(1);
  });

  test('tells a part of the audience alone', async () => {
    expect(await read(`/episodes/${first}/retention?segment=country:IN`)).toMatchObject({
      views: 60,
      uniqueViewers: 60,
      completionRate: 0.5,
      segment: 'country:IN',
    });
    expect(await read(`/episodes/${first}/retention?segment=country:US`)).toMatchObject({
      views: 0,
      completionRate: null,
    });
  });

  test('tells the hours in which it was watched', async () => {
    const { grain, items } = await read<Timeseries>(`/episodes/${first}/timeseries?grain=hour`);
    expect(grain).toBe('hour');
    expect(items.reduce((sum, { metrics }) => sum + metrics.views, 0)).toBe(100);
    expect(items.every(({ at: time }) => time.endsWith(':00:00.000Z'))).toBe(true);
    const days = await read<Timeseries>(`/series/${library.slug}/timeseries`);
    expect([days.grain, days.items.reduce((sum, { metrics }) => sum + metrics.views, 0)]).toEqual(['day', 140]);
  });

  test('tells nothing of another time', async () => {
    const told = await read<Retention>(`/episodes/${first}/retention?from=2026-01-01&to=2026-01-02T10:30:00Z`);
    expect(told).toMatchObject({ views: 0, completionRate: null, from: '2026-01-01T00:00:00.000Z' });
    const long = await read<Retention>(`/episodes/${first}/retention?from=2001-01-01`);
    expect(long).toMatchObject({ views: 100, isPartial: true });
  });
});

describe('a comparison', () => {
  test('of two countries says what is beyond chance', async () => {
    const { comparison, differences = [] } = await read<Retention>(
      `/episodes/${first}/retention?segment=country:DE&against=country:IN`,
    );
    expect(comparison).toMatchObject({ segment: 'country:IN', views: 60, completionRate: 0.5 });
    const of = (name: string) => differences.find(({ metric }) => metric === name);
    expect(of('completionRate')).toMatchObject({ value: 1, against: 0.5, difference: 0.5, isBeyondChance: true });
    expect(of('playbackFailurePercentage')).toMatchObject({ difference: 0, isBeyondChance: false });
    expect(of('playingTimeMs')).toMatchObject({ isBeyondChance: null });
  });

  test('of two periods has both, and judges none where a view may be in both', async () => {
    const past = await read<Qoe>(`/episodes/${first}/qoe?by=country&compareFrom=2026-03-01&compareTo=2026-03-08`);
    expect(past.comparison).toMatchObject({ from: '2026-03-01T00:00:00.000Z', total: { views: 0 } });
    const whole = await read<Qoe>(`/episodes/${first}/qoe?against=country:IN`);
    expect(whole.differences?.every(({ isBeyondChance }) => isBeyondChance === null)).toBe(true);
    expect(whole.comparison?.total.views).toBe(60);
  });
});

describe('a series', () => {
  test('tells who goes on, who stops, and what was paid', async () => {
    const viewerId = newVisitor().viewerId;
    await credit(viewerId, 50);
    await unlock(viewerId, library.episodeIds[1] ?? '');
    const funnel = (): Promise<Funnel> => read<Funnel>(`/series/${library.seriesId}/funnel`);
    await expect.poll(async () => (await funnel()).takings?.coinsSpent, { timeout: 30_000 }).toBe(10);
    const told = await funnel();
    expect(told).toMatchObject({
      sessions: 100,
      coinsPerViewer: 0.1,
      metrics: { views: 140, uniqueViewers: 100 },
      takings: { byMethod: [{ method: 'coins', unlocks: 1, viewers: 1, coins: 10, refunded: 0, refundedCoins: 0 }] },
    });
    expect(told.preloadWaste).toBeCloseTo(0.1);
    expect(told.episodes.map(({ number, started }) => [number, started])).toEqual([
      [1, 100],
      [2, 40],
      [3, 0],
    ]);
    // 100 sessions had a next one after the first, 40 after the second.
    expect(told.nextEpisodeRate).toBeCloseTo(40 / 140);
    expect(told.episodes[0]).toMatchObject({ nextEpisodeRate: 0.4, stopped: 60, metrics: { completionRate: 0.7 } });
    // Of 70 ends of the first and 20 of the second, 40 were gone on from.
    expect(told.cliffhangerHold).toBeCloseTo(40 / 70);
  });

  test('of a name that nobody has is 404, and so is such an episode', async () => {
    for (const path of ['qoe', 'funnel', 'timeseries'])
      await expectProblem(await apiFetch(`/v1/analytics/series/none/${path}`), 'series-not-found');
    for (const path of ['retention', 'dropoffs', 'qoe', 'timeseries'])
      await expectProblem(await apiFetch(`/v1/analytics/episodes/none/${path}`), 'episode-not-found');
  });
});

describe('all series', () => {
  const overview = (query: string): Promise<Overview> => read<Overview>(`/overview?${query}`);

  test('are told by any number, page by page', async () => {
    const both = async (): Promise<[string, number][]> =>
      (await overview('by=series')).items.map(({ seriesId, views }) => [seriesId, views]);
    await expect.poll(both, { timeout: 60_000 }).toEqual([
      [library.seriesId, 140],
      [other.seriesId, 3],
    ]);
    const [item] = (await overview('')).items;
    expect(item).toMatchObject({
      title: 'A test',
      episodeId: null,
      starts: 140,
      viewsWithRebuffering: (100 * 20) / 140,
    });
    expect(item?.completionRate).toBeCloseTo(90 / 140);
    const one = await overview('by=series&sort=views&limit=1');
    expect(one.items.map(({ seriesId }) => seriesId)).toEqual([other.seriesId]);
    const next = await overview(`by=series&sort=views&limit=1&cursor=${encodeURIComponent(one.nextCursor ?? '')}`);
    expect([next.items.map(({ seriesId }) => seriesId), next.nextCursor]).toEqual([[library.seriesId], null]);
  });

  test('or by episode, those without the number last', async () => {
    const told = await overview(`by=episode&series=${library.slug}&sort=-completionRate`);
    expect(told.items.map(({ number, views }) => [number, views])).toEqual([
      [1, 100],
      [2, 40],
    ]);
    const none = await overview('by=episode&sort=paywallConversion&limit=2');
    expect(none.items.map(({ paywallConversion }) => paywallConversion)).toEqual([null, null]);
    const rest = await overview(
      `by=episode&sort=paywallConversion&cursor=${encodeURIComponent(none.nextCursor ?? '')}`,
    );
    expect(new Set([...none.items, ...rest.items].map(({ episodeId }) => episodeId)).size).toBe(3);
    expect((await overview('by=episode&to=2026-01-02')).items).toEqual([]);
  });

  test('are being watched by so many now', async () => {
    const { slug, episodeIds } = await makeLibrary(1);
    const now = (): Promise<LiveViews> => read<LiveViews>(`/live?series=${slug}`);
    const [episodeId = ''] = episodeIds;
    const patience = { timeout: 30_000, interval: 500 };
    const watching = async (): Promise<LiveViews> => {
      await tell(key, newVisitor(), 'FR', [{ episodeId, watched: [[0, 2]] }]);
      return now();
    };
    await expect.poll(async () => (await watching()).items[0]?.episodeId, patience).toBe(episodeId);
    const all = async () => (await read<LiveViews>('/live')).items.map((item) => item.episodeId);
    await expect.poll(all, patience).toContain(episodeId);
  });

  test('cost what their bytes and requests do', async () => {
    const told = await read<DeliveryCost>(`/cost?series=${library.seriesId}`);
    expect(told).toMatchObject({
      views: 140,
      starts: 140,
      bytes: { fetched: 140e6, unwatched: 14e6, ahead: 0 },
      preloadWaste: 0.1,
    });
    const lines = new Map(told.lines.map(({ item, count }) => [item, count]));
    // On the mean 16.5 s were played, in 8 segments; a tenth more was fetched.
    expect(lines.get('r2Reads')).toBe(Math.round((140 * 8) / 0.9) + 140);
    expect(told.dollars).toBeCloseTo(told.lines.reduce((sum, { dollars }) => sum + dollars, 0));
    const all = async (): Promise<number> => (await read<DeliveryCost>('/cost')).bytes.fetched;
    await expect.poll(all, { timeout: 60_000 }).toBe(140e6);
    expect((await read<DeliveryCost>('/cost')).bytes.ahead).toBeNull();
  });

  test.each(['sort=nothing', 'by=country', 'limit=0', 'cursor=x', 'cursor=1~nobody', 'shared=1', 'segment=country:DE'])(
    'are not told by ?%s',
    async (query) => {
      await expectProblem(await apiFetch(`/v1/analytics/overview?${query}`), 'invalid-request');
    },
  );
});

describe('as a table', () => {
  const csv = async (path: string, init: RequestInit = {}): Promise<string[]> => {
    const answer = await apiFetch(`/v1/analytics${path}`, init);
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present');
    expect(answer.headers.get('cache-control')).toBe('private, no-store');
    expect(answer.headers.get('content-disposition')).toMatch(/^attachment; filename="[a-z0-9_-]+\.csv"$/);
    return (await answer.text()).split('\r\n');
  };

  test('is every answer, by parameter or by Accept', async () => {
    const rows = await csv(`/episodes/${first}/retention?format=csv`);
    expect(rows).toHaveLength(22);
    expect(rows[5]).toBe('4,100,100,1,100,0,1,20,40000');
    const quality = await csv(`/episodes/${first}/qoe?by=country`, { headers: { accept: 'text/csv' } });
    expect(quality.map((row) => row.split(',').slice(0, 3).join(','))).toEqual([
      'dimension,value,views',
      'all,,100',
      'country,IN,60',
      'country,DE,40',
      '',
    ]);
    expect((await csv(`/series/${library.seriesId}/funnel?format=csv`))[1]).toMatch(
      /^1,ep_[0-9a-z]{26},Episode 1,100,0\.4,/,
    );
    expect(await csv(`/episodes/${first}/dropoffs?format=csv`)).toHaveLength(3);
    expect((await csv(`/series/${library.seriesId}/timeseries?format=csv`))[0]).toMatch(/^at,views,/);
    expect((await csv('/overview?format=csv'))[0]).toMatch(/^seriesId,episodeId,number,title,views,/);
    expect((await csv('/cost?format=csv'))[1]).toMatch(/^workerRequests,\d+,0\.3,/);
    expect((await csv('/live?format=csv'))[0]).toBe('episodeId,views');
  });

  test('that is compared has a column that says which is which', async () => {
    const rows = await csv(`/episodes/${first}/retention?format=csv&segment=country:DE&against=country:IN`);
    expect(rows).toHaveLength(42);
    expect(rows[1]).toMatch(/^this,0,40,/);
    expect(rows[21]).toMatch(/^against,0,60,/);
  });
});

describe('what is shared with others', () => {
  test('tells nothing of fewer than ten viewers', async () => {
    const few = other.episodeIds[0] ?? '';
    expect(await read(`/episodes/${few}/retention`)).toMatchObject({ views: 3, isSuppressed: false });
    expect(await read(`/episodes/${few}/retention?shared=1`)).toMatchObject({
      views: 0,
      isSuppressed: true,
      curve: [],
      uniqueViewers: null,
    });
    expect(await read(`/series/${other.slug}/qoe?by=country&shared=1`)).toMatchObject({
      isSuppressed: true,
      by: { country: [] },
    });
    const shared = await read<Dropoffs>(`/episodes/${first}/dropoffs?shared=1`);
    expect(shared.items[0]).toMatchObject({ left: 30, verdict: 'script' });
    expect(shared.items[0]?.words).toBeUndefined();
  });
});

describe('a question that is none', () => {
  test.each([
    ['from', `from=x`],
    ['to', 'to=yesterday'],
    ['from', 'from=2026-01-02T00:00:00'],
    ['from', 'from=2026-01-02&to=2026-01-01'],
    ['segment', 'segment=DE'],
    ['segment', 'segment=nation:DE'],
    ['against', 'against=country:'],
    ['compareFrom', 'compareTo=2026-01-01'],
    ['compareFrom', 'compareFrom=2026-01-02&compareTo=2026-01-01'],
    ['by', 'by=nation'],
    ['by', 'by=device&segment=country:DE'],
    ['minViews', 'minViews=-1'],
    ['shared', 'shared=yes'],
    ['format', 'format=xml'],
    ['fron', 'fron=2026-01-01'],
  ])('names its parameter: %s of ?%s', async (parameter, query) => {
    const problem = await expectProblem(
      await apiFetch(`/v1/analytics/episodes/${first}/qoe?${query}`),
      'invalid-request',
    );
    expect(problem['parameter']).toBe(parameter);
    expect(problem.detail).toContain(parameter);
  });

  test('names its parameter: grain', async () => {
    const answer = await apiFetch(`/v1/analytics/episodes/${first}/timeseries?grain=minute`);
    expect((await expectProblem(answer, 'invalid-request'))['parameter']).toBe('grain');
  });
});
