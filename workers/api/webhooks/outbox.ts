import { sql, type SQL } from 'drizzle-orm';
import type { BatchItem } from 'drizzle-orm/batch';
import { webhookPayload, type WebhookEvent } from '#core/webhooks/events.ts';
import { webhookDeliveries, webhookEvents } from '#shared/db/schema.ts';
import { TOLD_IS_NOT_ERASED } from '../db/erased-viewers.ts';
import { iso, makeId, type Db } from '../http/context.ts';

/** An event on its way into the transaction of what it tells of. */
export interface Told {
  readonly eventId: string;
  readonly statements: readonly [BatchItem<'sqlite'>, BatchItem<'sqlite'>];
}

/** An event that happened elsewhere, e.g. in a viewer's object. Its own id makes a second telling change nothing. */
export interface OutsideEvent {
  /** Made once with newId('evt', …), where it happened: it becomes the `webhook-id`, and events are listed by it. */
  readonly id: string;
  readonly atMs: number;
  /** Whom it tells of, by which an erasure finds it; null = nobody. */
  readonly viewerHash: string | null;
  readonly event: WebhookEvent;
}

/**
 * The statements that put an event and its deliveries into the outbox. They come first in the batch, and `when` is what
 * must be true before the change for the change to happen: so both happen or neither. An event that no endpoint wants is
 * not kept; one that only disabled endpoints want is, for a replay.
 */
export function outboxOf(
  db: Db,
  event: WebhookEvent,
  nowMs: number,
  when: SQL,
  eventId: string = makeId('evt', nowMs),
): Told {
  const payload = webhookPayload(event.type, event.data, iso(nowMs));
  const wanted = wants(event.type);
  return {
    eventId,
    statements: [
      db
        .insert(webhookEvents)
        .select(
          sql`SELECT ${eventId}, ${event.type}, ${payload}, ${nowMs}, NULL
            WHERE EXISTS (SELECT 1 FROM webhook_endpoints WHERE ${wanted}) AND ${when}`,
        )
        .onConflictDoNothing(),
      db
        .insert(webhookDeliveries)
        // Each column in the order of the schema.
        .select(
          sql`SELECT ${eventId}, id, 'pending', 0, ${nowMs}, ${nowMs}, NULL, NULL, NULL, NULL FROM webhook_endpoints
            WHERE disabled_at IS NULL AND ${wanted} AND EXISTS (SELECT 1 FROM webhook_events WHERE id = ${eventId})`,
        )
        .onConflictDoNothing(),
    ],
  };
}

/** Of an endpoint: true when it asked for this type, or for all. */
export function wants(type: string): SQL {
  return sql`(events IS NULL OR EXISTS (SELECT 1 FROM json_each(events) WHERE value = ${type}))`;
}

/** Events that travel as one parameter: some 300 KB of the 2 MB that D1 takes. */
const EVENTS_PER_BATCH = 500;

/**
 * Takes events over from another outbox, at-least-once: `viewer.unlocked`, `viewer.refunded` and `wallet.credited` are
 * facts of the viewer's object, which hands them over and repeats itself until this returns. Two statements whatever
 * their number: a bundle is a hundred of them. Deliver them with `deliverEvents(env, ids)`, or leave them to the cron.
 */
export async function emitWebhookEvents(db: Db, events: readonly OutsideEvent[]): Promise<void> {
  for (let start = 0; start < events.length; start += EVENTS_PER_BATCH) {
    const list = events.slice(start, start + EVENTS_PER_BATCH).map(({ id, atMs, viewerHash, event }) => {
      return { id, atMs, viewerHash, type: event.type, payload: webhookPayload(event.type, event.data, iso(atMs)) };
    });
    const told = sql`json_each(${JSON.stringify(list)}) AS told`;
    const wanted = sql`(w.events IS NULL OR EXISTS (SELECT 1 FROM json_each(w.events) AS t WHERE t.value = told.value ->> 'type'))`;
    await db.batch([
      db
        .insert(webhookEvents)
        .select(
          sql`SELECT told.value ->> 'id', told.value ->> 'type', told.value ->> 'payload', told.value ->> 'atMs', told.value ->> 'viewerHash'
            FROM ${told} WHERE ${sql.raw(TOLD_IS_NOT_ERASED)} AND EXISTS (SELECT 1 FROM webhook_endpoints AS w WHERE ${wanted})`,
        )
        .onConflictDoNothing(),
      db
        .insert(webhookDeliveries)
        // Each column in the order of the schema.
        .select(
          sql`SELECT told.value ->> 'id', w.id, 'pending', 0, told.value ->> 'atMs', told.value ->> 'atMs', NULL, NULL, NULL, NULL
            FROM ${told} JOIN webhook_endpoints AS w
            WHERE w.disabled_at IS NULL AND ${wanted} AND EXISTS (SELECT 1 FROM webhook_events AS e WHERE e.id = told.value ->> 'id')`,
        )
        .onConflictDoNothing(),
    ]);
  }
}
