import type { RollupGroup, RollupQuery } from '#core/qoe/rollup-query.ts';
import { add } from '#core/qoe/rollup.ts';
import { readBinding } from '#shared/binding-call.ts';
import { seriesViews, shardsOf, type LiveViews, type SeriesViewsRpc } from './series-views-rpc.ts';

export type SeriesEnv = Pick<AnalyticsEnv, 'SERIES_VIEWS' | 'ANALYTICS_SHARDS'>;

/** The numbers of a series, of all its shards together. */
export async function querySeries(env: SeriesEnv, seriesId: string, query: RollupQuery): Promise<RollupGroup[]> {
  const answers = await askShards(env, seriesId, (shard) => shard.query(query));
  const [first = [], ...others] = answers;
  if (others.length === 0) return first;
  const groups = new Map<string, RollupGroup>();
  for (const group of answers.flat()) {
    const key = `${group.episodeId} ${group.fromMs} ${group.value}`;
    const sum = groups.get(key);
    groups.set(key, sum === undefined ? group : union(sum, group));
  }
  return [...groups.values()];
}

export async function liveOfSeries(env: SeriesEnv, seriesId: string): Promise<LiveViews> {
  const answers = await askShards(env, seriesId, (shard) => shard.live());
  const byEpisode = new Map<string, number>();
  for (const { episodeId, views } of answers.flatMap((answer) => answer.byEpisode))
    byEpisode.set(episodeId, (byEpisode.get(episodeId) ?? 0) + views);
  return {
    views: answers.reduce((sum, { views }) => sum + views, 0),
    byEpisode: [...byEpisode].map(([episodeId, views]) => ({ episodeId, views })),
  };
}

function askShards<Answer>(
  env: SeriesEnv,
  seriesId: string,
  ask: (shard: SeriesViewsRpc) => Promise<Answer>,
): Promise<Answer[]> {
  return Promise.all(
    Array.from({ length: shardsOf(env) }, (_, shard) =>
      readBinding('analytics', () => ask(seriesViews(env.SERIES_VIEWS, seriesId, shard))),
    ),
  );
}

/** A viewer is in one shard only, so viewers can be added. */
function union(a: RollupGroup, b: RollupGroup): RollupGroup {
  const isCounted = a.uniqueViewers !== null && b.uniqueViewers !== null;
  return {
    ...a,
    rollup: add(a.rollup, b.rollup),
    uniqueViewers: isCounted ? (a.uniqueViewers ?? 0) + (b.uniqueViewers ?? 0) : null,
  };
}
