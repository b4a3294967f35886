import { Hono } from 'hono';
import { z } from 'zod';
import { MAX_COINS_PER_OPERATION } from '#core/ledger/limits.ts';
import { STORES, type Store } from '#core/stores/purchase.ts';
import { ProblemError } from '#shared/http/problem.ts';
import { listParkedOf } from '../db/store-purchases.ts';
import { deleteProduct, findProduct, putProduct, type ProductRecord } from '../db/stores.ts';
import { readJson } from '../http/body.ts';
import { iso, type ApiContext, type ApiVariables } from '../http/context.ts';
import {
  matchedOrAbsent,
  matchedVersion,
  preconditionFailed,
  tagged,
  type Representation,
} from '../http/entity-tag.ts';
import { requireScope } from '../http/guards.ts';
import { MAX_PURCHASES_PER_SWEEP } from '../limits.ts';
import { followPurchase } from '../stores/follow-purchase.ts';

/** What the products of a store give. */
export const storeProductRoutes = new Hono<{ Bindings: ApiEnv; Variables: ApiVariables }>();
storeProductRoutes.use(requireScope('entitlements'));

/** A hundred of them in one purchase stay within one credit. */
const coins = z
  .int()
  .min(0)
  .max(MAX_COINS_PER_OPERATION / 100);
const days = z.int().min(1).max(3_650).nullish();
export const productInput = z
  .strictObject({
    coins: coins.default(0),
    bonusCoins: coins.default(0),
    bonusExpiresAfterDays: days,
    pass: z
      .string()
      .regex(/^[a-z0-9][a-z0-9_-]{0,39}$/)
      .nullish(),
    passDays: days,
  })
  .refine(
    ({ coins: paid, bonusCoins, pass }) => paid + bonusCoins > 0 || pass != null,
    'a product must give something',
  );

storeProductRoutes.put('/:store/:productId', async (c) => {
  const { db, nowMs } = c.var;
  const { store, productId } = readName(c);
  const known = await findProduct(db, store, productId);
  const version = await matchedOrAbsent(c, known === undefined ? null : represented(known));
  const input = await readJson(c.req.raw, productInput);
  const product: ProductRecord = {
    store,
    productId,
    coins: input.coins,
    bonusCoins: input.bonusCoins,
    bonusExpiresAfterDays: input.bonusExpiresAfterDays ?? null,
    pass: input.pass ?? null,
    passDays: input.passDays ?? null,
    updatedAt: nowMs,
  };
  const stored = await putProduct(db, product, version);
  if (stored === undefined) throw preconditionFailed();
  // Whoever bought it before it was known has waited for this.
  for (const reference of await listParkedOf(db, store, productId, MAX_PURCHASES_PER_SWEEP))
    await followPurchase(c.env, db, reference, nowMs);
  return tagged(c, represented(stored));
});

storeProductRoutes.get('/:store/:productId', async (c) => {
  const { store, productId } = readName(c);
  const product = await findProduct(c.var.db, store, productId);
  if (product === undefined) throw noSuchProduct();
  return tagged(c, represented(product));
});

storeProductRoutes.delete('/:store/:productId', async (c) => {
  const { store, productId } = readName(c);
  const product = await findProduct(c.var.db, store, productId);
  if (product === undefined) throw noSuchProduct();
  const version = await matchedVersion(c, represented(product));
  if (!(await deleteProduct(c.var.db, store, productId, version)) && version !== null) throw preconditionFailed();
  return c.body(null, 204);
});

function readName(c: ApiContext): { store: Store; productId: string } {
  const store = STORES.find((each) => each === c.req.param('store'));
  const productId = c.req.param('productId') ?? '';
  if (store === undefined) throw new ProblemError({ code: 'not-found', detail: `Stores are ${STORES.join(' and ')}.` });
  if (/^[A-Za-z0-9._-]{1,100}$/.test(productId)) return { store, productId };
  throw new ProblemError({ code: 'invalid-request', detail: 'A product id is 1 to 100 of [A-Za-z0-9._-].' });
}

function noSuchProduct(): ProblemError {
  return new ProblemError({ code: 'not-found', detail: 'No such product.' });
}

function represented({ updatedAt, ...product }: ProductRecord): Representation {
  return { version: updatedAt, body: { ...product, updatedAt: iso(updatedAt) } };
}
