import { sql } from 'drizzle-orm';
import { check, index, integer, primaryKey, real, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';
import type { EdgeCondition } from '#core/catalog/graph.ts';
import type { DropPolicyTarget, Missing } from '#core/catalog/preflight.ts';
import type { DubRequest } from '#core/dubs/plan-sounds.ts';
import { JOB_PHASES, type JobPhase } from '#core/ingest/job-machine.ts';
import type { Presentation } from '#core/ingest/presentation.ts';
import type { EncodingSettings } from '#core/ladder/settings.ts';
import type { StoredPolicy } from '../policy-wire.ts';

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
    /** What episodes that are transcoded from now on are encrypted with; versions that are there stay as they are. */
    protection: text({ enum: ['none', 'aes-128', 'cbcs'] })
      .notNull()
      .default('none'),
    /** BCP 47, of the titles that series, seasons, arcs and episodes have themselves; null = not said. */
    defaultLanguage: text('default_language'),
    /** How episodes are encoded from now on; null: as DEFAULT_ENCODING_SETTINGS says. */
    encoding: text({ mode: 'json' }).$type<EncodingSettings>(),
    /** Counts the writes of the graph; 0 = it never had one. */
    graphVersion: integer('graph_version').notNull().default(0),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
    /** Counts the writes: what If-Match is compared with, inside the write itself. */
    version: integer().notNull().default(1),
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
    /** When it was unpublished last; players of one that is gone need not come again. */
    withdrawnAt: integer('withdrawn_at'),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
    /** As that of a series. Whoever writes the row counts it up. */
    version: integer().notNull().default(1),
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
    /** Which Multivariant Playlist viewers get: `multivariant-{revision}.m3u8`; 0 is the transcoder's. Moved by compare-and-swap. */
    revision: integer().notNull().default(0),
    /** Numbers below it are used up, by captions and revisions alike: whoever writes takes some first, so no two write one key. */
    numbersTaken: integer('numbers_taken').notNull().default(0),
    /** null in rows from before there was this column. */
    presentation: text({ mode: 'json' }).$type<Presentation>(),
  },
  (table) => [index('asset_versions_asset').on(table.assetId)],
);

/**
 * The content key of a version that is encrypted, made when an attempt leases the job: sealed under a key of
 * MASTER_SECRET, so that a copy of the database decrypts nothing. Deleting the asset deletes the key.
 */
export const contentKeys = sqliteTable(
  'content_keys',
  {
    version: text().primaryKey(),
    assetId: text('asset_id')
      .notNull()
      .references(() => assets.id, { onDelete: 'cascade' }),
    scheme: text({ enum: ['aes-128', 'cbcs'] }).notNull(),
    sealed: text().notNull(),
    /** Of a key from a key server: what its DRM systems' players are told. Such a key is never given out by us. */
    signalling: text(),
    createdAt: integer('created_at').notNull(),
  },
  (table) => [index('content_keys_asset').on(table.assetId)],
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
    /** Hex; null while it is not known, and for imported HLS. */
    sourceSha256: text('source_sha256'),
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
    /** Where exactly it stands; `state` follows from it. null in rows from before there was this column. */
    phase: text({ enum: JOB_PHASES }),
    /** The phases it went through, the oldest first; appended in the write that changes the phase. */
    timeline: text({ mode: 'json' }).$type<readonly JobMoment[]>().notNull().default([]),
    /** Attempts that were used up before the operator had it tried again. */
    attemptBase: integer('attempt_base').notNull().default(0),
    /** Where this attempt writes the first playable rungs; null: nothing is published before the rest. */
    playableVersion: text('playable_version'),
    /** The source is sound in this language, for the version that there is; null: the source is the episode. */
    dub: text({ mode: 'json' }).$type<DubRequest>(),
    /** The version that this attempt copies; its own takes the place of no other. null: not a dub, or not leased. */
    baseVersion: text('base_version'),
    /** Of a queued job whose attempt failed: when another may begin. null: now. */
    notBefore: integer('not_before_at'),
  },
  (table) => [
    index('jobs_episode').on(table.episodeId, table.createdAt),
    index('jobs_open').on(table.state, table.createdAt),
    check('jobs_progress', sql`${table.progress} BETWEEN 0 AND 1`),
  ],
);

/** One step of a job. */
export interface JobMoment {
  readonly phase: JobPhase;
  readonly attempt: number;
  readonly at: number;
}

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
  /** The JWKS that named it. Its `retire_at` is then a lease, an hour from each time that the JWKS named it. */
  sourceId: text('source_id'),
});

/** JWKS URLs of backends. `asked_at` is set by compare-and-swap before a URL is asked: that is the cooldown. */
export const signingKeySources = sqliteTable(
  'signing_key_sources',
  {
    id: text().primaryKey(),
    url: text().notNull(),
    askedAt: integer('asked_at').notNull(),
    /** When it last gave keys; null while it never did. */
    fetchedAt: integer('fetched_at'),
    /** Why the last try gave none; null when it did. */
    failure: text(),
    createdAt: integer('created_at').notNull(),
  },
  (table) => [uniqueIndex('signing_key_sources_url').on(table.url)],
);

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
    /** Of the key that was rotated away; it opens until `previous_until_at`. */
    previousSha256: text('previous_sha256'),
    previousUntil: integer('previous_until_at'),
    expiresAt: integer('expires_at'),
    /** To the minute: written at most once in it. */
    lastUsedAt: integer('last_used_at'),
  },
  (table) => [
    uniqueIndex('api_keys_secret').on(table.secretSha256),
    uniqueIndex('api_keys_previous').on(table.previousSha256),
  ],
);

/** Webhook ids already applied: a second delivery answers as the first and changes nothing. */
export const receivedWebhooks = sqliteTable('received_webhooks', {
  id: text().primaryKey(),
  receivedAt: integer('received_at').notNull(),
});

/** How long viewers stay, for a player to preload by: of an episode, and of its series for those with few views. */
export const survivalCurves = sqliteTable(
  'survival_curves',
  {
    /** The id of the episode or of the series. */
    scopeId: text('scope_id').primaryKey(),
    seriesId: text('series_id')
      .notNull()
      .references(() => series.id, { onDelete: 'cascade' }),
    /** Base64, a byte a second (core/qoe/survival.ts); null while there are too few views. */
    curve: text(),
    views: integer().notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (table) => [index('survival_curves_series').on(table.seriesId)],
);

/** The graph of a series, replaced as a whole. `position` is the place in the list, which is the order of choices. */
export const edges = sqliteTable(
  'edges',
  {
    seriesId: text('series_id')
      .notNull()
      .references(() => series.id, { onDelete: 'cascade' }),
    position: integer().notNull(),
    from: text('from_id')
      .notNull()
      .references(() => episodes.id, { onDelete: 'cascade' }),
    to: text('to_id')
      .notNull()
      .references(() => episodes.id, { onDelete: 'cascade' }),
    kind: text({ enum: ['next', 'branch', 'recap', 'bonus'] }).notNull(),
    when: text('condition', { mode: 'json' }).$type<EdgeCondition>(),
    choice: text(),
    autoplay: integer({ mode: 'boolean' }).notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.seriesId, table.position] }),
    index('edges_from').on(table.from),
    index('edges_to').on(table.to),
  ],
);

/** Titles in languages other than the series' own. `scope_id` is the id of what the scope says. */
export const localisations = sqliteTable(
  'localisations',
  {
    scope: text({ enum: ['series', 'season', 'arc', 'episode'] }).notNull(),
    scopeId: text('scope_id').notNull(),
    /** BCP 47, in its canonical form. */
    language: text().notNull(),
    title: text().notNull(),
    synopsis: text(),
    updatedAt: integer('updated_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.scope, table.scopeId, table.language] })],
);

/** Episodes and policies that change together at a moment. `run` names the one execution that did it. */
export const drops = sqliteTable(
  'drops',
  {
    id: text().primaryKey(),
    state: text({ enum: ['scheduled', 'done', 'cancelled', 'failed'] }).notNull(),
    at: integer().notNull(),
    episodes: text({ mode: 'json' }).$type<readonly string[]>().notNull(),
    policies: text({ mode: 'json' }).$type<readonly DropPolicy[]>().notNull(),
    captionLanguages: text('caption_languages', { mode: 'json' }).$type<readonly string[]>().notNull(),
    failure: text({ mode: 'json' }).$type<readonly Missing[]>(),
    run: text(),
    createdAt: integer('created_at').notNull(),
    finishedAt: integer('finished_at'),
    /** Hash of the Idempotency-Key that it was made under, with its API key and its body; null = there was none. */
    requestSha256: text('request_sha256'),
  },
  (table) => [index('drops_due').on(table.state, table.at), index('drops_request').on(table.requestSha256)],
);

export interface DropPolicy extends DropPolicyTarget {
  readonly policy: StoredPolicy;
}

/** What was answered to a POST under an Idempotency-Key; `status` is null while the first request is still at work. */
export const idempotentRequests = sqliteTable(
  'idempotent_requests',
  {
    apiKeyId: text('api_key_id').notNull(),
    /** `POST /v1/series`: a key means one operation of one kind. */
    route: text().notNull(),
    idempotencyKey: text('idempotency_key').notNull(),
    requestSha256: text('request_sha256').notNull(),
    /** Random: only the request that holds it may write the answer. */
    claim: text().notNull(),
    status: integer(),
    headers: text({ mode: 'json' }).$type<Readonly<Record<string, string>>>(),
    /** null where the answer showed a secret. */
    body: text(),
    createdAt: integer('created_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.apiKeyId, table.route, table.idempotencyKey] }),
    index('idempotent_requests_created').on(table.createdAt),
  ],
);

/** Who ordered what, and what came of it. No bodies: they may hold secrets. */
export const auditLog = sqliteTable(
  'audit_log',
  {
    id: text().primaryKey(),
    /** `root` for the deployment's first key. */
    apiKeyId: text('api_key_id').notNull(),
    route: text().notNull(),
    /** The path of what was made or changed; a viewer stands in it as a keyed hash. */
    target: text().notNull(),
    status: integer().notNull(),
    requestId: text('request_id').notNull(),
    createdAt: integer('created_at').notNull(),
  },
  (table) => [index('audit_log_created').on(table.createdAt)],
);

export * from './analytics-schema.ts';
export * from './projection-schema.ts';
export * from './store-schema.ts';
export * from './sweep-schema.ts';
export * from './upload-schema.ts';
export * from './webhook-schema.ts';
