/**
 * Unlocks the next episode without asking, where the viewer has said so (`feed.autoUnlock`) and the edge agrees: the rule
 * and its limit a day are kept there (docs/decisions/021). Only what is about to stop is unlocked, never what a viewer
 * swipes past.
 */
import type { FeedItemWire } from '../core/catalog/feed-wire.ts';
import { currentOffer } from './feed-state.ts';
import type { FeedData, UnlockOutcome } from './feed.ts';

export type Unlock = (episodeId: string, expectedCoins: number) => Promise<UnlockOutcome>;

export class AutoUnlock {
  enabled = false;
  readonly #feed: Pick<FeedData, 'state'>;
  readonly #underWay = new Map<string, Promise<UnlockOutcome>>();
  /** Asked for and refused: the viewer decides. */
  readonly #refused = new Set<string>();

  constructor(feed: Pick<FeedData, 'state'>) {
    this.#feed = feed;
  }

  /** null when there is nothing to unlock without asking. The same promise however often it is asked. */
  start(item: FeedItemWire, unlock: Unlock): Promise<UnlockOutcome> | null {
    const { id } = item.episode;
    if (!this.enabled || item.decision.access === 'full' || this.#refused.has(id)) return null;
    const known = this.#underWay.get(id);
    if (known !== undefined) return known;
    const offer = currentOffer(item, this.#feed.state.coins);
    if (offer === null || offer.shortCoins > 0) return null;
    const underWay = unlock(id, offer.coins).then((outcome) => {
      this.#underWay.delete(id);
      if (outcome.kind !== 'unlocked') this.#refused.add(id);
      return outcome;
    });
    this.#underWay.set(id, underWay);
    return underWay;
  }
}
