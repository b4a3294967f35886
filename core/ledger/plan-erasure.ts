/** A transaction as it is kept without its viewer: what moved between which accounts, and when. */
export interface AnonymousTxn {
  readonly seq: number;
  readonly kind: string;
  readonly atMs: number;
  /** Of the payment; null where there was none. */
  readonly reference: string | null;
  /** Signed, and zero in sum. */
  readonly amounts: Readonly<Record<string, number>>;
}

/** What the operator keeps of coins that nobody can spend any more, less debts that nobody will pay. */
const ERASED_ACCOUNT = 'system:erased';

/**
 * The last transaction of a viewer: the wallets and the debt go to zero, so that the books still add up. null where
 * there is nothing to close.
 */
export function planErasure(
  balances: readonly { readonly account: string; readonly balance: number }[],
  seq: number,
  nowMs: number,
): AnonymousTxn | null {
  const own = balances.filter(({ account, balance }) => !account.startsWith('system:') && balance !== 0);
  if (own.length === 0) return null;
  const amounts = Object.fromEntries(own.map(({ account, balance }) => [account, 0 - balance]));
  const total = own.reduce((sum, { balance }) => sum + balance, 0);
  const closed = total === 0 ? amounts : { ...amounts, [ERASED_ACCOUNT]: total };
  return { seq, kind: 'erasure', atMs: nowMs, reference: null, amounts: closed };
}
