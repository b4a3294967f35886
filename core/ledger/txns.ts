/** Kinds of transactions in a viewer's ledger. */
export const TXN_KINDS = [
  'credit',
  'unlock',
  'rental',
  'lapse',
  'refund',
  'chargeback',
  'repay',
  'adjustment',
  'transfer-out',
  'transfer-in',
] as const;
export type TxnKind = (typeof TXN_KINDS)[number];

/**
 * What becomes of coins that were spent before their payment was taken back: the viewer owes them, what they opened is
 * closed again, or the operator bears it.
 */
export const CHARGEBACK_POLICIES = ['debt', 'revoke', 'absorb'] as const;
export type ChargebackPolicy = (typeof CHARGEBACK_POLICIES)[number];
