import { z } from 'zod';
import { err, ok, type Result } from '#core/result.ts';
import type { StatedPurchase } from '#core/stores/purchase.ts';
import { UnavailableError } from '#shared/binding-call.ts';
import { sha256Base64url } from '#shared/encoding.ts';
import type { GooglePlaySettings } from '../settings.ts';
import { callGoogle } from './call-google.ts';

export interface AskedPurchase {
  readonly stated: StatedPurchase;
  /** Google gives the money back unless it hears from us. */
  readonly isUnacknowledged: boolean;
  readonly kind: 'one-time' | 'subscription';
}

/** Of the app's own making, handed through by Google. */
const accountId = z.string().max(64).optional();

/** @see Google, purchases.products */
const productPurchase = z.looseObject({
  /** Google may leave it out. */
  productId: z.string().optional(),
  orderId: z.string().min(1).max(100),
  purchaseTimeMillis: z.coerce.number().int().min(0),
  purchaseState: z.int().default(0),
  consumptionState: z.int().default(0),
  acknowledgementState: z.int().default(0),
  purchaseType: z.int().optional(),
  quantity: z.int().min(1).max(100).default(1),
  obfuscatedExternalAccountId: accountId,
});
const PURCHASED = 0;
const CANCELED = 1;
const TEST = 0;

export type PurchaseDenial = 'unknown' | 'another-product' | 'pending' | 'test';

/** Google's word on what was bought once. The message that it changed says nothing else that could be believed. */
export async function askProduct(
  settings: GooglePlaySettings,
  productId: string,
  purchaseToken: string,
  nowMs: number,
): Promise<Result<AskedPurchase, PurchaseDenial>> {
  const path = `/purchases/products/${encodeURIComponent(productId)}/tokens/${encodeURIComponent(purchaseToken)}`;
  const { status, body } = await callGoogle(settings, 'GET', path, nowMs);
  if (status !== 200) return err('unknown');
  const purchase = read(productPurchase, body);
  // The buyer's app names the product: the token of a small pack must not bring a large one.
  if (purchase.productId !== undefined && purchase.productId !== productId) return err('another-product');
  if (purchase.purchaseType === TEST && !settings.takesTestPurchases) return err('test');
  if (purchase.purchaseState !== PURCHASED && purchase.purchaseState !== CANCELED) return err('pending');
  const reference = `google-play:${purchase.orderId}`;
  return ok({
    kind: 'one-time',
    isUnacknowledged: purchase.acknowledgementState === 0 || purchase.consumptionState === 0,
    stated: {
      store: 'google-play',
      reference,
      productId,
      quantity: purchase.quantity,
      chain: reference,
      accountToken: purchase.obfuscatedExternalAccountId?.toLowerCase() ?? null,
      purchasedAtMs: purchase.purchaseTimeMillis,
      expiresAtMs: null,
      graceUntilMs: 'unknown',
      revokedAtMs: purchase.purchaseState === CANCELED ? nowMs : null,
      asOfMs: nowMs,
    },
  });
}

/** @see Google, purchases.subscriptionsv2 */
const subscriptionPurchase = z.looseObject({
  startTime: z.iso.datetime({ offset: true }).optional(),
  subscriptionState: z.string(),
  acknowledgementState: z.string().optional(),
  testPurchase: z.unknown().optional(),
  externalAccountIdentifiers: z.looseObject({ obfuscatedExternalAccountId: accountId }).optional(),
  lineItems: z
    .array(
      z.looseObject({
        productId: z.string().min(1).max(100),
        expiryTime: z.iso.datetime({ offset: true }),
        /** `latestOrderId` of the whole may be a renewal that was declined; nobody has paid that. */
        latestSuccessfulOrderId: z.string().min(1).max(100).optional(),
      }),
    )
    .min(1),
});
/** In these the viewer has what was paid for, until the time that Google names. */
const OPEN_STATES = new Set([
  'SUBSCRIPTION_STATE_ACTIVE',
  'SUBSCRIPTION_STATE_IN_GRACE_PERIOD',
  'SUBSCRIPTION_STATE_CANCELED',
]);

export async function askSubscription(
  settings: GooglePlaySettings,
  purchaseToken: string,
  nowMs: number,
): Promise<Result<AskedPurchase, PurchaseDenial>> {
  const path = `/purchases/subscriptionsv2/tokens/${encodeURIComponent(purchaseToken)}`;
  const { status, body } = await callGoogle(settings, 'GET', path, nowMs);
  if (status !== 200) return err('unknown');
  const purchase = read(subscriptionPurchase, body);
  if (purchase.testPurchase !== undefined && !settings.takesTestPurchases) return err('test');
  const { subscriptionState: state } = purchase;
  if (state.startsWith('SUBSCRIPTION_STATE_PENDING') || state === 'SUBSCRIPTION_STATE_UNSPECIFIED')
    return err('pending');
  // Of several items, the one that lasts longest: each is paid by the same order.
  const items = purchase.lineItems.map((item) => ({ ...item, endsAtMs: Date.parse(item.expiryTime) }));
  const item = items.reduce((last, each) => (each.endsAtMs > last.endsAtMs ? each : last));
  if (item.latestSuccessfulOrderId === undefined) return err('pending');
  return ok({
    kind: 'subscription',
    isUnacknowledged: purchase.acknowledgementState === 'ACKNOWLEDGEMENT_STATE_PENDING',
    stated: {
      store: 'google-play',
      reference: `google-play:${item.latestSuccessfulOrderId}`,
      productId: item.productId,
      quantity: 1,
      // The token opens Google's API, so that only its hash names the pass.
      chain: `google-play:${await sha256Base64url(purchaseToken)}`,
      accountToken: purchase.externalAccountIdentifiers?.obfuscatedExternalAccountId?.toLowerCase() ?? null,
      purchasedAtMs: purchase.startTime === undefined ? nowMs : Date.parse(purchase.startTime),
      expiresAtMs: OPEN_STATES.has(state) ? item.endsAtMs : Math.min(item.endsAtMs, nowMs),
      graceUntilMs: 'unknown',
      revokedAtMs: null,
      asOfMs: nowMs,
    },
  });
}

/** An answer that we do not understand may be one of tomorrow: the message comes again, and a human sees the log. */
function read<T extends z.ZodType>(schema: T, body: unknown): z.infer<T> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map(({ path }) => path.join('.')).slice(0, 5);
  throw new UnavailableError('store', `Google's answer lacks ${fields.join(', ')}`);
}
