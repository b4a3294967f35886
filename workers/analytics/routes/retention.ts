import { Hono } from 'hono';
import { differencesOf } from '#core/qoe/answers/comparison.ts';
import { dropoffsAnswer } from '#core/qoe/answers/dropoffs.ts';
import { retentionAnswer } from '#core/qoe/answers/retention.ts';
import { dropoffsTable, retentionTable, stacked } from '#core/qoe/answers/tables.ts';
import { METRIC_NAMES } from '#core/qoe/metric-names.ts';
import { answer, requireAnalytics } from '../read/answer.ts';
import { requireEpisode, type EpisodeAsked } from '../read/catalog.ts';
import { wholeOf } from '../read/groups.ts';
import { partToWire, readQuery, type AskedPart } from '../read/query.ts';

/** Mounted at `/v1/analytics`. */
export const retentionRoutes = new Hono<{ Bindings: AnalyticsEnv }>();

retentionRoutes.get('/episodes/:episode/retention', requireAnalytics, async (c) => {
  const query = readQuery(c.req.url, Date.now(), { hasSegment: true, hasComparison: true });
  const episode = await requireEpisode(c.env.DB, c.req.param('episode'));
  const { part, against, isApart, isShared } = query;
  const { group, body } = await retentionOf(c.env, episode, part, isShared);
  const theirs = against === null ? null : await retentionOf(c.env, episode, against, isShared);
  const compared = theirs
    ? { comparison: theirs.body, differences: differencesOf(METRIC_NAMES, [group, theirs.group], isApart) }
    : {};
  const { id: episodeId, durationSeconds } = episode;
  return answer(c.req.raw, `retention-${episodeId}`, { episodeId, durationSeconds, ...body, ...compared }, () =>
    theirs
      ? stacked([
          ['this', retentionTable(body)],
          ['against', retentionTable(theirs.body)],
        ])
      : retentionTable(body),
  );
});

async function retentionOf(env: AnalyticsEnv, episode: EpisodeAsked, part: AskedPart, isShared: boolean) {
  const { id: episodeId, seriesId, durationSeconds } = episode;
  const group = await wholeOf(env, { seriesId, episodeId, part }, isShared);
  const { isSuppressed } = group;
  return { group, body: { ...partToWire(part), isSuppressed, ...retentionAnswer(group, durationSeconds, isShared) } };
}

retentionRoutes.get('/episodes/:episode/dropoffs', requireAnalytics, async (c) => {
  const { part, isShared } = readQuery(c.req.url, Date.now(), { hasSegment: true });
  const { id: episodeId, seriesId, durationSeconds } = await requireEpisode(c.env.DB, c.req.param('episode'));
  const { rollup, isSuppressed } = await wholeOf(c.env, { seriesId, episodeId, part }, isShared);
  const items = dropoffsAnswer(rollup, durationSeconds, isShared);
  const body = { episodeId, durationSeconds, ...partToWire(part), isSuppressed, items };
  return answer(c.req.raw, `dropoffs-${episodeId}`, body, () => dropoffsTable(items));
});
