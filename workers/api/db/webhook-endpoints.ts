import { and, asc, eq, gt, isNull, lte, or, sql } from 'drizzle-orm';
import { webhookDeliveries, webhookEndpoints } from '#shared/db/schema.ts';
import type { Db } from '../http/context.ts';
import { MAX_WEBHOOK_ENDPOINTS } from '../limits.ts';
import { nextUpdate } from './next-update.ts';

export type EndpointRecord = typeof webhookEndpoints.$inferSelect;

/** false when there are as many as may be; one statement, so that of two at once the one too many is refused. */
export async function insertEndpoint(
  db: Db,
  row: Pick<EndpointRecord, 'id' | 'url' | 'description' | 'events' | 'secretSealed' | 'createdAt'>,
): Promise<boolean> {
  const events = row.events === null ? null : JSON.stringify(row.events);
  const rows = await db.all(sql`
    INSERT INTO webhook_endpoints (id, url, description, events, secret_sealed, created_at, updated_at)
    SELECT ${row.id}, ${row.url}, ${row.description}, ${events}, ${row.secretSealed}, ${row.createdAt}, ${row.createdAt}
    WHERE (SELECT COUNT(*) FROM webhook_endpoints) < ${MAX_WEBHOOK_ENDPOINTS} RETURNING id`);
  return rows.length === 1;
}

export async function findEndpoint(db: Db, id: string): Promise<EndpointRecord | undefined> {
  return db.select().from(webhookEndpoints).where(eq(webhookEndpoints.id, id)).get();
}

export async function listEndpoints(db: Db, afterId: string, limit: number): Promise<EndpointRecord[]> {
  return db
    .select()
    .from(webhookEndpoints)
    .where(gt(webhookEndpoints.id, afterId))
    .orderBy(asc(webhookEndpoints.id))
    .limit(limit);
}

export async function listLiveEndpoints(db: Db): Promise<EndpointRecord[]> {
  return db.select().from(webhookEndpoints).where(isNull(webhookEndpoints.disabledAt));
}

/** The row as its reader insists on it: `updated_at` grows with every write, so it is the version. null: as it may be. */
function at(id: string, version: number | null) {
  return and(eq(webhookEndpoints.id, id), version === null ? undefined : eq(webhookEndpoints.updatedAt, version));
}

export async function updateEndpoint(
  db: Db,
  id: string,
  version: number | null,
  { updatedAt, ...change }: Partial<typeof webhookEndpoints.$inferInsert> & { readonly updatedAt: number },
): Promise<EndpointRecord | undefined> {
  const set = { ...change, updatedAt: nextUpdate(webhookEndpoints.updatedAt, updatedAt) };
  return (await db.update(webhookEndpoints).set(set).where(at(id, version)).returning())[0];
}

/** With it go its deliveries. */
export async function deleteEndpoint(db: Db, id: string, version: number | null): Promise<boolean> {
  const rows = await db.delete(webhookEndpoints).where(at(id, version)).returning({ id: webhookEndpoints.id });
  return rows.length === 1;
}

interface EndpointRotation {
  readonly secretSealed: string;
  readonly previousUntil: number;
  readonly version: number | null;
  readonly nowMs: number;
}

/** As an API key's: not while the rotation before overlaps, unless the old secret is to end at once. */
export async function rotateEndpointSecret(
  db: Db,
  id: string,
  { secretSealed, previousUntil, version, nowMs }: EndpointRotation,
): Promise<EndpointRecord | undefined> {
  const isFree = or(isNull(webhookEndpoints.previousUntil), lte(webhookEndpoints.previousUntil, nowMs));
  const rows = await db
    .update(webhookEndpoints)
    .set({
      previousSealed: sql`${webhookEndpoints.secretSealed}`,
      previousUntil,
      secretSealed,
      updatedAt: nextUpdate(webhookEndpoints.updatedAt, nowMs),
    })
    .where(and(at(id, version), previousUntil <= nowMs ? undefined : isFree))
    .returning();
  return rows[0];
}

/** What waits for it has failed, and comes again by replay only: the receiver said that nobody is there. */
export async function disableEndpoint(db: Db, id: string, reason: string, nowMs: number): Promise<void> {
  await db.batch([
    db
      .update(webhookEndpoints)
      .set({ disabledAt: nowMs, disabledReason: reason, updatedAt: nextUpdate(webhookEndpoints.updatedAt, nowMs) })
      .where(eq(webhookEndpoints.id, id)),
    db
      .update(webhookDeliveries)
      .set({ state: 'failed', claim: null, lastFailure: 'disabled' })
      .where(and(eq(webhookDeliveries.endpointId, id), eq(webhookDeliveries.state, 'pending'))),
  ]);
}
