import { integer, real, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { MetricName } from '#core/qoe/metric-names.ts';
import { episodes, series } from './schema.ts';

/** A number that the operator is told of. The api Worker writes the rule, the cron of analytics what became of it. */
export const alerts = sqliteTable('alerts', {
  id: text().primaryKey(),
  name: text().notNull(),
  /** Of an episode, a series, or with neither of all there is. */
  episodeId: text('episode_id').references(() => episodes.id, { onDelete: 'cascade' }),
  seriesId: text('series_id').references(() => series.id, { onDelete: 'cascade' }),
  metric: text().$type<MetricName>().notNull(),
  comparison: text({ enum: ['above', 'below'] }).notNull(),
  threshold: real().notNull(),
  minViews: integer('min_views').notNull(),
  windowMinutes: integer('window_minutes').notNull(),
  coolDownMinutes: integer('cool_down_minutes').notNull(),
  enabled: integer({ mode: 'boolean' }).notNull(),
  createdAt: integer('created_at').notNull(),
  /** Of the rule alone: grows with every write of it, and with nothing that the cron does. */
  updatedAt: integer('updated_at').notNull(),
  /** null while all is well. */
  firingSince: integer('firing_since_at'),
  /** When it was told last. A cron that read another one writes nothing: of two at once one tells. */
  firedAt: integer('fired_at'),
  /** As it was told last. */
  value: real(),
  views: integer(),
});
