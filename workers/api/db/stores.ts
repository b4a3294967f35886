import { and, asc, eq, isNull, lt, lte, sql } from 'drizzle-orm';
import type { Store } from '#core/stores/purchase.ts';
import {
  storeAccounts,
  storeAcknowledgements,
  storeNotifications,
  storeProducts,
  storePurchases,
} from '#shared/db/schema.ts';
import type { Db } from '../http/context.ts';
import { isNotErased } from './erased-viewers.ts';
import { nextUpdate } from './next-update.ts';
import type { PurchaseOwner } from './store-purchases.ts';

export type ProductRecord = typeof storeProducts.$inferSelect;

/** undefined when it is no longer at the version that the caller insists on; `updated_at` is the version. */
export async function putProduct(
  db: Db,
  product: ProductRecord,
  version: number | null,
): Promise<ProductRecord | undefined> {
  const { store, productId, ...values } = product;
  const set = { ...values, updatedAt: nextUpdate(storeProducts.updatedAt, product.updatedAt) };
  const at = and(named(store, productId), eq(storeProducts.updatedAt, version ?? 0));
  const [row] =
    version === null
      ? await db
          .insert(storeProducts)
          .values(product)
          .onConflictDoUpdate({ target: [storeProducts.store, storeProducts.productId], set })
          .returning()
      : await db.update(storeProducts).set(set).where(at).returning();
  return row;
}

export async function findProduct(db: Db, store: Store, productId: string): Promise<ProductRecord | undefined> {
  return db.select().from(storeProducts).where(named(store, productId)).get();
}

export async function deleteProduct(db: Db, store: Store, productId: string, version: number | null): Promise<boolean> {
  const at = version === null ? undefined : eq(storeProducts.updatedAt, version);
  const rows = await db
    .delete(storeProducts)
    .where(and(named(store, productId), at))
    .returning();
  return rows.length === 1;
}

function named(store: Store, productId: string) {
  return and(eq(storeProducts.store, store), eq(storeProducts.productId, productId));
}

export async function rememberAccount(
  db: Db,
  token: string,
  { viewerId, viewerHash }: PurchaseOwner,
  nowMs: number,
): Promise<void> {
  await db
    .insert(storeAccounts)
    // Each column in the order of the schema.
    .select(sql`SELECT ${token}, ${viewerId}, ${nowMs} WHERE ${isNotErased(viewerHash)}`)
    .onConflictDoNothing();
}

export async function wasApplied(db: Db, id: string): Promise<boolean> {
  return (await db.select().from(storeNotifications).where(eq(storeNotifications.id, id)).get()) !== undefined;
}

export async function markApplied(db: Db, id: string, nowMs: number): Promise<void> {
  await db.insert(storeNotifications).values({ id, receivedAt: nowMs }).onConflictDoNothing();
}

/**
 * Google voids by order alone and for good, whatever it says of the purchase later: so the word has the highest time.
 * The row may come before its purchase, which then finds it (security.md LED-14).
 */
export async function recordVoid(db: Db, id: string, reference: string, nowMs: number): Promise<void> {
  const { revokedAt, version } = storePurchases;
  await db
    .insert(storePurchases)
    .values({
      id,
      store: 'google-play',
      reference,
      productId: '',
      quantity: 0,
      chain: reference,
      purchasedAt: nowMs,
      revokedAt: nowMs,
      asOfAt: Number.MAX_SAFE_INTEGER,
      version: 1,
      credit: 'none',
      round: 0,
      createdAt: nowMs,
      updatedAt: nowMs,
    })
    .onConflictDoUpdate({
      target: storePurchases.reference,
      set: {
        revokedAt: sql`COALESCE(${revokedAt}, ${nowMs})`,
        asOfAt: Number.MAX_SAFE_INTEGER,
        version: sql`${version} + 1`,
        updatedAt: nowMs,
      },
    });
}

export interface PassTerm {
  readonly pass: string;
  readonly endsAtMs: number | null;
  /** Grows with every change of any payment of the chain: the database is one writer, so no two snapshots share it. */
  readonly version: number;
}

/**
 * Of all payments of a pass, the one that lasts longest; null where no product of them gives a pass. A merge may have
 * renamed their viewer since `viewerId` was read, so it counts only for a payment that stands under nobody's name.
 */
export async function findPassTerm(
  db: Db,
  { chain, reference }: { readonly chain: string; readonly reference: string },
  viewerId: string,
): Promise<PassTerm | null> {
  const rows = await db.all<{ pass: string; ends_at: number | null; version: number }>(sql`
    SELECT pr.pass,
      CASE WHEN p.revoked_at IS NOT NULL THEN p.revoked_at
        WHEN p.expires_at IS NOT NULL THEN MAX(p.expires_at, COALESCE(p.grace_until_at, 0))
        WHEN pr.pass_days IS NOT NULL THEN p.purchased_at + pr.pass_days * 86400000 END AS ends_at,
      (SELECT SUM(version + round) FROM store_purchases WHERE chain = ${chain}) AS version
    FROM store_purchases p JOIN store_products pr ON pr.store = p.store AND pr.product_id = p.product_id
    WHERE p.chain = ${chain} AND pr.pass IS NOT NULL
      AND p.viewer_id = COALESCE((SELECT viewer_id FROM store_purchases WHERE reference = ${reference}), ${viewerId})
    ORDER BY ends_at IS NULL DESC, ends_at DESC LIMIT 1`);
  const [row] = rows;
  return row === undefined ? null : { pass: row.pass, endsAtMs: row.ends_at, version: row.version };
}

export type AcknowledgementRecord = typeof storeAcknowledgements.$inferSelect;

export async function orderAcknowledgement(db: Db, order: AcknowledgementRecord): Promise<void> {
  await db.insert(storeAcknowledgements).values(order).onConflictDoNothing();
}

/** Those whose coins are there: what is parked must not be kept from the buyer, so it is not acknowledged. */
export async function listDueAcknowledgements(
  db: Db,
  nowMs: number,
  limit: number,
  reference: string | null,
): Promise<(AcknowledgementRecord & { readonly coins: number })[]> {
  const rows = await db
    .select({ order: storeAcknowledgements, coins: storePurchases.coins })
    .from(storeAcknowledgements)
    .innerJoin(storePurchases, eq(storePurchases.reference, storeAcknowledgements.reference))
    .where(
      and(
        lte(storeAcknowledgements.nextTryAt, nowMs),
        eq(storePurchases.credit, 'done'),
        isNull(storePurchases.revokedAt),
        reference === null ? undefined : eq(storePurchases.reference, reference),
      ),
    )
    .orderBy(asc(storeAcknowledgements.nextTryAt))
    .limit(limit);
  return rows.map(({ order, coins }) => ({ ...order, coins: coins ?? 0 }));
}

/** Takes the turn: of two crons that want the same, one gets the row. */
export async function takeAcknowledgement(
  db: Db,
  { reference, tries }: AcknowledgementRecord,
  nextTryAt: number,
): Promise<boolean> {
  const rows = await db
    .update(storeAcknowledgements)
    .set({ tries: tries + 1, nextTryAt })
    .where(and(eq(storeAcknowledgements.reference, reference), eq(storeAcknowledgements.tries, tries)))
    .returning({ reference: storeAcknowledgements.reference });
  return rows.length === 1;
}

export async function endAcknowledgement(db: Db, reference: string): Promise<void> {
  await db
    .update(storeAcknowledgements)
    .set({ nextTryAt: null, purchaseToken: '' })
    .where(eq(storeAcknowledgements.reference, reference));
}

/** After that Google has given the money back by itself, and says so. */
export async function forgetAcknowledgements(db: Db, beforeMs: number): Promise<void> {
  await db.delete(storeAcknowledgements).where(lt(storeAcknowledgements.createdAt, beforeMs));
}
