import { sql } from 'drizzle-orm';
import { check, index, integer, primaryKey, real, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';

/**
 * D1: the episode graph, policies, assets, jobs and keys. `_at` columns are unix milliseconds.
 * Who writes and reads each table is in docs/storage.md.
 */

export const series = sqliteTable(
  'series',
  {
    id: text().primaryKey(),
    slug: text().notNull(),
    title: text().notNull(),
    synopsis: text(),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (table) => [uniqueIndex('series_slug').on(table.slug)],
);

export const seasons = sqliteTable(
  'seasons',
  {
    id: text().primaryKey(),
    seriesId: text('series_id')
      .notNull()
      .references(() => series.id, { onDelete: 'cascade' }),
    number: integer().notNull(),
    title: text().notNull(),
    createdAt: integer('created_at').notNull(),
  },
  (table) => [uniqueIndex('seasons_number').on(table.seriesId, table.number)],
);

export const arcs = sqliteTable(
  'arcs',
  {
    id: text().primaryKey(),
    seriesId: text('series_id')
      .notNull()
      .references(() => series.id, { onDelete: 'cascade' }),
    number: integer().notNull(),
    title: text().notNull(),
    createdAt: integer('created_at').notNull(),
  },
  (table) => [uniqueIndex('arcs_number').on(table.seriesId, table.number)],
);

export const episodes = sqliteTable(
  'episodes',
  {
    id: text().primaryKey(),
    seriesId: text('series_id')
      .notNull()
      .references(() => series.id, { onDelete: 'cascade' }),
    seasonId: text('season_id').references(() => seasons.id, { onDelete: 'set null' }),
    arcId: text('arc_id').references(() => arcs.id, { onDelete: 'set null' }),
    number: integer().notNull(),
    title: text().notNull(),
    synopsis: text(),
    tier: text(),
    /** Not served before this moment, even when published. */
    releaseAt: integer('release_at'),
    publishedAt: integer('published_at'),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (table) => [uniqueIndex('episodes_number').on(table.seriesId, table.number)],
);

/** One row a level: `scope` is `series`, `season` or `episode`, `scope_id` that one's id. */
export const accessPolicies = sqliteTable(
  'access_policies',
  {
    scope: text({ enum: ['series', 'season', 'episode'] }).notNull(),
    scopeId: text('scope_id').notNull(),
    policy: text({ mode: 'json' }).$type<unknown>().notNull(),
    version: integer().notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.scope, table.scopeId] })],
);

/** An episode's media. `current_version` is what viewers get; it changes by compare-and-swap only. */
export const assets = sqliteTable(
  'assets',
  {
    id: text().primaryKey(),
    episodeId: text('episode_id')
      .notNull()
      .references(() => episodes.id, { onDelete: 'cascade' }),
    currentVersion: text('current_version'),
    createdAt: integer('created_at').notNull(),
  },
  (table) => [uniqueIndex('assets_episode').on(table.episodeId)],
);

/** What one attempt wrote under `a/{asset}/{version}/`, recorded once it was verified. Never changes afterwards. */
export const assetVersions = sqliteTable(
  'asset_versions',
  {
    version: text().primaryKey(),
    assetId: text('asset_id')
      .notNull()
      .references(() => assets.id, { onDelete: 'cascade' }),
    durationSeconds: real('duration_seconds').notNull(),
    segmentDurationsSeconds: text('segment_durations_seconds', { mode: 'json' }).$type<readonly number[]>().notNull(),
    warnings: text({ mode: 'json' }).$type<readonly { code: string; detail: string }[]>().notNull(),
    sizeBytes: integer('size_bytes').notNull(),
    createdAt: integer('created_at').notNull(),
  },
  (table) => [index('asset_versions_asset').on(table.assetId)],
);

export const renditions = sqliteTable(
  'renditions',
  {
    version: text()
      .notNull()
      .references(() => assetVersions.version, { onDelete: 'cascade' }),
    /** `v{position}`: the bit that it has in a media pass. */
    position: integer().notNull(),
    width: integer().notNull(),
    height: integer().notNull(),
    bandwidthBps: integer('bandwidth_bps').notNull(),
    averageBandwidthBps: integer('average_bandwidth_bps').notNull(),
    codecs: text().notNull(),
    frameRate: real('frame_rate').notNull(),
  },
  (table) => [primaryKey({ columns: [table.version, table.position] })],
);

export const jobs = sqliteTable(
  'jobs',
  {
    id: text().primaryKey(),
    episodeId: text('episode_id')
      .notNull()
      .references(() => episodes.id, { onDelete: 'cascade' }),
    assetId: text('asset_id').notNull(),
    state: text({ enum: ['queued', 'running', 'succeeded', 'failed', 'superseded'] }).notNull(),
    sourceKey: text('source_key').notNull(),
    sourceSizeBytes: integer('source_size_bytes').notNull(),
    attempt: integer().notNull(),
    /** How often a transcoder that was stopped gave it back; such leases do not count as attempts. */
    givenBack: integer('given_back').notNull().default(0),
    /** Random per attempt: what a transcoder must show to speak for the job. */
    fence: text(),
    leaseUntil: integer('lease_until_at'),
    /** The version that this attempt writes; a new one each time, so attempts never share a prefix. */
    version: text(),
    progress: real().notNull(),
    failureCode: text('failure_code'),
    failureDetail: text('failure_detail'),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (table) => [
    index('jobs_episode').on(table.episodeId, table.createdAt),
    index('jobs_open').on(table.state, table.createdAt),
    check('jobs_progress', sql`${table.progress} BETWEEN 0 AND 1`),
  ],
);

/** Public halves that verify viewer tokens; `private_jwk_sealed` is set for the pair we made for ourselves. */
export const signingKeys = sqliteTable('signing_keys', {
  kid: text().primaryKey(),
  alg: text({ enum: ['ES256', 'EdDSA', 'RS256'] }).notNull(),
  publicJwk: text('public_jwk', { mode: 'json' }).$type<Record<string, unknown>>().notNull(),
  privateJwkSealed: text('private_jwk_sealed'),
  createdAt: integer('created_at').notNull(),
  revokedAt: integer('revoked_at'),
  /** From then on, and the clocks' skew, it verifies nothing: a rotation that was announced. */
  retireAt: integer('retire_at'),
});

/** Viewers whose tokens and passes from before `revoked_at` are refused. Named by a keyed hash, never by their id. */
export const revocations = sqliteTable(
  'revocations',
  {
    viewerHash: text('viewer_hash').primaryKey(),
    revokedAt: integer('revoked_at').notNull(),
  },
  (table) => [index('revocations_recent').on(table.revokedAt)],
);

/** Viewers whose passes for one asset from before `revoked_at` are refused, after a refund; their tokens stay good. */
export const passRevocations = sqliteTable(
  'pass_revocations',
  {
    viewerHash: text('viewer_hash').notNull(),
    assetId: text('asset_id').notNull(),
    revokedAt: integer('revoked_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.viewerHash, table.assetId] }),
    index('pass_revocations_recent').on(table.revokedAt),
  ],
);

/** Only the hash is kept: a copy of the database opens nothing. */
export const apiKeys = sqliteTable(
  'api_keys',
  {
    id: text().primaryKey(),
    label: text().notNull(),
    secretSha256: text('secret_sha256').notNull(),
    scopes: text({ mode: 'json' }).$type<readonly string[]>().notNull(),
    createdAt: integer('created_at').notNull(),
    revokedAt: integer('revoked_at'),
  },
  (table) => [uniqueIndex('api_keys_secret').on(table.secretSha256)],
);

/** Webhook ids already applied: a second delivery answers as the first and changes nothing. */
export const receivedWebhooks = sqliteTable('received_webhooks', {
  id: text().primaryKey(),
  receivedAt: integer('received_at').notNull(),
});

/** One playback of one episode, as its beacons tell it: the latest state wins, so any redelivery leaves the same row. */
export const views = sqliteTable(
  'views',
  {
    id: text().primaryKey(),
    seq: integer().notNull(),
    sessionId: text('session_id').notNull(),
    episodeId: text('episode_id').notNull(),
    viewerPseudonym: text('viewer_pseudonym').notNull(),
    watched: text({ mode: 'json' }).$type<readonly (readonly [number, number])[]>().notNull(),
    startupMs: integer('startup_ms'),
    stalls: text({ mode: 'json' }).$type<readonly { atSeconds: number; durationMs: number }[]>().notNull(),
    ended: integer({ mode: 'boolean' }).notNull(),
    leftBy: text('left_by'),
    startedAt: integer('started_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (table) => [index('views_episode').on(table.episodeId, table.startedAt)],
);
