import type { CountName } from '#core/qoe/rollup-names.ts';
import { emptyRollup } from '#core/qoe/rollup.ts';
/** Writes what an episode had in a day into D1, where questions over many series are answered from. */
import { PUBLISHED_PER_BATCH } from '../limits.ts';
import type { EpisodeDay, Unpublished } from './publication.ts';
import { query } from './query.ts';
import { DAY_MS } from './time.ts';

/** Columns of `episode_days` that are a count of the rollup. */
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
const OTHERS = ['version', 'unique_viewers', 'updated_at'];
const KEYS = ['day', 'episode_id', 'shard', 'series_id'];
const COLUMNS = [...KEYS, ...OTHERS, ...Object.keys(COUNTS)];

const UPSERT = `INSERT INTO episode_days (${COLUMNS.join(', ')}) VALUES (${COLUMNS.map(() => '?').join(', ')})
ON CONFLICT (day, episode_id, shard) DO UPDATE SET ${[...OTHERS, ...Object.keys(COUNTS)]
  .map((column) => `${column} = excluded.${column}`)
  .join(', ')}
WHERE excluded.version > episode_days.version`;

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
    await db.batch(
      some.map((day) => upsert.bind(day.day, day.episodeId, shard, seriesId, version, ...valuesOf(sql, day, nowMs))),
    );
  }
}

function valuesOf(sql: SqlStorage, { episodeId, day }: EpisodeDay, nowMs: number): (string | number)[] {
  const parts = ['counts'] as const;
  const [group] = query(sql, { episodeId, fromMs: day, toMs: day + DAY_MS, by: [], segment: null, parts });
  const { counts } = group?.rollup ?? emptyRollup();
  return [group?.uniqueViewers ?? 0, nowMs, ...Object.values(COUNTS).map((name) => counts[name] ?? 0)];
}
