import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/**
 * Sources on their way into an R2 multipart upload: by tus, or pulled from a URL. What is written here is durable: the
 * parts by their ETags, and what is too short for a part in an object of its own. No foreign key: an upload whose episode
 * was deleted must still be found, so that its parts are dropped.
 */
export const uploads = sqliteTable(
  'uploads',
  {
    id: text().primaryKey(),
    kind: text({ enum: ['tus', 'pull'] }).notNull(),
    state: text({ enum: ['open', 'finished', 'failed'] }).notNull(),
    episodeId: text('episode_id').notNull(),
    /** The job that it becomes; an id of the upload's beginning, as the upload that was begun last wins. */
    jobId: text('job_id').notNull(),
    sourceKey: text('source_key').notNull(),
    multipartId: text('multipart_id').notNull(),
    /** null = a server that is pulled from did not say. */
    lengthBytes: integer('length_bytes'),
    offsetBytes: integer('offset_bytes').notNull().default(0),
    etags: text({ mode: 'json' }).$type<readonly string[]>().notNull(),
    tailKey: text('tail_key'),
    tailBytes: integer('tail_bytes').notNull().default(0),
    filename: text(),
    filetype: text(),
    /** As the client says, hex. The stored file is held against it. */
    declaredSha256: text('declared_sha256'),
    /** What is pulled, until it is; it may be signed, so it is shown to nobody. */
    url: text(),
    /** The ETag that the pulled file had: another one is another file, and it begins anew. */
    validator: text(),
    attempts: integer().notNull().default(0),
    /** Random, of the one request that may write; it holds until `claimed_until`. */
    claim: text(),
    claimedUntil: integer('claimed_until').notNull().default(0),
    expiresAt: integer('expires_at').notNull(),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (table) => [
    index('uploads_episode').on(table.episodeId, table.declaredSha256),
    index('uploads_expiry').on(table.expiresAt),
    index('uploads_open').on(table.kind, table.state, table.claimedUntil),
  ],
);
