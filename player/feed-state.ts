/** What the feed knows, and the pure steps that change it. */
import type { CoinOfferWire, FeedEndWire, FeedItemWire, FeedWire, OfferWire } from '../core/catalog/feed-wire.ts';
import type { EdgeFailure } from './edge-client.ts';
import { PRELOAD_QUEUE_LIMIT } from './limits.ts';

export interface FeedState {
  readonly status: 'loading' | 'ready' | 'failed';
  readonly failure: EdgeFailure | null;
  readonly series: FeedWire['series'] | null;
  readonly items: readonly FeedItemWire[];
  readonly activeIndex: number;
  readonly nextCursor: string | null;
  readonly loadingMore: boolean;
  /** Coins of this viewer; null until an answer has told. */
  readonly coins: number | null;
  readonly unlockingEpisodeId: string | null;
  /** How often the edge wants to hear that something plays; null = it does not count streams. */
  readonly heartbeatSeconds: number | null;
  /** Why nothing follows the last item; null when something does. */
  readonly end: FeedEndWire | null;
  /** Where the viewer stopped the last time, when the feed was asked to begin there. */
  readonly resume: FeedWire['resume'];
}

export const EMPTY_FEED: FeedState = {
  status: 'loading',
  failure: null,
  series: null,
  items: [],
  activeIndex: 0,
  nextCursor: null,
  loadingMore: false,
  coins: null,
  unlockingEpisodeId: null,
  heartbeatSeconds: null,
  end: null,
  resume: null,
};

/** Appends a page. An item that is already there is replaced: the newer answer has the newer media pass. */
export function withPage(state: FeedState, page: FeedWire): FeedState {
  const fresh = page.items.filter((item) => !state.items.some((known) => known.episode.id === item.episode.id));
  const items = [...page.items.reduce(replaceItem, state.items), ...fresh];
  return {
    ...state,
    status: 'ready',
    failure: null,
    series: page.series,
    items,
    nextCursor: page.nextCursor,
    loadingMore: false,
    heartbeatSeconds: page.heartbeatSeconds,
    end: page.end ?? null,
    resume: page.resume ?? state.resume,
    coins: state.coins ?? balanceInOffers(page.items),
  };
}

/** What lies before the first item, which is where a viewer came back to. Positions move, episodes do not. */
export function withEarlier(state: FeedState, earlier: readonly FeedItemWire[]): FeedState {
  const fresh = earlier.filter((item) => !state.items.some((known) => known.episode.id === item.episode.id));
  return { ...state, items: [...fresh, ...state.items], activeIndex: state.activeIndex + fresh.length };
}

export function withItem(state: FeedState, item: FeedItemWire): FeedState {
  return { ...state, items: replaceItem(state.items, item) };
}

export function isPreview({ decision }: FeedItemWire): boolean {
  return decision.access === 'preview';
}

/** Rented and not played yet: nothing plays until the viewer is there, and then its hours begin. */
export function isUnplayedRental({ decision, playback }: FeedItemWire): boolean {
  return playback === null && decision.access === 'full';
}

export function activeItem(state: FeedState): FeedItemWire | null {
  return state.items[state.activeIndex] ?? null;
}

/** Whose passes are in use or about to be: the episode that is shown, the one before it, and those that are fetched ahead. */
export function nearbyItems({ items, activeIndex }: FeedState): readonly FeedItemWire[] {
  return items.slice(Math.max(0, activeIndex - 1), activeIndex + 1 + PRELOAD_QUEUE_LIMIT);
}

/** An offer as it stands with the coins of now: the one in the item is as old as its feed answer. */
export function currentOffer(item: FeedItemWire, coins: number | null): CoinOfferWire | null {
  const offer = coinOffer(item.decision.offers);
  if (offer === null) return null;
  const balance = coins ?? offer.balance;
  return { ...offer, balance, shortCoins: Math.max(0, offer.coins - balance) };
}

export function coinOffer(offers: readonly OfferWire[]): CoinOfferWire | null {
  return offers.find((candidate) => candidate.method === 'coins') ?? null;
}

function replaceItem(items: readonly FeedItemWire[], item: FeedItemWire): readonly FeedItemWire[] {
  return items.map((known) => (known.episode.id === item.episode.id ? item : known));
}

function balanceInOffers(items: readonly FeedItemWire[]): number | null {
  for (const item of items) {
    const offer = coinOffer(item.decision.offers);
    if (offer !== null) return offer.balance;
  }
  return null;
}
