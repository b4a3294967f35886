import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { assetVersions, episodes } from './schema.ts';

/** D1: languages and captions of a version, and captions that stay beside an episode (docs/decisions/034-captions-beside-a-version.md). */

/** Sound and captions of a version that have a folder of their own. One language alone is muxed with the picture, and is none. */
export const assetTracks = sqliteTable(
  'asset_tracks',
  {
    version: text()
      .notNull()
      .references(() => assetVersions.version, { onDelete: 'cascade' }),
    /** `a{n}` or `t{n}`, also its folder; never given to another track. */
    name: text().notNull(),
    kind: text({ enum: ['audio', 'subtitles', 'captions'] }).notNull(),
    /** BCP 47; null where the source does not say. */
    language: text(),
    label: text().notNull(),
    isMachineGenerated: integer('is_machine_generated', { mode: 'boolean' }).notNull(),
    /** What plays where nobody chose. */
    isDefault: integer('is_default', { mode: 'boolean' }).notNull(),
    /** Of sound; null for captions. */
    channels: integer(),
    codecs: text(),
    bandwidthBps: integer('bandwidth_bps'),
    averageBandwidthBps: integer('average_bandwidth_bps'),
    /** The caption sidecar it was made of; null: it came with the source. */
    sidecarId: text('sidecar_id'),
    createdAt: integer('created_at').notNull(),
    /** From then on no new playlist names it. Its objects stay until the version is swept. */
    removedAt: integer('removed_at'),
  },
  (table) => [primaryKey({ columns: [table.version, table.name] })],
);

/** Captions that an operator put beside an episode. They outlive its versions: each new one gets them when it is published. */
export const captionSidecars = sqliteTable(
  'caption_sidecars',
  {
    episodeId: text('episode_id')
      .notNull()
      .references(() => episodes.id, { onDelete: 'cascade' }),
    language: text().notNull(),
    kind: text({ enum: ['subtitles', 'captions'] }).notNull(),
    /** New with each file. */
    id: text().notNull(),
    /** null: taken away, and what the source has of this language and kind is not shown either. */
    fileKey: text('file_key'),
    label: text(),
    isMachineGenerated: integer('is_machine_generated', { mode: 'boolean' }).notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.episodeId, table.language, table.kind] })],
);
