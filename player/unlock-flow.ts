/** From a closed episode to a playing one: the sheet, the coins, and what to say when it does not work. */
import type { FeedItemWire, OfferWire } from '../core/catalog/feed-wire.ts';
import type { Feed } from './create-feed.ts';
import { coinsText } from './dom.ts';
import type { EdgeFailure } from './edge-client.ts';
import { currentOffer } from './feed-state.ts';
import type { UnlockOutcome } from './feed.ts';
import { AUTO_UNLOCK_CAP_COINS } from './limits.ts';
import { PaywallSheet } from './paywall-sheet.ts';

export interface UnlockFlowEvents {
  readonly onUnlocked: () => void;
  readonly onDismissed: () => void;
  readonly onShown: (item: FeedItemWire) => void;
  /** An offer that is the app's to take: an ad, a pass. `recheck` once it has been. */
  readonly onOffer: (item: FeedItemWire, offer: OfferWire, recheck: () => Promise<void>) => void;
  readonly toast: (message: string) => void;
}

export class UnlockFlow {
  readonly sheet: PaywallSheet;
  readonly #feed: Feed;
  readonly #events: UnlockFlowEvents;
  #item: FeedItemWire | null = null;
  #canAddDemoCoins: boolean;
  /** The viewer's rule at the edge; null until it is known. */
  #rule: { readonly enabled: boolean; readonly dailyCapCoins: number } | null = null;

  constructor(feed: Feed, canAddDemoCoins: boolean, events: UnlockFlowEvents) {
    this.#feed = feed;
    this.#canAddDemoCoins = canAddDemoCoins;
    this.#events = events;
    this.sheet = new PaywallSheet({
      onUnlock: () => void this.#unlock(),
      onOffer: (offer) => void this.#take(offer),
      onAutoUnlock: (enabled) => void this.setAutoUnlock(enabled),
      onDismiss: () => {
        this.close();
        events.onDismissed();
      },
      onAddDemoCoins: () => void this.#addCoins(),
    });
  }

  get isOpen(): boolean {
    return this.sheet.isOpen;
  }

  /** null where the edge has not told. */
  get autoUnlock(): boolean | null {
    return this.#rule?.enabled ?? null;
  }

  /** Once there is something to unlock; the page has better to do before. */
  async loadRule(): Promise<void> {
    if (this.#rule !== null) return;
    const rule = await this.#feed.autoUnlockRule();
    if (rule.kind !== 'ok') return;
    this.#rule = rule.value;
    this.#feed.autoUnlock = rule.value.enabled;
    this.refresh();
  }

  async setAutoUnlock(enabled: boolean): Promise<void> {
    const dailyCapCoins = this.#rule?.dailyCapCoins || AUTO_UNLOCK_CAP_COINS;
    const rule = await this.#feed.autoUnlockRule({ enabled, dailyCapCoins });
    if (rule.kind === 'ok') {
      this.#rule = rule.value;
      this.#feed.autoUnlock = rule.value.enabled;
      const on = `Episodes unlock by themselves, for ${coinsText(rule.value.dailyCapCoins)} a day at most.`;
      this.#events.toast(rule.value.enabled ? on : 'You are asked before each unlock.');
    } else this.#events.toast(failureText(rule));
    this.refresh();
  }

  open(item: FeedItemWire): void {
    this.#item = item;
    void this.loadRule();
    const wasOpen = this.sheet.isOpen;
    this.sheet.open(this.#content(item));
    if (!wasOpen) this.#events.onShown(item);
  }

  close(): void {
    this.#item = null;
    this.sheet.close();
  }

  /** Coins or the running unlock changed. */
  refresh(): void {
    if (this.#item !== null) this.sheet.update(this.#content(this.#item));
  }

  #content(item: FeedItemWire): Parameters<PaywallSheet['update']>[0] {
    const { coins, unlockingEpisodeId } = this.#feed.state;
    return {
      item,
      offer: currentOffer(item, coins),
      busy: unlockingEpisodeId === item.episode.id,
      coins,
      canAddDemoCoins: this.#canAddDemoCoins,
      autoUnlock: this.autoUnlock,
    };
  }

  async #unlock(): Promise<void> {
    const item = this.#item;
    if (item === null || this.#feed.state.unlockingEpisodeId !== null) return;
    const offer = currentOffer(item, this.#feed.state.coins);
    if (offer === null) return;
    if (offer.shortCoins > 0) {
      this.#events.toast(`You need ${coinsText(offer.shortCoins)} more for this episode.`);
      return;
    }
    this.#tell(item, await this.#feed.unlock(item.episode.id, offer.coins));
  }

  async #take(offer: OfferWire): Promise<void> {
    const item = this.#item;
    if (item === null || this.#feed.state.unlockingEpisodeId !== null) return;
    const isOver = offer.method === 'wait' && offer.readyAt !== null;
    if (offer.method === 'ad' || offer.method === 'pass') {
      this.#events.onOffer(item, offer, () => this.#recheck(item));
    } else if (isOver) await this.#recheck(item);
    else this.#tell(item, await this.#feed.take(item.episode.id, offer));
  }

  async #recheck(item: FeedItemWire): Promise<void> {
    const result = await this.#feed.recheck(item.episode.id);
    if (result.kind !== 'ok') this.#events.toast(failureText(result));
    else if (result.value.decision.access === 'full') {
      if (this.#item?.episode.id === item.episode.id) this.close();
      this.#events.onUnlocked();
    } else if (this.#item?.episode.id === item.episode.id) this.open(result.value);
  }

  #tell(item: FeedItemWire, outcome: UnlockOutcome): void {
    switch (outcome.kind) {
      case 'unlocked':
        if (this.#item === item) this.close();
        this.#events.onUnlocked();
        this.#events.toast(`Episode ${item.episode.number} unlocked. ${coinsText(outcome.coins)} left.`);
        return;
      case 'waiting': {
        const time = new Date(outcome.readyAt).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
        const fresh = this.#feed.state.items.find(({ episode }) => episode.id === item.episode.id);
        if (this.#item === item && fresh !== undefined) this.open(fresh);
        this.#events.toast(`Episode ${item.episode.number} is free at ${time}.`);
        return;
      }
      case 'short-of-coins':
        this.refresh();
        this.#events.toast(`You need ${coinsText(outcome.shortCoins)} more for this episode.`);
        return;
      case 'price-changed':
        if (this.#item === item) this.open(outcome.item);
        this.#events.toast('The price has changed. Nothing was charged.');
        return;
      case 'failed':
        this.#events.toast(failureText(outcome.failure));
    }
  }

  async #addCoins(): Promise<void> {
    const result = await this.#feed.addDemoCoins();
    if (result.kind === 'ok') this.#events.toast(`Added. You have ${coinsText(result.value)}.`);
    else if (result.kind === 'problem' && result.status === 404) this.#canAddDemoCoins = false;
    else this.#events.toast(failureText(result));
    this.refresh();
  }
}

function failureText(failure: EdgeFailure): string {
  if (failure.kind === 'unreachable') return 'No connection. Nothing was charged twice: press the button again.';
  return `That did not work (${failure.code}). Try again in a moment.`;
}
