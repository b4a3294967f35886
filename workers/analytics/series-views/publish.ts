/** Writes what an episode had in a day, and so in its week, into D1, where questions over many series are answered from. */
import type { CountName } from '#core/qoe/rollup-names.ts';
import { emptyRollup } from '#core/qoe/rollup.ts';
import { PUBLISHED_PER_BATCH } from '../limits.ts';
import type { EpisodeDay, Unpublished } from './publication.ts';
import { query } from './query.ts';
import { DAY_MS, WEEK_MS, weekOf } from './time.ts';

/** Columns of `episode_days` and `episode_weeks` that are a count of the rollup. */
const COUNTS: Readonly<Record<string, CountName>> = {
  started: 'outcome.started',
  playback_failures: 'outcome.playback-failure',
  startup_failures: 'outcome.startup-failure',
  exits_before_start: 'outcome.exit-before-start',
  business_exceptions: 'outcome.business-exception',
  flicks: 'outcome.flick',
  pending: 'outcome.pending',
  flagged: 'flagged',
  completed: 'completed',
  played_ms: 'playedMs',
  watched_basis_points: 'watchedBasisPoints',
  measured_views: 'measuredViews',
  stalls: 'stalls',
  stall_ms: 'stallMs',
  views_with_stall: 'viewsWithStall',
  instant_starts: 'instantStarts',
  shown_ms: 'shownMs',
  shown_kilobits: 'shownKilobits',
  low_ms: 'lowMs',
  scored_views: 'scoredViews',
  score_basis_points: 'scoreBasisPoints',
  fetched_bytes: 'fetchedBytes',
  unwatched_bytes: 'unwatchedBytes',
  paywalls: 'paywalls',
  unlocks: 'unlocks',
};
const OTHERS = ['version', 'updated_at'];
const KEYS = ['day', 'episode_id', 'shard', 'series_id'];
const COLUMNS = [...KEYS, ...OTHERS, ...Object.keys(COUNTS)];

const UPSERT = `INSERT INTO episode_days (${COLUMNS.join(', ')}) VALUES (${COLUMNS.map(() => '?').join(', ')})
ON CONFLICT (day, episode_id, shard) DO UPDATE SET ${[...OTHERS, ...Object.keys(COUNTS)]
  .map((column) => `${column} = excluded.${column}`)
  .join(', ')}
WHERE excluded.version > episode_days.version`;

const SUMS = Object.keys(COUNTS);
/** The seven days of each week are found by key: a range of days would be those of all episodes. */
const DAYS_OF_WEEK = Array.from({ length: WEEK_MS / DAY_MS }, (_, day) => `w.week + ${day * DAY_MS}`);
const SUM_UP_WEEKS = `
WITH changed AS (SELECT value ->> 'week' AS week, value ->> 'episodeId' AS episode_id FROM json_each(?1))
INSERT OR REPLACE INTO episode_weeks (week, episode_id, shard, series_id, ${SUMS.join(', ')})
SELECT w.week, d.episode_id, d.shard, MAX(d.series_id), ${SUMS.map((name) => `SUM(d.${name})`).join(', ')}
FROM changed w CROSS JOIN episode_days d
ON d.day IN (${DAYS_OF_WEEK.join(', ')}) AND d.episode_id = w.episode_id AND d.shard = ?2
GROUP BY w.week, d.episode_id`;

export interface Publisher {
  readonly db: D1Database;
  readonly seriesId: string;
  readonly shard: number;
}

/** Whole values, each time: what is written twice, or after a newer one, changes nothing. */
export async function publishDays(
  { db, seriesId, shard }: Publisher,
  sql: SqlStorage,
  { version, days }: Unpublished,
  nowMs: number,
): Promise<void> {
  const upsert = db.prepare(UPSERT);
  for (let from = 0; from < days.length; from += PUBLISHED_PER_BATCH) {
    const some = days.slice(from, from + PUBLISHED_PER_BATCH);
    await db.batch([
      ...some.map((day) => upsert.bind(day.day, day.episodeId, shard, seriesId, version, ...valuesOf(sql, day, nowMs))),
      // In the same transaction, and from what is there: a week is never other than its days.
      db.prepare(SUM_UP_WEEKS).bind(JSON.stringify(weeksOf(some)), shard),
    ]);
  }
}

function weeksOf(days: readonly EpisodeDay[]): object[] {
  const weeks = days.map(({ episodeId, day }) => ({ episodeId, week: weekOf(day) }));
  return [...new Map(weeks.map((each) => [`${each.episodeId} ${each.week}`, each])).values()];
}

function valuesOf(sql: SqlStorage, { episodeId, day }: EpisodeDay, nowMs: number): (string | number)[] {
  const parts = ['counts'] as const;
  const [group] = query(sql, {
    episodeId,
    fromMs: day,
    toMs: day + DAY_MS,
    by: [],
    segment: null,
    parts,
    viewers: false,
  });
  const { counts } = group?.rollup ?? emptyRollup();
  return [nowMs, ...Object.values(COUNTS).map((name) => counts[name] ?? 0)];
}
