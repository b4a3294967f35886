/** Renews media passes in the background, before they lapse: what plays never meets a refusal. */
import type { FeedItemWire } from '../core/catalog/feed-wire.ts';
import type { FeedData } from './feed.ts';
import { PASS_EXPIRY_MARGIN_MS } from './limits.ts';

export interface RenewalOptions {
  readonly feed: Pick<FeedData, 'refresh'>;
  /** The episodes whose passes are in use or about to be. */
  readonly items: () => readonly FeedItemWire[];
  readonly onRenewed: (item: FeedItemWire) => void;
  readonly wallMs: () => number;
}

export class Renewal {
  readonly #options: RenewalOptions;
  /** Answers that were about to lapse as they came: a wrong clock here. Their passes are renewed when they are refused. */
  readonly #untimely = new Set<string>();
  readonly #underWay = new Set<string>();
  /** When those that could not be renewed are tried again. */
  readonly #laterMs = new Map<string, number>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isStopped = false;

  constructor(options: RenewalOptions) {
    this.#options = options;
  }

  /** Items came or changed: waits for the first of them to lapse. */
  plan(): void {
    clearTimeout(this.#timer);
    const due = this.#isStopped ? null : this.#next();
    if (due === null) return;
    this.#timer = setTimeout(() => this.#onTimer(due.item), Math.min(Math.max(0, due.inMs), LONGEST_TIMER_MS));
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  #next(): { readonly item: FeedItemWire; readonly inMs: number } | null {
    const timed = this.#options
      .items()
      .filter(
        ({ episode: { id }, playback }) => playback !== null && !this.#untimely.has(id) && !this.#underWay.has(id),
      )
      .map((item) => ({ item, inMs: this.#inMs(item) }));
    // A time that is none is nothing to wait for.
    const due = timed.filter(({ inMs }) => Number.isFinite(inMs)).toSorted((a, b) => a.inMs - b.inMs)[0];
    return due ?? null;
  }

  #onTimer(item: FeedItemWire): void {
    if (this.#inMs(item) > 0) this.plan();
    else void this.#renew(item);
  }

  async #renew({ episode }: FeedItemWire): Promise<void> {
    this.#underWay.add(episode.id);
    const result = await this.#options.feed.refresh(episode.id);
    this.#underWay.delete(episode.id);
    // Asked again a little later, the others meanwhile in their turn; a refusal still has its own way (recovery.ts).
    if (result.kind !== 'ok') {
      this.#laterMs.set(episode.id, this.#options.wallMs() + PASS_EXPIRY_MARGIN_MS / 4);
      return this.plan();
    }
    this.#laterMs.delete(episode.id);
    if (this.#leftMs(result.value) <= PASS_EXPIRY_MARGIN_MS) this.#untimely.add(episode.id);
    this.#options.onRenewed(result.value);
    this.plan();
  }

  #inMs(item: FeedItemWire): number {
    const laterMs = (this.#laterMs.get(item.episode.id) ?? 0) - this.#options.wallMs();
    return Math.max(this.#leftMs(item) - PASS_EXPIRY_MARGIN_MS, laterMs);
  }

  #leftMs({ playback }: FeedItemWire): number {
    return Date.parse(playback?.expiresAt ?? '') - this.#options.wallMs();
  }
}

/** Beyond 2^31 ms a timer fires at once. */
const LONGEST_TIMER_MS = 3_600_000;
