import { Hono } from 'hono';
import { differencesOf, seriesDifferencesOf } from '#core/qoe/answers/comparison.ts';
import { funnelAnswer, type EpisodeOfSeries } from '#core/qoe/answers/funnel.ts';
import { sharedCount } from '#core/qoe/answers/sharing.ts';
import { funnelTable, stacked } from '#core/qoe/answers/tables.ts';
import { METRIC_NAMES } from '#core/qoe/metric-names.ts';
import { answer, requireAnalytics } from '../read/answer.ts';
import { episodesOfSeries, requireSeries } from '../read/catalog.ts';
import { FOR_METRICS, groupsOf, wholeOf } from '../read/groups.ts';
import { partToWire, readQuery, type AskedPart } from '../read/query.ts';
import { coinsSpent, takingsOf } from '../read/takings.ts';

/** Mounted at `/v1/analytics`. */
export const funnelRoutes = new Hono<{ Bindings: AnalyticsEnv }>();

funnelRoutes.get('/series/:series/funnel', requireAnalytics, async (c) => {
  const query = readQuery(c.req.url, Date.now(), { hasSegment: true, hasComparison: true });
  const series = await requireSeries(c.env.DB, c.req.param('series'));
  const subject = {
    seriesId: series.id,
    episodes: await episodesOfSeries(c.env.DB, series.id),
    isShared: query.isShared,
  };
  const ours = await funnelOf(c.env, subject, query.part);
  const theirs = query.against === null ? null : await funnelOf(c.env, subject, query.against);
  const compared =
    theirs === null
      ? {}
      : {
          comparison: theirs.body,
          differences: [
            ...seriesDifferencesOf([ours, theirs], query.isApart),
            ...differencesOf(METRIC_NAMES, [ours, theirs], query.isApart),
          ],
        };
  const body = { seriesId: series.id, ...ours.body, ...compared };
  return answer(c.req.raw, `funnel-${series.slug}`, body, () =>
    theirs === null
      ? funnelTable(ours.body)
      : stacked([
          ['this', funnelTable(ours.body)],
          ['against', funnelTable(theirs.body)],
        ]),
  );
});

interface Subject {
  readonly seriesId: string;
  readonly episodes: readonly EpisodeOfSeries[];
  readonly isShared: boolean;
}

async function funnelOf(env: AnalyticsEnv, { seriesId, episodes, isShared }: Subject, part: AskedPart) {
  const asked = { seriesId, episodeId: null, part };
  const [whole, byEpisode, takings] = await Promise.all([
    wholeOf(env, asked, isShared),
    groupsOf(env, asked, [{ kind: 'episode' }], FOR_METRICS),
    // The ledger knows whole viewers, and no country or device of theirs.
    part.segment === null ? takingsOf(env.DB, seriesId, part) : null,
  ]);
  const spent = takings === null ? null : coinsSpent(takings);
  const { rollup, uniqueViewers, isSuppressed } = whole;
  const numbers = funnelAnswer({
    whole,
    byEpisode,
    episodes: isSuppressed ? [] : episodes,
    takings: spent === null || uniqueViewers === null ? null : { coinsSpent: spent, uniqueViewers },
    isShared,
  });
  const told = isShared ? takings?.filter(({ viewers }) => sharedCount(viewers) !== null) : takings;
  const ledger = takings === null ? null : { coinsSpent: isSuppressed ? 0 : spent, byMethod: isSuppressed ? [] : told };
  return { rollup, uniqueViewers, numbers, body: { ...partToWire(part), isSuppressed, ...numbers, takings: ledger } };
}
