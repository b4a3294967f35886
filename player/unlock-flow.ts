/** From a closed episode to a playing one: the sheet, the coins, and what to say when it does not work. */
import type { FeedItemWire } from '../core/catalog/feed-wire.ts';
import { coinsText } from './dom.ts';
import type { EdgeFailure } from './edge-client.ts';
import { currentOffer } from './feed-state.ts';
import type { FeedData } from './feed.ts';
import { PaywallSheet } from './paywall-sheet.ts';

export interface UnlockFlowEvents {
  readonly onUnlocked: (item: FeedItemWire, requestedAtMs: number) => void;
  readonly onDismissed: () => void;
  readonly onShown: (item: FeedItemWire) => void;
  readonly toast: (message: string) => void;
}

export class UnlockFlow {
  readonly sheet: PaywallSheet;
  readonly #feed: FeedData;
  readonly #events: UnlockFlowEvents;
  #item: FeedItemWire | null = null;
  #canAddDemoCoins: boolean;

  constructor(feed: FeedData, canAddDemoCoins: boolean, events: UnlockFlowEvents) {
    this.#feed = feed;
    this.#canAddDemoCoins = canAddDemoCoins;
    this.#events = events;
    this.sheet = new PaywallSheet({
      onUnlock: () => void this.#unlock(),
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

  open(item: FeedItemWire): void {
    this.#item = item;
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
      canAddDemoCoins: this.#canAddDemoCoins,
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
    const requestedAtMs = performance.now();
    const outcome = await this.#feed.unlock(item.episode.id, offer.coins);
    switch (outcome.kind) {
      case 'unlocked':
        if (this.#item === item) this.close();
        this.#events.onUnlocked(outcome.item, requestedAtMs);
        this.#events.toast(`Episode ${item.episode.number} unlocked. ${coinsText(outcome.coins)} left.`);
        return;
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
