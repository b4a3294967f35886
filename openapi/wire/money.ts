import { z } from 'zod';
import { CHARGEBACK_POLICIES } from '#core/ledger/txns.ts';
import { STORES } from '#core/stores/purchase.ts';
import { named } from '../names.ts';
import { coins, count, id, pageOf, text, time } from './scalars.ts';
import { viewerId, wallet } from './viewers.ts';

const unlockRef = { unlockId: id, episodeId: id };
const reference = text(200);

export const refund = named(
  'Refund',
  z.object({ id, ...unlockRef, coins: count, reason: text(500).nullable(), createdAt: time, wallet }),
);

export const chargeback = named(
  'Chargeback',
  z.object({
    state: z.literal('applied'),
    id,
    reference,
    policy: z.enum(CHARGEBACK_POLICIES),
    coins: count.describe('What the payment had brought.'),
    takenCoins: count,
    debtCoins: count,
    absorbedCoins: count,
    revoked: z.array(z.object(unlockRef)).max(1_500),
    createdAt: time,
    wallet,
  }),
);
export const parkedChargeback = named(
  'ParkedChargeback',
  z.object({ state: z.literal('parked'), reference, policy: z.enum(CHARGEBACK_POLICIES) }),
);

export const merge = named(
  'Merge',
  z.object({
    id,
    from: viewerId,
    coins: count,
    unlocks: count,
    givenBack: z.array(z.object({ ...unlockRef, coins: count })).max(1_500),
    grants: count,
    createdAt: time,
    wallet,
  }),
);

export const pendingAdjustment = named(
  'PendingAdjustment',
  z.object({
    id,
    coins,
    kind: z.enum(['paid', 'bonus']),
    reason: text(500),
    actor: text(100),
    state: z.enum(['pending', 'approved', 'rejected', 'expired']),
    madeBy: text(64).describe('The API key that asked.'),
    decidedBy: text(64).nullable(),
    createdAt: time,
    expiresAt: time,
  }),
);
export const pendingAdjustmentPage = pageOf('PendingAdjustmentPage', pendingAdjustment);

export const adjustment = named(
  'Adjustment',
  z.object({
    id,
    coins,
    kind: z.enum(['paid', 'bonus']),
    reason: text(500),
    actor: text(100),
    createdAt: time,
    wallet,
  }),
);

export const reconciliation = named(
  'Reconciliation',
  z.object({
    state: z.enum(['open', 'reconciling']),
    since: time.nullable(),
    missing: z
      .array(
        z.object({ id, kind: text(40), paid: coins, bonus: coins, reference: reference.nullable(), createdAt: time }),
      )
      .max(100_000)
      .describe('Told before, and not in the ledger any more.'),
  }),
);

export const audit = named(
  'ViewerAudit',
  z.object({
    findings: z
      .array(z.object({ rule: text(200), ids: z.array(text(200)).max(100) }))
      .max(100)
      .describe('None is what there should be.'),
    parkedChargebacks: z
      .array(
        z.object({
          reference,
          policy: z.enum(CHARGEBACK_POLICIES),
          reason: text(500).nullable(),
          createdAt: time,
        }),
      )
      .max(100)
      .describe('They wait for a payment that never came to this viewer; the oldest first.'),
  }),
);

const store = z.enum(STORES);

export const storeAccount = named('StoreAccount', z.object({ accountToken: z.uuid() }));

export const product = named(
  'StoreProduct',
  z.object({
    store,
    productId: text(100),
    coins: count,
    bonusCoins: count,
    bonusExpiresAfterDays: count.nullable(),
    pass: text(40).nullable(),
    passDays: count.nullable(),
    updatedAt: time,
  }),
);

const purchased = { id, store, reference, productId: text(200), quantity: count };

export const purchase = {
  ...purchased,
  viewerId: viewerId.nullable(),
  state: z.enum(['applied', 'parked', 'revoked']),
};
export const followedPurchase = named('StorePurchase', z.object(purchase));
export const myPurchase = named('MyPurchase', z.object({ ...purchase, wallet }));

export const parkedPage = pageOf(
  'ParkedPurchasePage',
  named(
    'ParkedPurchase',
    z.object({
      ...purchased,
      accountToken: text(200).nullable(),
      reason: text(64).nullable(),
      purchasedAt: time,
      createdAt: time,
    }),
  ),
);

export const received = named('StoreReceipt', z.object({ received: z.literal(true) }));

export const rebuild = named('ProjectionRebuild', z.object({ queued: count }));

export const unlockReport = named(
  'UnlockReport',
  z.object({
    from: time,
    to: time,
    by: z.enum(['episode', 'series']),
    items: z
      .array(
        z.object({
          seriesId: id.nullable(),
          episodeId: id.nullable(),
          method: z.enum(['coins', 'rental', 'ad', 'wait']),
          unlocks: count,
          coins: count,
          refunded: count.describe('Of these, what was given back since.'),
          refundedCoins: count,
        }),
      )
      .max(10_000),
    isComplete: z.boolean().describe('False where there are more rows than are shown.'),
  }),
);
