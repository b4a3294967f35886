import { Hono } from 'hono';
import { breakdownOf, type BreakdownRow } from '#core/qoe/answers/breakdown.ts';
import { differencesOf } from '#core/qoe/answers/comparison.ts';
import { DAY_MS } from '#core/qoe/answers/period.ts';
import { DIMENSION_NAMES, parseDimensions, type DimensionName } from '#core/qoe/answers/segment-names.ts';
import { sharedRows } from '#core/qoe/answers/sharing.ts';
import { qoeTable, stacked, timeseriesTable } from '#core/qoe/answers/tables.ts';
import { METRIC_NAMES } from '#core/qoe/metric-names.ts';
import { metricsOf } from '#core/qoe/metrics.ts';
import { answer, requireAnalytics } from '../read/answer.ts';
import { requireEpisode, requireSeries } from '../read/catalog.ts';
import { FOR_METRICS, groupsOf, wholeOf, type Asked } from '../read/groups.ts';
import { grainOf, invalid, partToWire, readQuery, type AnalyticsQuery } from '../read/query.ts';

/** Mounted at `/v1/analytics`: the same of an episode and of a series. */
export const qoeRoutes = new Hono<{ Bindings: AnalyticsEnv }>();

type Subject = Pick<Asked, 'seriesId' | 'episodeId'>;

qoeRoutes.get('/episodes/:episode/qoe', requireAnalytics, async (c) => {
  const query = readQuery(c.req.url, Date.now(), QOE_RULES);
  const { id: episodeId, seriesId } = await requireEpisode(c.env.DB, c.req.param('episode'));
  return answerQoe(c.env, c.req.raw, { seriesId, episodeId }, query);
});

qoeRoutes.get('/series/:series/qoe', requireAnalytics, async (c) => {
  const query = readQuery(c.req.url, Date.now(), QOE_RULES);
  const { id: seriesId } = await requireSeries(c.env.DB, c.req.param('series'));
  return answerQoe(c.env, c.req.raw, { seriesId, episodeId: null }, query);
});

qoeRoutes.get('/episodes/:episode/timeseries', requireAnalytics, async (c) => {
  const query = readQuery(c.req.url, Date.now(), TIME_RULES);
  const { id: episodeId, seriesId } = await requireEpisode(c.env.DB, c.req.param('episode'));
  return answerTimeseries(c.env, c.req.raw, { seriesId, episodeId }, query);
});

qoeRoutes.get('/series/:series/timeseries', requireAnalytics, async (c) => {
  const query = readQuery(c.req.url, Date.now(), TIME_RULES);
  const { id: seriesId } = await requireSeries(c.env.DB, c.req.param('series'));
  return answerTimeseries(c.env, c.req.raw, { seriesId, episodeId: null }, query);
});

const QOE_RULES = { own: ['by', 'minViews'], hasSegment: true, hasComparison: true };
const TIME_RULES = { own: ['grain'], hasSegment: true, grainMs: grainOf };

async function answerQoe(env: AnalyticsEnv, request: Request, subject: Subject, query: AnalyticsQuery) {
  const { part, against, isApart } = query;
  const options = { by: readBy(query), minViews: readMinViews(query), isShared: query.isShared };
  const ours = await qoeOf(env, { ...subject, part }, options);
  const theirs = against === null ? null : await qoeOf(env, { ...subject, part: against }, options);
  const compared =
    theirs === null
      ? {}
      : { comparison: theirs.body, differences: differencesOf(METRIC_NAMES, [ours.group, theirs.group], isApart) };
  const { body } = ours;
  return answer(request, `qoe-${nameOf(subject)}`, { ...idsOf(subject), ...body, ...compared }, () =>
    theirs === null
      ? qoeTable(body.total, body.by)
      : stacked([
          ['this', qoeTable(body.total, body.by)],
          ['against', qoeTable(theirs.body.total, theirs.body.by)],
        ]),
  );
}

interface QoeOptions {
  readonly by: readonly DimensionName[];
  readonly minViews: number;
  readonly isShared: boolean;
}

async function qoeOf(env: AnalyticsEnv, asked: Asked, options: QoeOptions) {
  const tables = options.by.map(async (name): Promise<[DimensionName, readonly BreakdownRow[]]> => {
    const groups = await groupsOf(env, asked, [{ kind: 'dimension', dimension: DIMENSION_NAMES[name] }], FOR_METRICS);
    return [name, breakdownOf(groups, options)];
  });
  const group = await wholeOf(env, asked, options.isShared, FOR_METRICS);
  const by: { readonly [name in DimensionName]?: readonly BreakdownRow[] } = Object.fromEntries(
    await Promise.all(tables),
  );
  const total = metricsOf(group.rollup, group.uniqueViewers);
  return { group, body: { ...partToWire(asked.part), isSuppressed: group.isSuppressed, total, by } };
}

async function answerTimeseries(env: AnalyticsEnv, request: Request, subject: Subject, query: AnalyticsQuery) {
  const { part, isShared, grainMs } = query;
  const grain = grainMs === DAY_MS ? 'day' : 'hour';
  const groups = await groupsOf(env, { ...subject, part }, [{ kind: 'time', grain }], FOR_METRICS);
  const items = (isShared ? sharedRows(groups) : groups)
    .toSorted((a, b) => (a.fromMs ?? 0) - (b.fromMs ?? 0))
    .map(({ fromMs, rollup, uniqueViewers }) => {
      return { at: new Date(fromMs ?? 0).toISOString(), metrics: metricsOf(rollup, uniqueViewers) };
    });
  const body = { ...idsOf(subject), ...partToWire(part), grain, items };
  return answer(request, `timeseries-${nameOf(subject)}`, body, () => timeseriesTable(items));
}

function readBy({ own, part, against }: AnalyticsQuery): readonly DimensionName[] {
  if (own['by'] === undefined) return [];
  const names = parseDimensions(own['by']);
  if (!names.ok) throw invalid('by', names.error);
  const segments = [part.segment, against?.segment ?? null].filter((segment) => segment !== null);
  // A view is counted by each dimension for itself.
  if (segments.some(({ dimension }) => names.value.some((name) => DIMENSION_NAMES[name] !== dimension)))
    throw invalid('by', 'cannot be another dimension than that of segment');
  return names.value;
}

function readMinViews({ own }: AnalyticsQuery): number {
  const text = own['minViews'] ?? '1';
  if (!/^\d{1,9}$/.test(text)) throw invalid('minViews', 'is a whole number');
  return Number(text);
}

function idsOf({ seriesId, episodeId }: Subject) {
  return episodeId === null ? { seriesId } : { episodeId };
}

function nameOf({ seriesId, episodeId }: Subject): string {
  return episodeId ?? seriesId;
}
