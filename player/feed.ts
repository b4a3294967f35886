/** What to show and what the viewer may do: the feed without any player. */
import type { FeedItemWire, OfferWire, WithItemWire } from '../core/catalog/feed-wire.ts';
import type { EdgeClient, EdgeFailure, EdgeResult, OrderBody } from './edge-client.ts';
import { coinOffer, EMPTY_FEED, withEarlier, withItem, withPage, type FeedState } from './feed-state.ts';
import { FEED_PAGE_LIMIT, FEED_PAGE_MOST, LOAD_MORE_WITHIN } from './limits.ts';
import { createStore, type ReadableStore } from './store.ts';

export type UnlockOutcome =
  | { readonly kind: 'unlocked'; readonly item: FeedItemWire; readonly coins: number }
  | { readonly kind: 'short-of-coins'; readonly shortCoins: number }
  /** The wait runs: the episode is open then. */
  | { readonly kind: 'waiting'; readonly readyAt: string }
  | { readonly kind: 'price-changed'; readonly item: FeedItemWire }
  | { readonly kind: 'failed'; readonly failure: EdgeFailure };

export interface FeedData extends ReadableStore<FeedState> {
  readonly client: EdgeClient;
  /** `resume`: where the viewer stopped the last time. */
  start(options?: { readonly resume?: boolean }): Promise<void>;
  /** The viewer's coins as the edge has them now. */
  readCoins(): Promise<void>;
  activate(index: number): void;
  /** Loads pages until this position is there; false when the series ends before it. */
  reach(index: number): Promise<boolean>;
  /** Loads what lies before the first item, after a start with `resume`. How many positions everything moved by. */
  reachBack(): Promise<number>;
  /** Goes on after `end.reason` `choice-needed`, with the episode of a choice. */
  choose(episodeId: string): Promise<boolean>;
  /** `auto`: without asking the viewer, as far as the viewer's own rule at the edge allows. */
  unlock(episodeId: string, expectedCoins: number, auto?: boolean): Promise<UnlockOutcome>;
  /** Takes any offer but `ad` and `pass`, which are the app's. */
  take(episodeId: string, offer: OfferWire): Promise<UnlockOutcome>;
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

  async start({ resume = false }: { readonly resume?: boolean } = {}): Promise<void> {
    this.#set({ status: 'loading', failure: null });
    const result = await this.client.feed({ series: this.#series, limit: FEED_PAGE_LIMIT, resume });
    if (result.kind !== 'ok') {
      this.#set({ status: 'failed', failure: result });
      return;
    }
    this.#store.update((state) => withPage(state, result.value));
  }

  async readCoins(): Promise<void> {
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

  async reachBack(): Promise<number> {
    const first = this.state.items[0]?.episode;
    if (first === undefined || first.number <= 1) return 0;
    const earlier: FeedItemWire[] = [];
    let after: string | null = null;
    do {
      const from: { after?: string } = after === null ? {} : { after };
      const page = await this.client.feed({ series: this.#series, limit: FEED_PAGE_MOST, ...from });
      if (page.kind !== 'ok') return 0;
      earlier.push(...page.value.items.filter(({ episode }) => episode.number < first.number));
      after = page.value.items.some(({ episode }) => episode.number >= first.number) ? null : page.value.nextCursor;
    } while (after !== null);
    const before = this.state.items.length;
    this.#store.update((state) => withEarlier(state, earlier));
    return this.state.items.length - before;
  }

  async choose(episodeId: string): Promise<boolean> {
    const page = await this.client.feed({ series: this.#series, at: episodeId, limit: FEED_PAGE_LIMIT });
    if (page.kind === 'ok') this.#store.update((state) => withPage(state, page.value));
    return page.kind === 'ok';
  }

  async take(episodeId: string, offer: OfferWire): Promise<UnlockOutcome> {
    if (offer.method === 'coins') return await this.unlock(episodeId, offer.coins);
    const body = orderOf(episodeId, offer);
    if (body === null) throw new Error(`An offer by ${offer.method} is the app's to take.`);
    const key = this.#keyOf(`${episodeId} ${JSON.stringify(body)}`);
    this.#set({ unlockingEpisodeId: episodeId });
    try {
      const result = await this.client.order(body, key.value, episodeId);
      if (!isUndecided(result)) key.forget();
      if (result.kind !== 'ok') return await this.#refusedUnlock(episodeId, result);
      if ('wallet' in result.value) this.#set({ coins: result.value.wallet.coins });
      // Of a rental the hours begin now: the viewer sits before it.
      const item = await this.#itemIn(episodeId, result.value);
      if ('readyAt' in result.value) return { kind: 'waiting', readyAt: result.value.readyAt };
      if (offer.method === 'bundle') await this.#refreshFrom(episodeId);
      if (item.kind !== 'ok') return { kind: 'failed', failure: item };
      return { kind: 'unlocked', item: item.value, coins: this.state.coins ?? 0 };
    } finally {
      this.#set({ unlockingEpisodeId: null });
    }
  }

  refresh(episodeId: string): Promise<EdgeResult<FeedItemWire>> {
    return this.#fetchItem(episodeId, {});
  }

  startRental(episodeId: string): Promise<EdgeResult<FeedItemWire>> {
    return this.#fetchItem(episodeId, { start: episodeId });
  }

  /** What the order's answer brought along; where it could not, the feed tells. */
  async #itemIn(episodeId: string, { item }: WithItemWire): Promise<EdgeResult<FeedItemWire>> {
    if (item?.episode.id !== episodeId) return await this.startRental(episodeId);
    this.#store.update((state) => withItem(state, item));
    return { kind: 'ok', value: item };
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
    const key = this.#keyOf(episodeId);
    this.#set({ unlockingEpisodeId: episodeId });
    try {
      const result = await this.client.unlock(episodeId, expectedCoins, key.value, auto);
      if (!isUndecided(result)) key.forget();
      if (result.kind !== 'ok') return await this.#refusedUnlock(episodeId, result);
      const coins = result.value.wallet.coins;
      this.#set({ coins });
      const item = await this.#itemIn(episodeId, result.value);
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

  /** Of a bundle, what is loaded of it. */
  async #refreshFrom(episodeId: string): Promise<void> {
    const page = await this.client.feed({ series: this.#series, at: episodeId, limit: FEED_PAGE_LIMIT });
    if (page.kind === 'ok') this.#store.update((state) => page.value.items.reduce(withItem, state));
  }

  #keyOf(order: string): { readonly value: string; readonly forget: () => void } {
    const value = this.#unlockKeys.get(order) ?? crypto.randomUUID();
    this.#unlockKeys.set(order, value);
    return { value, forget: () => void this.#unlockKeys.delete(order) };
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

/** No word on whether it was done: the same key again can't debit twice. */
function isUndecided(result: EdgeResult<unknown>): boolean {
  return result.kind === 'unreachable' || (result.kind === 'problem' && result.status >= 500);
}

/** null: nothing that this page could order. */
function orderOf(episodeId: string, offer: OfferWire): OrderBody | null {
  switch (offer.method) {
    case 'rental':
      return { method: 'rental', episodeId, expectedCoins: offer.coins };
    case 'bundle':
      return { method: 'coins', bundle: { ...offer.bundle, from: episodeId }, expectedCoins: offer.coins };
    case 'wait':
      return { method: 'wait', episodeId };
    case 'coins':
    case 'ad':
    case 'pass':
      return null;
  }
}
