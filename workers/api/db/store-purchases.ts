import { and, asc, desc, eq, gt, isNotNull, isNull, lt, sql } from 'drizzle-orm';
import type { CreditOrder, StatedPurchase, Store } from '#core/stores/purchase.ts';
import { storeAccounts, storeProducts, storePurchases } from '#shared/db/schema.ts';
import { makeId, type Db } from '../http/context.ts';
import { isNotErased } from './erased-viewers.ts';

export type PurchaseRecord = typeof storePurchases.$inferSelect;
type ProductRecord = typeof storeProducts.$inferSelect;

/** Keeps the newest word of a store on a payment. One statement: of two that come at once, the newer stays. */
export async function recordPurchase(db: Db, stated: StatedPurchase, nowMs: number): Promise<void> {
  const graceUntilAt = stated.graceUntilMs === 'unknown' ? null : stated.graceUntilMs;
  const { accountToken, expiresAt, revokedAt, asOfAt, version } = storePurchases;
  await db
    .insert(storePurchases)
    .values({
      id: makeId('pur', nowMs),
      store: stated.store,
      reference: stated.reference,
      productId: stated.productId,
      quantity: stated.quantity,
      chain: stated.chain,
      accountToken: unlessErased(stated),
      purchasedAt: stated.purchasedAtMs,
      expiresAt: stated.expiresAtMs,
      graceUntilAt,
      revokedAt: stated.revokedAtMs,
      asOfAt: stated.asOfMs,
      version: 1,
      credit: 'none',
      round: 0,
      createdAt: nowMs,
      updatedAt: nowMs,
    })
    .onConflictDoUpdate({
      target: storePurchases.reference,
      set: {
        accountToken: sql`COALESCE(${accountToken}, excluded.account_token)`,
        expiresAt: sql`COALESCE(excluded.expires_at, ${expiresAt})`,
        ...(stated.graceUntilMs === 'unknown' ? {} : { graceUntilAt }),
        revokedAt: sql`excluded.revoked_at`,
        asOfAt: sql`excluded.as_of_at`,
        version: sql`${version} + 1`,
        updatedAt: nowMs,
      },
      setWhere: sql`excluded.as_of_at > ${asOfAt}
        OR (excluded.as_of_at = ${asOfAt} AND ${revokedAt} IS NULL AND excluded.revoked_at IS NOT NULL)`,
    });
}

/** What a store says of an erased viewer's purchase later must not lead from the pseudonym to the person again. */
function unlessErased({ chain, accountToken }: StatedPurchase) {
  return sql`CASE WHEN EXISTS (SELECT 1 FROM store_purchases WHERE chain = ${chain} AND viewer_id GLOB 'erased-*') THEN NULL ELSE ${accountToken} END`;
}

export interface LoadedPurchase {
  readonly purchase: PurchaseRecord;
  readonly product: ProductRecord | null;
  /** Once crediting has begun, it is whom it began for. */
  readonly viewerId: string | null;
}

export async function loadPurchase(db: Db, reference: string): Promise<LoadedPurchase | null> {
  const row = await db
    .select()
    .from(storePurchases)
    .leftJoin(
      storeProducts,
      and(eq(storeProducts.store, storePurchases.store), eq(storeProducts.productId, storePurchases.productId)),
    )
    .leftJoin(storeAccounts, eq(storeAccounts.token, storePurchases.accountToken))
    .where(eq(storePurchases.reference, reference))
    .get();
  if (row === undefined) return null;
  const { store_purchases: purchase, store_products: product, store_accounts: account } = row;
  const viewerId = purchase.viewerId ?? account?.viewerId ?? (await findViewerOfChain(db, purchase.chain));
  return { purchase, product, viewerId };
}

/** A renewal that names nobody is for whom the payment before it was: for the one who brought that, or was assigned it. */
async function findViewerOfChain(db: Db, chain: string): Promise<string | null> {
  const row = await db
    .select({ viewerId: storePurchases.viewerId })
    .from(storePurchases)
    .where(and(eq(storePurchases.chain, chain), isNotNull(storePurchases.viewerId)))
    .orderBy(desc(storePurchases.purchasedAt))
    .limit(1)
    .get();
  return row?.viewerId ?? null;
}

/** With the hash by which an erased viewer is known: who writes the one asks for the other in the same statement. */
export interface PurchaseOwner {
  readonly viewerId: string;
  readonly viewerHash: string;
}

/** Says who a payment is for that names nobody. false when it is somebody's by now, or its token names somebody. */
export async function claimPurchase(
  db: Db,
  reference: string,
  { viewerId, viewerHash }: PurchaseOwner,
): Promise<boolean> {
  const { accountToken, chain } = storePurchases;
  const nameless = and(
    eq(storePurchases.reference, reference),
    isNull(storePurchases.viewerId),
    isNull(accountToken),
    isNotErased(viewerHash),
    // A renewal is the subscriber's, whoever brings it.
    sql`NOT EXISTS (SELECT 1 FROM store_purchases other WHERE other.chain = ${chain} AND other.viewer_id IS NOT NULL)`,
  );
  const rows = await db.update(storePurchases).set({ viewerId }).where(nameless).returning({ id: storePurchases.id });
  return rows.length === 1;
}

/** An operator's word: whatever the token says, as long as nobody has the coins. */
export async function assignPurchase(
  db: Db,
  id: string,
  { viewerId, viewerHash }: PurchaseOwner,
): Promise<PurchaseRecord | undefined> {
  const { parked, credit } = storePurchases;
  const assignable = and(eq(storePurchases.id, id), isNotNull(parked), eq(credit, 'none'), isNotErased(viewerHash));
  return db.update(storePurchases).set({ viewerId }).where(assignable).returning().get();
}

/** The row as it was read; a step that finds another one changes nothing, and the caller reads again. */
function unchanged({ id, credit, round, version }: PurchaseRecord) {
  return and(
    eq(storePurchases.id, id),
    eq(storePurchases.credit, credit),
    eq(storePurchases.round, round),
    eq(storePurchases.version, version),
  );
}

export async function park(
  db: Db,
  row: PurchaseRecord,
  parked: PurchaseRecord['parked'],
  nowMs: number,
): Promise<boolean> {
  const changed = db.update(storePurchases).set({ parked, updatedAt: nowMs }).where(unchanged(row));
  return (await changed.returning({ id: storePurchases.id })).length === 1;
}

export async function beginCredit(
  db: Db,
  row: PurchaseRecord,
  { coins, bonusCoins, bonusExpiresAtMs }: CreditOrder,
  { viewerId, viewerHash }: PurchaseOwner,
  nowMs: number,
): Promise<void> {
  const order = { viewerId, coins, bonusCoins, bonusExpiresAt: bonusExpiresAtMs };
  await db
    .update(storePurchases)
    .set({ ...order, credit: 'begun', parked: null, updatedAt: nowMs })
    // A renewal's viewer is read from the payment before it, which an erasure renames without a change of this row.
    .where(and(unchanged(row), isNotErased(viewerHash)));
}

/** Takes a credit back that began for a viewer who is erased by now: whatever of it had come went with the viewer. */
export async function parkErased(db: Db, row: PurchaseRecord, nowMs: number): Promise<boolean> {
  const nobody = { viewerId: null, accountToken: null, coins: null, bonusCoins: null, bonusExpiresAt: null };
  const version = sql`${storePurchases.version} + 1`;
  const changed = db
    .update(storePurchases)
    .set({ ...nobody, credit: 'none', parked: 'viewer-erased', version, updatedAt: nowMs })
    .where(unchanged(row));
  return (await changed.returning({ id: storePurchases.id })).length === 1;
}

export async function giveToPseudonym(db: Db, row: PurchaseRecord, pseudonym: string, nowMs: number): Promise<void> {
  const version = sql`${storePurchases.version} + 1`;
  await db
    .update(storePurchases)
    .set({ viewerId: pseudonym, accountToken: null, version, updatedAt: nowMs })
    .where(unchanged(row));
}

/** Whatever the store said meanwhile, the credit of this round is there. */
export async function endCredit(db: Db, { id, round }: PurchaseRecord, nowMs: number): Promise<void> {
  await db
    .update(storePurchases)
    .set({ credit: 'done', updatedAt: nowMs })
    .where(and(eq(storePurchases.id, id), eq(storePurchases.credit, 'begun'), eq(storePurchases.round, round)));
}

export async function endReversal(db: Db, { id, round }: PurchaseRecord, nowMs: number): Promise<void> {
  await db
    .update(storePurchases)
    .set({ credit: 'none', round: round + 1, updatedAt: nowMs })
    .where(and(eq(storePurchases.id, id), eq(storePurchases.credit, 'done'), eq(storePurchases.round, round)));
}

/** Purchases that a call left half done: a credit that began, or a refund that could not be applied. */
export async function listOpenPurchases(db: Db, beforeMs: number, limit: number): Promise<string[]> {
  const { credit, revokedAt, updatedAt, reference } = storePurchases;
  const open = sql`(${credit} = 'begun' OR (${credit} = 'done' AND ${revokedAt} IS NOT NULL))`;
  const rows = await db
    .select({ reference })
    .from(storePurchases)
    .where(and(open, lt(updatedAt, beforeMs)))
    .orderBy(asc(updatedAt))
    .limit(limit);
  return rows.map((row) => row.reference);
}

/** To the end of the queue: what fails each time must not be tried each time before all others. */
export async function postponePurchase(db: Db, reference: string, nowMs: number): Promise<void> {
  await db.update(storePurchases).set({ updatedAt: nowMs }).where(eq(storePurchases.reference, reference));
}

export async function listParked(db: Db, after: string | null, limit: number): Promise<PurchaseRecord[]> {
  return db
    .select()
    .from(storePurchases)
    .where(and(isNotNull(storePurchases.parked), after === null ? undefined : gt(storePurchases.id, after)))
    .orderBy(asc(storePurchases.id))
    .limit(limit);
}

export async function listParkedOf(db: Db, store: Store, productId: string, limit: number): Promise<string[]> {
  const rows = await db
    .select({ reference: storePurchases.reference })
    .from(storePurchases)
    .where(
      and(isNotNull(storePurchases.parked), eq(storePurchases.store, store), eq(storePurchases.productId, productId)),
    )
    .limit(limit);
  return rows.map((row) => row.reference);
}
