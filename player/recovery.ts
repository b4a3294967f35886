/** When an episode stops loading: renews a lapsed media pass without a word, and gives up with one that helps. */
import type { FeedItemWire } from '../core/catalog/feed-wire.ts';
import type { EdgeFailure } from './edge-client.ts';
import type { EngineFailure } from './engine.ts';
import type { Feed } from './feed.ts';
import { PASS_RENEWAL_LIMIT, PASS_RENEWAL_WINDOW_MS } from './limits.ts';
import { NOT_PLAYABLE, noticeFor, type NoticeText } from './notice.ts';

export interface RecoveryEvents {
  readonly onRenewed: (item: FeedItemWire) => void;
  readonly onGivenUp: (episodeId: string, text: NoticeText, retry: () => void) => void;
  readonly onRetried: () => void;
  readonly isCurrent: (episodeId: string) => boolean;
}

export class Recovery {
  readonly #feed: Pick<Feed, 'refresh'>;
  readonly #events: RecoveryEvents;
  readonly #renewals = new Map<string, { readonly count: number; readonly lastMs: number }>();
  /** hls.js may report one refusal more than once. */
  readonly #underWay = new Set<string>();

  constructor(feed: Pick<Feed, 'refresh'>, events: RecoveryEvents) {
    this.#feed = feed;
    this.#events = events;
  }

  async handle(episodeId: string, failure: EngineFailure): Promise<void> {
    switch (failure) {
      case 'pass-refused':
        await this.#renew(episodeId);
        return;
      case 'rate-limited':
        this.#giveUp(episodeId, noticeFor(RATE_LIMITED, navigator.onLine));
        return;
      case 'network':
        this.#giveUp(episodeId, noticeFor({ kind: 'unreachable' }, navigator.onLine));
        return;
      case 'media':
        this.#giveUp(episodeId, NOT_PLAYABLE);
    }
  }

  async #renew(episodeId: string): Promise<void> {
    if (this.#underWay.has(episodeId)) return;
    const nowMs = performance.now();
    const earlier = this.#renewals.get(episodeId);
    // A pass that worked for a while and lapsed again is a long pause, not a refusal.
    const count = earlier !== undefined && nowMs - earlier.lastMs < PASS_RENEWAL_WINDOW_MS ? earlier.count : 0;
    if (count >= PASS_RENEWAL_LIMIT) {
      this.#giveUp(episodeId, NOT_PLAYABLE);
      return;
    }
    this.#renewals.set(episodeId, { count: count + 1, lastMs: nowMs });
    this.#underWay.add(episodeId);
    const result = await this.#feed.refresh(episodeId);
    this.#underWay.delete(episodeId);
    if (result.kind === 'ok') this.#events.onRenewed(result.value);
    else this.#giveUp(episodeId, noticeFor(result, navigator.onLine));
  }

  #giveUp(episodeId: string, text: NoticeText): void {
    this.#events.onGivenUp(episodeId, text, () => void this.#retry(episodeId));
  }

  async #retry(episodeId: string): Promise<void> {
    this.#renewals.delete(episodeId);
    const result = await this.#feed.refresh(episodeId);
    // The viewer may have gone on to another episode meanwhile.
    if (!this.#events.isCurrent(episodeId)) return;
    if (result.kind === 'ok') this.#events.onRetried();
    else this.#giveUp(episodeId, noticeFor(result, navigator.onLine));
  }
}

const RATE_LIMITED: EdgeFailure = { kind: 'problem', status: 429, code: 'rate-limited', title: '', offers: [] };
