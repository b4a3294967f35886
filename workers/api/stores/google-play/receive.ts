import { z } from 'zod';
import { fromBase64 } from '#shared/encoding.ts';
import { log } from '#shared/log.ts';
import { loadPurchase, recordPurchase } from '../../db/store-purchases.ts';
import { orderAcknowledgement, recordVoid } from '../../db/stores.ts';
import { makeId, type Db } from '../../http/context.ts';
import { followPurchase, type FollowedPurchase } from '../follow-purchase.ts';
import type { GooglePlaySettings } from '../settings.ts';
import type { StoreEnv } from '../store-env.ts';
import { acknowledgeNow } from './acknowledge.ts';
import { askProduct, askSubscription, type AskedPurchase } from './ask-purchase.ts';

/** @see Google Cloud, "Push subscriptions" (message format) */
export const pushEnvelope = z.looseObject({
  message: z.looseObject({ messageId: z.string().regex(/^[\x21-\x7e]{1,100}$/), data: z.string().max(32_000) }),
});

const token = z.string().min(1).max(2_000);
/** @see Google Play, "Real-time developer notifications reference guide" */
const developerNotification = z.looseObject({
  packageName: z.string(),
  oneTimeProductNotification: z.looseObject({ purchaseToken: token, sku: z.string().min(1).max(200) }).optional(),
  subscriptionNotification: z.looseObject({ purchaseToken: token }).optional(),
  voidedPurchaseNotification: z
    .looseObject({ orderId: z.string().min(1).max(100), refundType: z.int().optional() })
    .optional(),
});
export type DeveloperNotification = z.infer<typeof developerNotification>;

const PARTIAL_REFUND = 2;

export function readDeveloperNotification(data: string): DeveloperNotification | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(fromBase64(data));
    return developerNotification.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

export interface GooglePlace {
  readonly env: StoreEnv;
  readonly db: Db;
  readonly settings: GooglePlaySettings;
  readonly nowMs: number;
}

/** The message only says that something changed; what, is asked for. */
export async function applyDeveloperNotification(
  place: GooglePlace,
  notification: DeveloperNotification,
): Promise<void> {
  const { settings, nowMs, db, env } = place;
  const { oneTimeProductNotification: bought, subscriptionNotification, voidedPurchaseNotification } = notification;
  if (voidedPurchaseNotification !== undefined) {
    const { orderId, refundType } = voidedPurchaseNotification;
    // Of five packs one was given back. How many coins that is, only the operator can say.
    const reference = `google-play:${orderId}`;
    if (refundType === PARTIAL_REFUND) {
      const loaded = await loadPurchase(db, reference);
      return log('warn', 'purchase_partly_voided', { purchaseId: loaded?.purchase.id ?? null });
    }
    await recordVoid(db, makeId('pur', nowMs), reference, nowMs);
    await followPurchase(env, db, reference, nowMs);
  }
  const asked =
    bought !== undefined
      ? await askProduct(settings, bought.sku, bought.purchaseToken, nowMs)
      : subscriptionNotification !== undefined
        ? await askSubscription(settings, subscriptionNotification.purchaseToken, nowMs)
        : null;
  if (asked === null) return;
  const purchaseToken = bought?.purchaseToken ?? subscriptionNotification?.purchaseToken ?? '';
  if (asked.ok) await applyAsked(place, asked.value, purchaseToken);
  else log('warn', 'purchase_ignored', { store: 'google-play', reason: asked.error });
}

/** Keeps Google's word, follows it, and lets Google know once the coins are there. */
export async function applyAsked(
  place: GooglePlace,
  { stated, kind, isUnacknowledged }: AskedPurchase,
  purchaseToken: string,
): Promise<FollowedPurchase> {
  const { env, db, settings, nowMs } = place;
  await recordPurchase(db, stated, nowMs);
  const { reference, productId } = stated;
  if (isUnacknowledged && stated.revokedAtMs === null) {
    const order = { reference, kind, productId, purchaseToken, tries: 0, nextTryAt: nowMs, createdAt: nowMs };
    await orderAcknowledgement(db, order);
  }
  const followed = await followPurchase(env, db, reference, nowMs);
  if (isUnacknowledged && followed.state === 'applied') await acknowledgeNow(db, settings, reference, nowMs);
  return followed;
}
