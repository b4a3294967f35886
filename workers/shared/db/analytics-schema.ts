import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/** Counts of a rollup (core/qoe/rollup-names.ts); no sketches: a row with them is ten times as long to read (docs/decisions/044-reading-numbers.md). */
const sums = {
  /** Views by what became of them. */
  started: integer().notNull(),
  playbackFailures: integer('playback_failures').notNull(),
  startupFailures: integer('startup_failures').notNull(),
  exitsBeforeStart: integer('exits_before_start').notNull(),
  businessExceptions: integer('business_exceptions').notNull(),
  flicks: integer().notNull(),
  pending: integer().notNull(),
  flagged: integer().notNull(),
  /** Of those that started. */
  completed: integer().notNull(),
  playedMs: integer('played_ms').notNull(),
  watchedBasisPoints: integer('watched_basis_points').notNull(),
  measuredViews: integer('measured_views').notNull(),
  stalls: integer().notNull(),
  stallMs: integer('stall_ms').notNull(),
  viewsWithStall: integer('views_with_stall').notNull(),
  instantStarts: integer('instant_starts').notNull(),
  shownMs: integer('shown_ms').notNull(),
  shownKilobits: integer('shown_kilobits').notNull(),
  lowMs: integer('low_ms').notNull(),
  scoredViews: integer('scored_views').notNull(),
  scoreBasisPoints: integer('score_basis_points').notNull(),
  fetchedBytes: integer('fetched_bytes').notNull(),
  unwatchedBytes: integer('unwatched_bytes').notNull(),
  paywalls: integer().notNull(),
  unlocks: integer().notNull(),
};

/**
 * What an episode had in a day (UTC), for questions over many series; one row a shard. The series' object writes them whole
 * (workers/analytics/series-views/publish.ts), and one with a lower `version` never takes the place of a higher one. Kept
 * when the episode is deleted. docs/metrics.md has what is made of these sums.
 */
export const episodeDays = sqliteTable(
  'episode_days',
  {
    /** When the day began. */
    day: integer().notNull(),
    episodeId: text('episode_id').notNull(),
    shard: integer().notNull(),
    seriesId: text('series_id').notNull(),
    version: integer().notNull(),
    ...sums,
    updatedAt: integer('updated_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.day, table.episodeId, table.shard] }),
    index('episode_days_series').on(table.seriesId, table.day),
  ],
);

/**
 * Sums of `episode_days` by week, made of them in the batch that writes them: a quarter is twelve rows of an episode, and not
 * ninety. Weeks begin on Monday (ISO 8601).
 */
export const episodeWeeks = sqliteTable(
  'episode_weeks',
  {
    /** When the week began. */
    week: integer().notNull(),
    episodeId: text('episode_id').notNull(),
    shard: integer().notNull(),
    seriesId: text('series_id').notNull(),
    ...sums,
  },
  (table) => [
    primaryKey({ columns: [table.week, table.episodeId, table.shard] }),
    index('episode_weeks_series').on(table.seriesId, table.week),
  ],
);

/**
 * What raw events of a day name a viewer by (docs/analytics-events.md): random, and gone two days later, so that nobody leads
 * from them to a viewer after that.
 */
export const rawEventKeys = sqliteTable('raw_event_keys', {
  /** When the day began. */
  day: integer().primaryKey(),
  /** 32 bytes, base64. */
  key: text().notNull(),
});
