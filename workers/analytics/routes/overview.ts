import { Hono } from 'hono';
import { ID_PATTERN } from '#core/id.ts';
import { costOf } from '#core/qoe/answers/cost.ts';
import { DAY_MS, HOUR_MS } from '#core/qoe/answers/period.ts';
import { PRICES_AS_OF } from '#core/qoe/answers/prices.ts';
import { DEFAULT_PAGE, MAX_LIVE_SERIES, MAX_NEW_SERIES, MAX_PAGE } from '../limits.ts';
import { liveOfSeries } from '../query-series.ts';
import { activeSeries, newestSeries } from '../read/active-series.ts';
import { answer, requireAnalytics } from '../read/answer.ts';
import { requireSeries } from '../read/catalog.ts';
import { deliveryOfAll, deliveryOfSeries } from '../read/delivery.ts';
import { OVERVIEW_NUMBERS, readOverview, type OverviewCursor, type OverviewNumber } from '../read/overview.ts';
import { invalid, partToWire, readQuery, type AnalyticsQuery } from '../read/query.ts';

/** Mounted at `/v1/analytics`: what is asked of many series at once. */
export const overviewRoutes = new Hono<{ Bindings: AnalyticsEnv }>();

overviewRoutes.get('/overview', requireAnalytics, async (c) => {
  const own = ['by', 'series', 'sort', 'cursor', 'limit'];
  const query = readQuery(c.req.url, Date.now(), { own, isShareable: false, grainMs: () => DAY_MS });
  const { part } = query;
  const by = readBy(query);
  const { sort, isDescending } = readSort(query);
  const limit = readLimit(query);
  const series = query.own['series'];
  const rows = await readOverview(c.env.DB, {
    by,
    seriesId: series === undefined ? null : (await requireSeries(c.env.DB, series)).id,
    fromMs: part.fromMs,
    toMs: part.toMs,
    sort,
    isDescending,
    after: readCursor(query),
    limit,
  });
  const items = rows.slice(0, limit).map(({ id: _id, ...item }) => item);
  const last = rows[limit - 1];
  const nextCursor = rows.length > limit && last !== undefined ? `${last[sort] ?? ''}~${last.id}` : null;
  const { segment: _segment, ...range } = partToWire(part);
  return answer(c.req.raw, `overview-${by}`, { by, ...range, items, nextCursor }, () => {
    const columns = ['seriesId', 'episodeId', 'number', 'title', ...OVERVIEW_NUMBERS] as const;
    return { columns, rows: items.map((item) => columns.map((column) => item[column])) };
  });
});

overviewRoutes.get('/live', requireAnalytics, async (c) => {
  const query = readQuery(c.req.url, Date.now(), { own: ['series'], isShareable: false, hasPeriod: false });
  const name = query.own['series'];
  const { seriesIds, isComplete } =
    name === undefined
      ? await watchedSeries(c.env.DB)
      : { seriesIds: [(await requireSeries(c.env.DB, name)).id], isComplete: true };
  const answers = await Promise.all(seriesIds.map((id) => liveOfSeries(c.env, id)));
  const items = answers.flatMap(({ byEpisode }) => byEpisode).toSorted((a, b) => b.views - a.views);
  const views = items.reduce((sum, item) => sum + item.views, 0);
  return answer(c.req.raw, 'live', { views, isComplete, items }, () => ({
    columns: ['episodeId', 'views'],
    rows: items.map(({ episodeId, views: count }) => [episodeId, count]),
  }));
});

/** Days are written when views are folded; a series that was not within this has nobody in it. */
const LIVE_WITHIN_MS = 10 * 60_000;

async function watchedSeries(db: D1Database): Promise<Awaited<ReturnType<typeof activeSeries>>> {
  const [{ seriesIds, isComplete }, newest] = await Promise.all([
    activeSeries(db, Date.now() - LIVE_WITHIN_MS, MAX_LIVE_SERIES),
    newestSeries(db, MAX_NEW_SERIES),
  ]);
  return { seriesIds: [...new Set([...seriesIds, ...newest])], isComplete };
}

overviewRoutes.get('/cost', requireAnalytics, async (c) => {
  const name = new URL(c.req.url).searchParams.get('series');
  const grainMs = (): number => (name === null ? DAY_MS : HOUR_MS);
  const { part } = readQuery(c.req.url, Date.now(), { own: ['series'], isShareable: false, grainMs });
  const seriesId = name === null ? null : (await requireSeries(c.env.DB, name)).id;
  const cost = costOf(
    seriesId === null ? await deliveryOfAll(c.env.DB, part) : await deliveryOfSeries(c.env, seriesId, part),
  );
  const { segment: _segment, ...range } = partToWire(part);
  const body = { seriesId, ...range, ...cost, pricesAsOf: PRICES_AS_OF };
  return answer(c.req.raw, `cost-${seriesId ?? 'all'}`, body, () => ({
    columns: ['item', 'count', 'dollarsPerMillion', 'dollars'],
    rows: cost.lines.map(({ item, count, dollarsPerMillion, dollars }) => [item, count, dollarsPerMillion, dollars]),
  }));
});

function readBy({ own }: AnalyticsQuery): 'series' | 'episode' {
  const by = own['by'] ?? 'series';
  if (by !== 'series' && by !== 'episode') throw invalid('by', 'is series or episode');
  return by;
}

function readSort({ own }: AnalyticsQuery): { sort: OverviewNumber; isDescending: boolean } {
  const text = own['sort'] ?? '-views';
  const name = text.replace(/^-/, '');
  const sort = OVERVIEW_NUMBERS.find((each) => each === name);
  if (sort === undefined)
    throw invalid('sort', `is one of ${OVERVIEW_NUMBERS.join(', ')}, with a minus for the largest first`);
  return { sort, isDescending: text.startsWith('-') };
}

function readLimit({ own }: AnalyticsQuery): number {
  const text = own['limit'] ?? String(DEFAULT_PAGE);
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > MAX_PAGE) throw invalid('limit', `is a whole number from 1 to ${MAX_PAGE}`);
  return limit;
}

/** The number that was sorted by, and the id that breaks a tie. */
function readCursor({ own }: AnalyticsQuery): OverviewCursor | null {
  const text = own['cursor'];
  if (text === undefined) return null;
  const [value = '', id = ''] = text.split('~');
  if (!ID_PATTERN.test(id) || !/^(-?\d+(\.\d+)?(e[+-]?\d+)?)?$/.test(value))
    throw invalid('cursor', 'is the nextCursor of the page before');
  return { value: value === '' ? null : Number(value), id };
}
