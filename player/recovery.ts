/** When an episode stops loading: renews a lapsed media pass without a word, and gives up with one that helps. */
import type { FeedItemWire } from '../core/catalog/feed-wire.ts';
import type { EdgeFailure } from './edge-client.ts';
import type { EngineFailure } from './engine.ts';
import type { FeedData } from './feed.ts';
import { PASS_RENEWAL_LIMIT, PASS_RENEWAL_WINDOW_MS } from './limits.ts';

/** Why an episode does not play: what the edge said, no network, or media that cannot be played. */
export type PlaybackFailure = EdgeFailure | { readonly kind: 'not-playable' };

export interface RecoveryEvents {
  readonly onRenewed: (item: FeedItemWire) => void;
  readonly onGivenUp: (episodeId: string, failure: PlaybackFailure, retry: () => void) => void;
  readonly onRetried: () => void;
  readonly isCurrent: (episodeId: string) => boolean;
}

export class Recovery {
  readonly #feed: Pick<FeedData, 'refresh'>;
  readonly #events: RecoveryEvents;
  readonly #renewals = new Map<string, { readonly count: number; readonly lastMs: number }>();
  /** hls.js may report one refusal more than once. */
  readonly #underWay = new Set<string>();

  constructor(feed: Pick<FeedData, 'refresh'>, events: RecoveryEvents) {
    this.#feed = feed;
    this.#events = events;
  }

  async handle(episodeId: string, failure: EngineFailure): Promise<void> {
    switch (failure) {
      case 'pass-refused':
        await this.#renew(episodeId);
        return;
      case 'rate-limited':
        this.#giveUp(episodeId, RATE_LIMITED);
        return;
      case 'network':
        this.#giveUp(episodeId, { kind: 'unreachable' });
        return;
      case 'media':
        this.#giveUp(episodeId, { kind: 'not-playable' });
    }
  }

  async #renew(episodeId: string): Promise<void> {
    if (this.#underWay.has(episodeId)) return;
    const nowMs = performance.now();
    const earlier = this.#renewals.get(episodeId);
    // A pass that worked for a while and lapsed again is a long pause, not a refusal.
    const count = earlier !== undefined && nowMs - earlier.lastMs < PASS_RENEWAL_WINDOW_MS ? earlier.count : 0;
    if (count >= PASS_RENEWAL_LIMIT) {
      this.#giveUp(episodeId, { kind: 'not-playable' });
      return;
    }
    this.#renewals.set(episodeId, { count: count + 1, lastMs: nowMs });
    this.#underWay.add(episodeId);
    const result = await this.#feed.refresh(episodeId);
    this.#underWay.delete(episodeId);
    if (result.kind === 'ok') this.#events.onRenewed(result.value);
    else this.#giveUp(episodeId, result);
  }

  #giveUp(episodeId: string, failure: PlaybackFailure): void {
    this.#events.onGivenUp(episodeId, failure, () => void this.#retry(episodeId));
  }

  async #retry(episodeId: string): Promise<void> {
    this.#renewals.delete(episodeId);
    const result = await this.#feed.refresh(episodeId);
    // The viewer may have gone on to another episode meanwhile.
    if (!this.#events.isCurrent(episodeId)) return;
    if (result.kind === 'ok') this.#events.onRetried();
    else this.#giveUp(episodeId, result);
  }
}

const RATE_LIMITED: EdgeFailure = { kind: 'problem', status: 429, code: 'rate-limited', title: '', offers: [] };
