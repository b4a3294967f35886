import { and, asc, eq, lt, lte, min, sql, type SQL } from 'drizzle-orm';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import { webhookDeliveries, webhookEvents } from '#shared/db/schema.ts';
import { randomBytes, toBase64url } from '#shared/encoding.ts';
import type { Db } from '../http/context.ts';
import {
  DELIVERIES_PER_ENDPOINT,
  DELIVERY_CLAIM_MS,
  MAX_FORGOTTEN_PER_SWEEP,
  WEBHOOK_EVENT_MEMORY_MS,
} from '../limits.ts';

export type DeliveryRecord = typeof webhookDeliveries.$inferSelect;
export type EventRecord = typeof webhookEvents.$inferSelect;
export type ClaimedDelivery = Pick<DeliveryRecord, 'eventId' | 'endpointId' | 'attempts' | 'armedAt' | 'claim'>;

/** Takes a few due deliveries of each endpoint. */
export async function claimDue(db: Db, endpointIds: readonly string[], nowMs: number): Promise<ClaimedDelivery[]> {
  const [first, ...rest] = endpointIds.map((endpointId) => {
    const due = db
      .select({ rowid: sql`rowid` })
      .from(webhookDeliveries)
      .where(and(eq(webhookDeliveries.endpointId, endpointId), isDue(nowMs)))
      .orderBy(asc(webhookDeliveries.nextAttemptAt))
      .limit(DELIVERIES_PER_ENDPOINT);
    return claim(db, sql`rowid IN ${due}`, nowMs);
  });
  return first === undefined ? [] : (await db.batch([first, ...rest])).flat();
}

export async function claimOfEvents(db: Db, eventIds: readonly string[], nowMs: number): Promise<ClaimedDelivery[]> {
  return claim(db, and(isOneOf(webhookDeliveries.eventId, eventIds), isDue(nowMs)), nowMs);
}

/**
 * Who claims a delivery tries it; for others it is due again when the claim has lapsed, which means that a Worker died.
 * The try counts from here, so that one that kills its Worker does not go on for ever.
 */
function claim(db: Db, which: SQL | undefined, nowMs: number) {
  return db
    .update(webhookDeliveries)
    .set({
      claim: toBase64url(randomBytes(9)),
      attempts: sql`${webhookDeliveries.attempts} + 1`,
      lastAttemptAt: nowMs,
      nextAttemptAt: nowMs + DELIVERY_CLAIM_MS,
    })
    .where(which)
    .returning({
      eventId: webhookDeliveries.eventId,
      endpointId: webhookDeliveries.endpointId,
      attempts: webhookDeliveries.attempts,
      armedAt: webhookDeliveries.armedAt,
      claim: webhookDeliveries.claim,
    });
}

/** As one parameter: D1 takes 100 bound values a statement, and a drop tells of more episodes than that. */
function isOneOf(column: SQLiteColumn, ids: readonly string[]): SQL {
  return sql`${column} IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`;
}

function isDue(nowMs: number) {
  return and(eq(webhookDeliveries.state, 'pending'), lte(webhookDeliveries.nextAttemptAt, nowMs));
}

/** When the first of them is due; null when none is open. */
export async function soonestOf(db: Db, eventIds: readonly string[]): Promise<number | null> {
  const row = await db
    .select({ dueAt: min(webhookDeliveries.nextAttemptAt) })
    .from(webhookDeliveries)
    .where(and(isOneOf(webhookDeliveries.eventId, eventIds), eq(webhookDeliveries.state, 'pending')))
    .get();
  return row?.dueAt ?? null;
}

/** Only while the try still has its claim: a replay in between begins anew. */
export async function conclude(
  db: Db,
  { eventId, endpointId, claim: held }: ClaimedDelivery,
  change: Partial<DeliveryRecord>,
): Promise<void> {
  await db
    .update(webhookDeliveries)
    .set({ ...change, claim: null })
    .where(
      and(
        eq(webhookDeliveries.eventId, eventId),
        eq(webhookDeliveries.endpointId, endpointId),
        eq(webhookDeliveries.claim, held ?? ''),
      ),
    );
}

export async function loadPayloads(db: Db, eventIds: readonly string[]): Promise<Map<string, string>> {
  const rows = await db
    .select({ id: webhookEvents.id, payload: webhookEvents.payload })
    .from(webhookEvents)
    .where(isOneOf(webhookEvents.id, eventIds));
  return new Map(rows.map(({ id, payload }) => [id, payload]));
}

export async function findEvent(db: Db, id: string): Promise<EventRecord | undefined> {
  return db.select().from(webhookEvents).where(eq(webhookEvents.id, id)).get();
}

/** The newest first, each with its deliveries. */
export async function listEvents(
  db: Db,
  beforeId: string | null,
  limit: number,
): Promise<{ event: EventRecord; deliveries: DeliveryRecord[] }[]> {
  const events = await db
    .select()
    .from(webhookEvents)
    .where(beforeId === null ? undefined : lt(webhookEvents.id, beforeId))
    .orderBy(sql`${webhookEvents.id} DESC`)
    .limit(limit);
  const rows = await deliveriesOf(
    db,
    events.map(({ id }) => id),
  );
  return events.map((event) => ({ event, deliveries: rows.filter(({ eventId }) => eventId === event.id) }));
}

export async function deliveriesOf(db: Db, eventIds: readonly string[]): Promise<DeliveryRecord[]> {
  if (eventIds.length === 0) return [];
  // As one parameter: a page of ids would come near D1's limit of 100.
  const ids = sql`(SELECT value FROM json_each(${JSON.stringify(eventIds)}))`;
  return db
    .select()
    .from(webhookDeliveries)
    .where(sql`${webhookDeliveries.eventId} IN ${ids}`)
    .orderBy(asc(webhookDeliveries.endpointId));
}

/** The schedule begins anew for every live endpoint that `which` names; the event, and so the webhook-id, stays. */
export async function rearm(db: Db, eventId: string, which: SQL, nowMs: number): Promise<string[]> {
  const rows = await db.all<{ endpoint_id: string }>(sql`
    INSERT INTO webhook_deliveries (event_id, endpoint_id, state, armed_at, next_attempt_at)
    SELECT ${eventId}, id, 'pending', ${nowMs}, ${nowMs} FROM webhook_endpoints WHERE disabled_at IS NULL AND ${which}
    ON CONFLICT DO UPDATE SET state = 'pending', attempts = 0, armed_at = ${nowMs}, next_attempt_at = ${nowMs}, claim = NULL
    RETURNING endpoint_id`);
  return rows.map(({ endpoint_id: id }) => id);
}

/** With them go their deliveries. */
export async function forgetOldEvents(db: Db, nowMs: number): Promise<void> {
  const old = sql`SELECT id FROM webhook_events WHERE created_at < ${nowMs - WEBHOOK_EVENT_MEMORY_MS} LIMIT ${MAX_FORGOTTEN_PER_SWEEP}`;
  await db.delete(webhookEvents).where(sql`id IN (${old})`);
}
