/** Kinds of transactions in a viewer's ledger. */
export type TxnKind =
  | 'credit'
  | 'unlock'
  | 'rental'
  | 'lapse'
  | 'refund'
  | 'chargeback'
  | 'repay'
  | 'adjustment'
  | 'transfer-out'
  | 'transfer-in';

/**
 * What becomes of coins that were spent before their payment was taken back: the viewer owes them, what they opened is
 * closed again, or the operator bears it.
 */
export const CHARGEBACK_POLICIES = ['debt', 'revoke', 'absorb'] as const;
export type ChargebackPolicy = (typeof CHARGEBACK_POLICIES)[number];
