import { DEFAULT_START_WITHIN_HOURS, type AccessPolicy, type BundleTerms } from './policy.ts';
import type { ViewerState } from './viewer-state.ts';

/** What a price means to this viewer: `shortCoins` more must come in before it can be paid, debts included. */
export interface Price {
  readonly coins: number;
  readonly balance: number;
  readonly shortCoins: number;
}

/** A way to unlock, with what the viewer has and lacks for it. */
export type Offer =
  | ({ readonly method: 'coins' } & Price)
  | ({ readonly method: 'rental'; readonly hours: number; readonly startWithinHours: number } & Price)
  | ({ readonly method: 'bundle' } & BundleOffer & Price)
  | {
      readonly method: 'ad';
      readonly adsPerUnlock: number;
      readonly adsWatched: number;
      /** How many more this viewer may watch for this series today. */
      readonly adsLeftToday: number;
    }
  | {
      readonly method: 'wait';
      readonly hours: number;
      /** When the wait that runs for this episode ends; null when none runs. */
      readonly readyAtSeconds: number | null;
      /** Another episode of the series that the viewer waits for: one wait at a time. */
      readonly waitingForEpisodeId: string | null;
    }
  /** Sold by the operator's own shop; any of these opens the episode. */
  | { readonly method: 'pass'; readonly passes: readonly string[] };

export interface BundleOffer {
  readonly bundle: { readonly kind: BundleTerms['kind']; readonly count?: number | undefined };
  readonly episodeCount: number;
  /** What these episodes cost one by one. */
  readonly listCoins: number;
  readonly discountPercent: number;
}

export function priceFor(coins: number, viewer: Pick<ViewerState, 'coins' | 'debtCoins'>): Price {
  return { coins, balance: viewer.coins, shortCoins: viewer.debtCoins + Math.max(0, coins - viewer.coins) };
}

export function coinOffer(offers: readonly Offer[]): Extract<Offer, { method: 'coins' }> | undefined {
  return offers.find((offer) => offer.method === 'coins');
}

interface OfferedEpisode {
  readonly id: string;
  readonly seriesId: string;
}

/** Every way that the policy has into one locked episode, but bundles, which need its neighbours. */
export function offersFor(episode: OfferedEpisode, policy: AccessPolicy, viewer: ViewerState): Offer[] {
  const offers: Offer[] = [];
  const { coinPrice, rental, ad, wait, passes = [] } = policy;
  if (coinPrice !== undefined) offers.push({ method: 'coins', ...priceFor(coinPrice, viewer) });
  if (rental !== undefined) {
    const { coins, hours, startWithinHours = DEFAULT_START_WITHIN_HOURS } = rental;
    offers.push({ method: 'rental', hours, startWithinHours, ...priceFor(coins, viewer) });
  }
  if (ad !== undefined) {
    const adsWatched = viewer.ads.watchedByEpisode.get(episode.id) ?? 0;
    const leftOfSeries = Math.max(0, ad.dailyCap - (viewer.ads.todayBySeries.get(episode.seriesId) ?? 0));
    const adsLeftToday = Math.min(leftOfSeries, viewer.ads.leftToday ?? leftOfSeries);
    offers.push({ method: 'ad', adsPerUnlock: ad.adsPerUnlock, adsWatched, adsLeftToday });
  }
  if (wait !== undefined) offers.push(waitOffer(episode, wait.hours, viewer));
  if (passes.length > 0) offers.push({ method: 'pass', passes });
  return offers;
}

/** `readyAtSeconds` lies ahead: a wait that is over has opened its episode. */
function waitOffer(episode: OfferedEpisode, hours: number, viewer: ViewerState): Offer {
  const running = viewer.waits.find(({ seriesId }) => seriesId === episode.seriesId);
  const isThis = running?.episodeId === episode.id;
  return {
    method: 'wait',
    hours,
    readyAtSeconds: isThis ? running.readyAtSeconds : null,
    waitingForEpisodeId: running === undefined || isThis ? null : running.episodeId,
  };
}
