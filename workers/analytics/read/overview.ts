/** Numbers of every series, or every episode, out of D1: sums of days, and rates as ratios of sums. */
import { readBinding } from '#shared/binding-call.ts';
import { dayBounds, daySumsSql } from './day-sums.ts';

const ratio = (part: string, whole: string, scale = 1): string => `${scale}.0 * ${part} / NULLIF(${whole}, 0)`;

/** By the name of the metric; docs/metrics.md has the formulas. */
const NUMBERS = {
  views: 'views',
  starts: 'starts',
  playingTimeMs: 'played_ms',
  completionRate: ratio('completed', 'starts'),
  averagePercentWatched: ratio('watched_basis_points / 100.0', 'measured_views'),
  videoStartupFailurePercentage: ratio('startup_failures', '(starts + startup_failures + exits_before_start)', 100),
  exitsBeforeVideoStart: ratio('exits_before_start', '(starts + startup_failures + exits_before_start)', 100),
  playbackFailurePercentage: ratio('playback_failures', 'starts', 100),
  rebufferPercentage: ratio('stall_ms', '(stall_ms + played_ms)', 100),
  viewsWithRebuffering: ratio('views_with_stall', 'starts', 100),
  weightedAverageBitrateBps: ratio('shown_kilobits * 1000000', 'shown_ms'),
  viewerExperienceScore: ratio('score_basis_points / 100.0', 'scored_views'),
  paywallConversion: ratio('unlocks', 'paywalls'),
} as const;

export type OverviewNumber = keyof typeof NUMBERS;
export const OVERVIEW_NUMBERS = Object.keys(NUMBERS) as readonly OverviewNumber[];

/** Sums of days, by what they are called above. */
const SUMS = {
  views: 'started + playback_failures + startup_failures + exits_before_start + business_exceptions + flicks + pending',
  starts: 'started + playback_failures',
  completed: 'completed',
  played_ms: 'played_ms',
  watched_basis_points: 'watched_basis_points',
  measured_views: 'measured_views',
  startup_failures: 'startup_failures',
  exits_before_start: 'exits_before_start',
  playback_failures: 'playback_failures',
  stall_ms: 'stall_ms',
  views_with_stall: 'views_with_stall',
  scored_views: 'scored_views',
  score_basis_points: 'score_basis_points',
  shown_ms: 'shown_ms',
  shown_kilobits: 'shown_kilobits',
  paywalls: 'paywalls',
  unlocks: 'unlocks',
} as const;

const SUMMED = [...new Set(Object.values(SUMS).flatMap((sum) => sum.split(' + ')))];

export type OverviewItem = { readonly [name in OverviewNumber]: number | null } & {
  readonly seriesId: string;
  readonly episodeId: string | null;
  readonly number: number | null;
  readonly title: string;
};

export interface OverviewQuery {
  readonly by: 'series' | 'episode';
  readonly seriesId: string | null;
  /** Whole days. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly sort: OverviewNumber;
  readonly isDescending: boolean;
  /** The row that the page before ended with. */
  readonly after: OverviewCursor | null;
  readonly limit: number;
}

export interface OverviewCursor {
  /** Of the number that is sorted by; null stands last. */
  readonly value: number | null;
  readonly id: string;
}

/** One row more than asked for shows that there are more. */
export async function readOverview(db: D1Database, query: OverviewQuery): Promise<(OverviewItem & { id: string })[]> {
  const { fromMs, toMs, seriesId, after, limit } = query;
  // Each parameter is bound, also where the statement has no need of it.
  const { results } = await readBinding('catalogue', () =>
    db
      .prepare(overviewSql(query))
      .bind(...dayBounds({ fromMs, toMs }), seriesId, after?.value ?? null, after?.id ?? null, limit + 1)
      .all<OverviewItem & { id: string }>(),
  );
  return results;
}

function overviewSql({ by, seriesId, sort, isDescending, after }: OverviewQuery): string {
  const group = by === 'series' ? 'series_id' : 'episode_id';
  const named =
    by === 'series'
      ? `n.id AS seriesId, NULL AS episodeId, NULL AS number, s.title AS title FROM numbers n JOIN series s ON s.id = n.id`
      : `e.series_id AS seriesId, n.id AS episodeId, e.number AS number, e.title AS title FROM numbers n JOIN episodes e ON e.id = n.id`;
  const sums = Object.entries(SUMS).map(([name, columns]) => `SUM(${columns}) AS ${name}`);
  const days = daySumsSql([group, ...SUMMED], seriesId === null ? '1' : 'series_id = ?5');
  const numbers = OVERVIEW_NUMBERS.map((name) => `${NUMBERS[name]} AS ${name}`);
  return `
WITH sums AS (
  SELECT ${group} AS id, ${sums.join(', ')} FROM ${days} GROUP BY ${group}
), numbers AS (SELECT id, ${numbers.join(', ')} FROM sums)
SELECT n.id AS id, ${OVERVIEW_NUMBERS.map((name) => `n.${name}`).join(', ')}, ${named}
${after === null ? '' : `WHERE ${behind(sort, isDescending, after)}`}
ORDER BY n.${sort} IS NULL, n.${sort} ${isDescending ? 'DESC' : 'ASC'}, n.id LIMIT ?8`;
}

/** What has no number stands last, whichever way it is sorted. */
function behind(sort: OverviewNumber, isDescending: boolean, { value }: OverviewCursor): string {
  const isSame = value === null ? `n.${sort} IS NULL` : `n.${sort} = ?6`;
  const isLater = value === null ? '0' : `n.${sort} ${isDescending ? '<' : '>'} ?6 OR n.${sort} IS NULL`;
  return `${isLater} OR (${isSame} AND n.id > ?7)`;
}
