import { z } from 'zod';
import type { Store } from '#core/stores/purchase.ts';
import { ProblemError } from '#shared/http/problem.ts';
import { viewerObject } from '#shared/playback/decide-episode.ts';
import { claimPurchase, recordPurchase } from '../db/store-purchases.ts';
import type { Db } from '../http/context.ts';
import { readTransaction } from './app-store/receive.ts';
import { followPurchase, type FollowedPurchase } from './follow-purchase.ts';
import { askProduct, askSubscription, type PurchaseDenial } from './google-play/ask-purchase.ts';
import { applyAsked } from './google-play/receive.ts';
import { ownerOf } from './owner-of.ts';
import { googlePlaySettings } from './settings.ts';

export const myPurchaseInput = z.discriminatedUnion('store', [
  z.strictObject({ store: z.literal('app-store'), signedTransaction: z.string().min(1) }),
  z.strictObject({
    store: z.literal('google-play'),
    productId: z.string().min(1).max(200),
    purchaseToken: z.string().min(1).max(2_000),
    kind: z.enum(['one-time', 'subscription']).default('one-time'),
  }),
]);

const DENIALS: Readonly<Record<PurchaseDenial, string>> = {
  unknown: 'Google knows no such purchase.',
  'another-product': 'By Google’s word it is of another product.',
  pending: 'It is not paid yet. Google tells us when it is.',
  test: 'It was made by a licence tester, and such purchases do not count here.',
};

interface Buyer {
  readonly env: ApiEnv;
  readonly db: Db;
  readonly viewerId: string;
  readonly nowMs: number;
}

/**
 * What the app tells right after buying, so that the coins are there before the store's own message. It is verified as
 * that message is and has the same reference. A purchase that names no account is the buyer's who brings it; one that
 * names somebody is that one's, whoever brings it.
 */
export async function takePurchase(buyer: Buyer, input: z.infer<typeof myPurchaseInput>): Promise<FollowedPurchase> {
  const followed = input.store === 'app-store' ? await fromApple(buyer, input) : await fromGoogle(buyer, input);
  if (followed.viewerId !== null && followed.viewerId !== buyer.viewerId && !(await isPartOf(buyer, followed.viewerId)))
    throw new ProblemError({
      code: 'conflict',
      detail: 'This purchase belongs to another viewer, who has what it gives.',
    });
  return followed;
}

/** A guest whose app goes on with its old token after the guest became an account. */
async function isPartOf({ env, viewerId, nowMs }: Buyer, owner: string): Promise<boolean> {
  return (await viewerObject(env.VIEWERS, viewerId).wallet({ nowMs })).mergedInto === owner;
}

async function fromApple(
  { env, db, viewerId, nowMs }: Buyer,
  { signedTransaction }: { readonly store: Store; readonly signedTransaction: string },
): Promise<FollowedPurchase> {
  const stated = await readTransaction(env, signedTransaction, nowMs);
  await recordPurchase(db, stated, nowMs);
  if (stated.accountToken === null) await claimPurchase(db, stated.reference, await ownerOf(env, viewerId));
  return followPurchase(env, db, stated.reference, nowMs);
}

async function fromGoogle(
  { env, db, viewerId, nowMs }: Buyer,
  { productId, purchaseToken, kind }: { productId: string; purchaseToken: string; kind: 'one-time' | 'subscription' },
): Promise<FollowedPurchase> {
  const settings = googlePlaySettings(env);
  const asked =
    kind === 'subscription'
      ? await askSubscription(settings, purchaseToken, nowMs)
      : await askProduct(settings, productId, purchaseToken, nowMs);
  if (!asked.ok) throw new ProblemError({ code: 'purchase-not-accepted', detail: DENIALS[asked.error] });
  const { stated } = asked.value;
  if (stated.accountToken === null) {
    await recordPurchase(db, stated, nowMs);
    await claimPurchase(db, stated.reference, await ownerOf(env, viewerId));
  }
  return applyAsked({ env, db, settings, nowMs }, asked.value, purchaseToken);
}
