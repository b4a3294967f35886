/** What to show and what the viewer may do: the feed without any player. */
import type { FeedItemWire } from '../core/catalog/feed-wire.ts';
import type { EdgeClient, EdgeFailure, EdgeResult } from './edge-client.ts';
import { coinOffer, EMPTY_FEED, withItem, withPage, type FeedState } from './feed-state.ts';
import { FEED_PAGE_LIMIT, LOAD_MORE_WITHIN } from './limits.ts';
import { createStore, type ReadableStore } from './store.ts';

export type UnlockOutcome =
  | { readonly kind: 'unlocked'; readonly item: FeedItemWire; readonly coins: number }
  | { readonly kind: 'short-of-coins'; readonly shortCoins: number }
  | { readonly kind: 'price-changed'; readonly item: FeedItemWire }
  | { readonly kind: 'failed'; readonly failure: EdgeFailure };

export interface FeedData extends ReadableStore<FeedState> {
  readonly client: EdgeClient;
  start(): Promise<void>;
  activate(index: number): void;
  /** Loads pages until this position is there; false when the series ends before it. */
  reach(index: number): Promise<boolean>;
  /** `auto`: without asking the viewer, as far as the viewer's own rule at the edge allows. */
  unlock(episodeId: string, expectedCoins: number, auto?: boolean): Promise<UnlockOutcome>;
  /** Fetches one item anew: after an unlock, or when its media pass lapsed. */
  refresh(episodeId: string): Promise<EdgeResult<FeedItemWire>>;
  /** As refresh, for an episode that plays now: a rental's hours begin. */
  startRental(episodeId: string): Promise<EdgeResult<FeedItemWire>>;
  addDemoCoins(): Promise<EdgeResult<number>>;
}

export function createFeedOn(client: EdgeClient, series: string): FeedData {
  return new EdgeFeed(client, series);
}

class EdgeFeed implements FeedData {
  readonly client: EdgeClient;
  readonly #series: string;
  readonly #store = createStore<FeedState>(EMPTY_FEED);
  /** Outlives a lost answer, so that pressing the button again can't debit twice. */
  readonly #unlockKeys = new Map<string, string>();
  #paging: Promise<boolean> | null = null;

  constructor(client: EdgeClient, series: string) {
    this.client = client;
    this.#series = series;
  }

  get state(): FeedState {
    return this.#store.state;
  }

  subscribe(listener: (state: FeedState, previous: FeedState) => void): () => void {
    return this.#store.subscribe(listener);
  }

  async start(): Promise<void> {
    this.#set({ status: 'loading', failure: null });
    const result = await this.client.feed({ series: this.#series, limit: FEED_PAGE_LIMIT });
    if (result.kind !== 'ok') {
      this.#set({ status: 'failed', failure: result });
      return;
    }
    this.#store.update((state) => withPage(state, result.value));
    const wallet = await this.client.wallet();
    if (wallet.kind === 'ok') this.#set({ coins: wallet.value.coins });
  }

  activate(index: number): void {
    if (this.state.activeIndex !== index) this.#set({ activeIndex: index });
    if (index >= this.state.items.length - LOAD_MORE_WITHIN) void this.#loadMore();
  }

  async reach(index: number): Promise<boolean> {
    while (index >= this.state.items.length) if (!(await this.#loadMore())) return false;
    return true;
  }

  refresh(episodeId: string): Promise<EdgeResult<FeedItemWire>> {
    return this.#fetchItem(episodeId, {});
  }

  startRental(episodeId: string): Promise<EdgeResult<FeedItemWire>> {
    return this.#fetchItem(episodeId, { start: episodeId });
  }

  async #fetchItem(episodeId: string, more: { readonly start?: string }): Promise<EdgeResult<FeedItemWire>> {
    const result = await this.client.feed({ series: this.#series, at: episodeId, limit: 1, ...more });
    if (result.kind !== 'ok') return result;
    const item = result.value.items.find((candidate) => candidate.episode.id === episodeId);
    if (item === undefined) {
      return { kind: 'problem', status: 404, code: 'episode-not-found', title: 'The episode is gone.', offers: [] };
    }
    this.#store.update((state) => withItem(state, item));
    return { kind: 'ok', value: item };
  }

  async unlock(episodeId: string, expectedCoins: number, auto: boolean = false): Promise<UnlockOutcome> {
    const key = this.#unlockKeys.get(episodeId) ?? crypto.randomUUID();
    this.#unlockKeys.set(episodeId, key);
    this.#set({ unlockingEpisodeId: episodeId });
    try {
      const result = await this.client.unlock(episodeId, expectedCoins, key, auto);
      const isUndecided = result.kind === 'unreachable' || (result.kind === 'problem' && result.status >= 500);
      if (!isUndecided) this.#unlockKeys.delete(episodeId);
      if (result.kind !== 'ok') return await this.#refusedUnlock(episodeId, result);
      const coins = result.value.wallet.coins;
      this.#set({ coins });
      const item = await this.refresh(episodeId);
      return item.kind === 'ok' ? { kind: 'unlocked', item: item.value, coins } : { kind: 'failed', failure: item };
    } finally {
      this.#set({ unlockingEpisodeId: null });
    }
  }

  async addDemoCoins(): Promise<EdgeResult<number>> {
    const result = await this.client.addDemoCoins(crypto.randomUUID());
    if (result.kind !== 'ok') return result;
    this.#set({ coins: result.value.coins });
    return { kind: 'ok', value: result.value.coins };
  }

  async #refusedUnlock(episodeId: string, failure: EdgeFailure): Promise<UnlockOutcome> {
    if (failure.kind === 'problem' && failure.code === 'price-changed') {
      const item = await this.refresh(episodeId);
      return item.kind === 'ok' ? { kind: 'price-changed', item: item.value } : { kind: 'failed', failure: item };
    }
    if (failure.kind === 'unreachable' || failure.status !== 402) return { kind: 'failed', failure };
    const offer = coinOffer(failure.offers);
    if (offer !== null) this.#set({ coins: offer.balance });
    return { kind: 'short-of-coins', shortCoins: offer?.shortCoins ?? 0 };
  }

  #loadMore(): Promise<boolean> {
    const after = this.state.nextCursor;
    if (after === null) return Promise.resolve(false);
    this.#paging ??= this.#loadPage(after).finally(() => {
      this.#paging = null;
    });
    return this.#paging;
  }

  async #loadPage(after: string): Promise<boolean> {
    this.#set({ loadingMore: true });
    const result = await this.client.feed({ series: this.#series, after, limit: FEED_PAGE_LIMIT });
    if (result.kind === 'ok') this.#store.update((state) => withPage(state, result.value));
    else this.#set({ loadingMore: false });
    return result.kind === 'ok';
  }

  #set(change: Partial<FeedState>): void {
    this.#store.update((state) => ({ ...state, ...change }));
  }
}
