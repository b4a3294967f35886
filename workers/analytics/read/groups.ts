/** Rollups of one series, as the routes ask for them. */
import { asShared } from '#core/qoe/answers/sharing.ts';
import type { RollupGroup, RollupGrouping } from '#core/qoe/rollup-query.ts';
import { emptyRollup } from '#core/qoe/rollup.ts';
import { querySeries } from '../query-series.ts';
import type { AskedPart } from './query.ts';

export interface Asked {
  readonly seriesId: string;
  /** null: the whole series. */
  readonly episodeId: string | null;
  readonly part: AskedPart;
}

export function groupsOf(
  env: AnalyticsEnv,
  { seriesId, episodeId, part }: Asked,
  by: readonly RollupGrouping[],
): Promise<RollupGroup[]> {
  const { fromMs, toMs, segment } = part;
  if (fromMs >= toMs) return Promise.resolve([]);
  return querySeries(env, seriesId, { episodeId, fromMs, toMs, by, segment });
}

export interface WholeGroup extends RollupGroup {
  /** Held back: of fewer viewers than may be told of. */
  readonly isSuppressed: boolean;
}

/** All of it as one; nobody where nothing was watched. */
export async function wholeOf(env: AnalyticsEnv, asked: Asked, isShared: boolean): Promise<WholeGroup> {
  const [group = NOBODY] = await groupsOf(env, asked, []);
  return isShared ? asShared(group) : { ...group, isSuppressed: false };
}

const NOBODY: RollupGroup = { episodeId: null, fromMs: null, value: null, rollup: emptyRollup(), uniqueViewers: 0 };
