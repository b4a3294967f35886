import type { BundleOffer } from '#core/entitlement/offers.ts';
import type { ViewerClaims } from '#core/token/viewer-token.ts';

/** Who orders, under which key, and what is known of the circumstances. */
export interface UnlockCaller {
  readonly viewerId: string;
  readonly idempotencyKey: string;
  /** What the caller showed the viewer; another price now means no debit. null = whatever it is. */
  readonly expectedCoins: number | null;
  readonly country: string | null;
  /** Of the viewer who orders with a token; null when the backend orders. */
  readonly claims: ViewerClaims | null;
  readonly nowMs: number;
}

/** What is ordered. */
export type Wanted =
  | {
      readonly kind: 'episode';
      readonly episodeId: string;
      readonly method: 'coins' | 'rental';
      /** By the player, without asking: only as far as the viewer has allowed it. */
      readonly auto: boolean;
    }
  | { readonly kind: 'bundle'; readonly bundle: BundleOffer['bundle']; readonly fromEpisodeId: string }
  | { readonly kind: 'quote'; readonly quoteId: string };

/** The same for every retry, and another for anything else. */
export function describeWanted(wanted: Wanted): string {
  switch (wanted.kind) {
    case 'episode':
      return `unlock\n${wanted.episodeId}\n${wanted.method}${wanted.auto ? '\nauto' : ''}`;
    case 'bundle':
      return `unlock\nbundle\n${wanted.bundle.kind}\n${wanted.bundle.count ?? ''}\n${wanted.fromEpisodeId}`;
    case 'quote':
      return `unlock\nquote\n${wanted.quoteId}`;
  }
}
