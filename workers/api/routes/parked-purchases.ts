import { Hono } from 'hono';
import { z } from 'zod';
import { VIEWER_ID_PATTERN } from '#core/token/limits.ts';
import { ProblemError } from '#shared/http/problem.ts';
import { assignPurchase, listParked } from '../db/store-purchases.ts';
import { ErasedError } from '../follow-merges.ts';
import { readJson } from '../http/body.ts';
import { iso, type ApiVariables } from '../http/context.ts';
import { requireScope } from '../http/guards.ts';
import { refuseErased } from '../http/merged.ts';
import { readPage } from '../http/paging.ts';
import { followPurchase, type FollowedPurchase } from '../stores/follow-purchase.ts';
import { ownerOf } from '../stores/owner-of.ts';

/** Payments that were verified and gave nothing yet: nobody knows for whom, or what. */
export const parkedPurchaseRoutes = new Hono<{ Bindings: ApiEnv; Variables: ApiVariables }>();
parkedPurchaseRoutes.use(requireScope('entitlements'));

parkedPurchaseRoutes.get('/', async (c) => {
  const { cursor, limit } = readPage(c);
  const rows = await listParked(c.var.db, cursor, limit + 1);
  const items = rows.slice(0, limit).map((row) => ({
    id: row.id,
    store: row.store,
    reference: row.reference,
    productId: row.productId,
    quantity: row.quantity,
    accountToken: row.accountToken,
    reason: row.parked,
    purchasedAt: iso(row.purchasedAt),
    createdAt: iso(row.createdAt),
  }));
  return c.json({ items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null });
});

export const assignInput = z.strictObject({
  viewerId: z.string().regex(VIEWER_ID_PATTERN, '1 to 64 of [A-Za-z0-9._~-]'),
});

parkedPurchaseRoutes.post('/:purchase/assign', async (c) => {
  const { db, nowMs } = c.var;
  const { viewerId } = await readJson(c.req.raw, assignInput);
  await refuseErased(c.env, viewerId);
  const purchase = await assignPurchase(db, c.req.param('purchase'), await ownerOf(c.env, viewerId));
  if (purchase === undefined) throw new ProblemError({ code: 'not-found', detail: 'No such parked purchase.' });
  const followed = await followPurchase(c.env, db, purchase.reference, nowMs);
  if (followed.purchase.parked === 'viewer-erased') throw new ErasedError();
  return c.json(purchaseToWire(followed));
});

export function purchaseToWire({ purchase, viewerId, state }: FollowedPurchase) {
  const { id, store, reference, productId, quantity } = purchase;
  return { id, store, reference, productId, quantity, viewerId, state };
}
