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

/** What of the rollups is needed: an object reads no more than that, and curves are most of what there is to read. */
export interface Needed {
  readonly parts?: readonly ('counts' | 'sketches' | 'curves')[];
  /** false where nobody asks how many viewers there were: counting them is most of the work of a large series. */
  readonly viewers?: boolean;
}

/** All that metrics are made of. */
export const FOR_METRICS: Needed = { parts: ['counts', 'sketches'] };

export function groupsOf(
  env: AnalyticsEnv,
  { seriesId, episodeId, part }: Asked,
  by: readonly RollupGrouping[],
  needed: Needed = {},
): Promise<RollupGroup[]> {
  const { fromMs, toMs, segment } = part;
  if (fromMs >= toMs) return Promise.resolve([]);
  const query = { episodeId, fromMs, toMs, by, segment, ...needed };
  return querySeries(env, seriesId, query);
}

export interface WholeGroup extends RollupGroup {
  /** Held back: of fewer viewers than may be told of. */
  readonly isSuppressed: boolean;
}

/** All of it as one; nobody where nothing was watched. */
export async function wholeOf(
  env: AnalyticsEnv,
  asked: Asked,
  isShared: boolean,
  needed: Needed = {},
): Promise<WholeGroup> {
  const [group = NOBODY] = await groupsOf(env, asked, [], needed);
  return isShared ? asShared(group) : { ...group, isSuppressed: false };
}

const NOBODY: RollupGroup = { episodeId: null, fromMs: null, value: null, rollup: emptyRollup(), uniqueViewers: 0 };
