import { z } from 'zod';
import type { StatedPurchase } from '#core/stores/purchase.ts';

/** Apple adds fields as it likes; those that decide are checked, the rest passes. */
const ms = z.int().min(0);
const identifier = z.string().regex(/^[\x21-\x7e]{1,100}$/);

/** @see Apple, responseBodyV2DecodedPayload */
const place = z.looseObject({
  bundleId: z.string(),
  environment: z.string(),
  appAppleId: z.number().optional(),
});
export const notificationPayload = z.looseObject({
  notificationUUID: identifier,
  notificationType: z.string(),
  subtype: z.string().optional(),
  data: place
    .extend({ signedTransactionInfo: z.string().optional(), signedRenewalInfo: z.string().optional() })
    .optional(),
  summary: place.optional(),
});
export type NotificationPayload = z.infer<typeof notificationPayload>;

/** @see Apple, JWSTransactionDecodedPayload */
export const transactionPayload = z.looseObject({
  transactionId: identifier,
  originalTransactionId: identifier,
  bundleId: z.string(),
  environment: z.string(),
  productId: identifier,
  type: z.string(),
  quantity: z.int().min(1).max(100).optional(),
  appAccountToken: z.string().max(64).optional(),
  inAppOwnershipType: z.string().optional(),
  isUpgraded: z.boolean().optional(),
  purchaseDate: ms,
  expiresDate: ms.optional(),
  revocationDate: ms.optional(),
  signedDate: ms,
});
export type TransactionPayload = z.infer<typeof transactionPayload>;

/** @see Apple, JWSRenewalInfoDecodedPayload */
export const renewalPayload = z.looseObject({
  environment: z.string(),
  originalTransactionId: identifier,
  gracePeriodExpiresDate: ms.optional(),
});

/** What a transaction says, and what the notification's type adds: a refund that was taken back, or one without a date. */
export function statedByApple(
  transaction: TransactionPayload,
  notificationType: string | null,
  graceUntilMs: StatedPurchase['graceUntilMs'],
): StatedPurchase {
  const { expiresDate, signedDate, originalTransactionId } = transaction;
  // A restored purchase may have another id; it was paid for once.
  const id = transaction.type === 'Non-Consumable' ? originalTransactionId : transaction.transactionId;
  // The plan that was left for a better one ends now, though its own time is not over.
  const expiresAtMs = transaction.isUpgraded === true ? Math.min(expiresDate ?? signedDate, signedDate) : expiresDate;
  return {
    store: 'app-store',
    reference: `app-store:${id}`,
    productId: transaction.productId,
    // One family pays once: its members get the pass, and the buyer the coins.
    quantity: transaction.inAppOwnershipType === 'FAMILY_SHARED' ? 0 : (transaction.quantity ?? 1),
    chain: `app-store:${expiresDate === undefined ? id : originalTransactionId}`,
    accountToken: transaction.appAccountToken?.toLowerCase() ?? null,
    purchasedAtMs: transaction.purchaseDate,
    expiresAtMs: expiresAtMs ?? null,
    graceUntilMs,
    revokedAtMs: revokedAtMs(transaction, notificationType),
    asOfMs: signedDate,
  };
}

function revokedAtMs(
  { revocationDate, signedDate }: TransactionPayload,
  notificationType: string | null,
): number | null {
  if (notificationType === 'REFUND_REVERSED') return null;
  const isTakenBack = notificationType === 'REFUND' || notificationType === 'REVOKE';
  return revocationDate ?? (isTakenBack ? signedDate : null);
}
