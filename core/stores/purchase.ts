export const STORES = ['app-store', 'google-play'] as const;
export type Store = (typeof STORES)[number];

/** What a store says of one payment. Nothing in it says what the payment is worth: that is the operator's product. */
export interface StatedPurchase {
  readonly store: Store;
  /** The store's own name for the payment, with the store's in front: one credit for each, for ever. */
  readonly reference: string;
  readonly productId: string;
  /** How many packs; 0 for what brings no coins, as a subscription that a family shares. */
  readonly quantity: number;
  /** What all payments of one pass have in common. */
  readonly chain: string;
  /** The token that our app gave the store; null when it gave none. */
  readonly accountToken: string | null;
  readonly purchasedAtMs: number;
  /** null for what is bought once. */
  readonly expiresAtMs: number | null;
  /** While a renewal fails; `unknown` where this message does not say. */
  readonly graceUntilMs: number | null | 'unknown';
  /** When the store gave the money back; null while it did not. */
  readonly revokedAtMs: number | null;
  /** When the store said all this. */
  readonly asOfMs: number;
}

/** What the operator gives for one pack of a product. */
export interface StoreProduct {
  readonly coins: number;
  readonly bonusCoins: number;
  readonly bonusExpiresAfterDays: number | null;
}

export interface CreditOrder {
  readonly coins: number;
  readonly bonusCoins: number;
  readonly bonusExpiresAtMs: number | null;
}

/** How far the viewer's object has followed the store's word. */
export interface PurchaseProgress {
  readonly quantity: number;
  readonly isRevoked: boolean;
  readonly credit: 'none' | 'begun' | 'done';
  readonly product: StoreProduct | null;
  readonly viewerId: string | null;
  /** It was for a viewer who is erased: a person says what becomes of it. */
  readonly isOfErased: boolean;
}

export type PurchaseStep =
  | { readonly kind: 'park'; readonly reason: 'product-unknown' | 'account-unknown' | 'viewer-erased' }
  | { readonly kind: 'begin'; readonly order: CreditOrder }
  | { readonly kind: 'credit' }
  | { readonly kind: 'reverse' }
  | { readonly kind: 'settled' };

const DAY_MS = 86_400_000;

/**
 * What is next for a purchase. A credit that began and was then taken back is finished first: a call that is still on
 * its way finds its reference used, and the reversal has something to reverse.
 */
export function nextStep(
  { quantity, isRevoked, credit, product, viewerId, isOfErased }: PurchaseProgress,
  nowMs: number,
): PurchaseStep {
  if (credit === 'begun') return { kind: 'credit' };
  if (isRevoked) return { kind: credit === 'none' ? 'settled' : 'reverse' };
  if (credit === 'done') return { kind: 'settled' };
  if (product === null) return { kind: 'park', reason: 'product-unknown' };
  if (viewerId === null) return { kind: 'park', reason: isOfErased ? 'viewer-erased' : 'account-unknown' };
  const { bonusExpiresAfterDays: days } = product;
  return {
    kind: 'begin',
    order: {
      coins: product.coins * quantity,
      bonusCoins: product.bonusCoins * quantity,
      bonusExpiresAtMs: days === null ? null : nowMs + days * DAY_MS,
    },
  };
}

/** The reference of a credit: after a refund that was itself taken back, it is another one. */
export function creditReference(reference: string, round: number): string {
  return round === 0 ? reference : `${reference}/${round}`;
}

export function bonusReference(reference: string, round: number): string {
  return `${creditReference(reference, round)}/bonus`;
}
