import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/** Where the operator wants to be told. Secrets are sealed: a copy of the database signs nothing. */
export const webhookEndpoints = sqliteTable('webhook_endpoints', {
  id: text().primaryKey(),
  url: text().notNull(),
  description: text(),
  /** null = every event. */
  events: text({ mode: 'json' }).$type<readonly string[]>(),
  secretSealed: text('secret_sealed').notNull(),
  /** Signs beside the new one until `previous_until_at`. */
  previousSealed: text('previous_sealed'),
  previousUntil: integer('previous_until_at'),
  disabledAt: integer('disabled_at'),
  disabledReason: text('disabled_reason'),
  createdAt: integer('created_at').notNull(),
  updatedAt: integer('updated_at').notNull(),
});

/** The outbox: written in the transaction of what it tells of. The id is the `webhook-id` of every delivery. */
export const webhookEvents = sqliteTable(
  'webhook_events',
  {
    id: text().primaryKey(),
    type: text().notNull(),
    /** The body as it is sent, so that every delivery has the same bytes. */
    payload: text().notNull(),
    createdAt: integer('created_at').notNull(),
    /** Of whom it tells; null = of nobody, or from before there was this column. */
    viewerHash: text('viewer_hash'),
  },
  (table) => [
    index('webhook_events_created').on(table.createdAt),
    // With the type: so those from before the column are found among the null ones without a look at every event.
    index('webhook_events_viewer').on(table.viewerHash, table.type),
  ],
);

/** One event for one endpoint. */
export const webhookDeliveries = sqliteTable(
  'webhook_deliveries',
  {
    eventId: text('event_id')
      .notNull()
      .references(() => webhookEvents.id, { onDelete: 'cascade' }),
    endpointId: text('endpoint_id')
      .notNull()
      .references(() => webhookEndpoints.id, { onDelete: 'cascade' }),
    state: text({ enum: ['pending', 'delivered', 'failed'] }).notNull(),
    /** Tries begun since `armed_at`. */
    attempts: integer().notNull().default(0),
    /** When the schedule began: with the event, or with its last replay. */
    armedAt: integer('armed_at').notNull(),
    nextAttemptAt: integer('next_attempt_at').notNull(),
    /** Random per try: a late answer of an older one changes nothing. */
    claim: text(),
    lastAttemptAt: integer('last_attempt_at'),
    lastStatus: integer('last_status'),
    lastFailure: text('last_failure'),
  },
  (table) => [
    primaryKey({ columns: [table.eventId, table.endpointId] }),
    index('webhook_deliveries_due').on(table.endpointId, table.state, table.nextAttemptAt),
  ],
);
