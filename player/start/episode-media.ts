/** The media of one episode apart from any player: its ladder, the rung to start on, and the start-up bundle of it. */
import type { PlaybackWire } from '../../core/catalog/feed-wire.ts';
import type { Bandwidth } from '../bandwidth.ts';
import type { Bundle } from './bundle.ts';
import { firstRung, parseLadder, type LadderRung } from './ladder.ts';
import type { MediaStore, Transfer } from './media-store.ts';
import { rootKey } from './object-key.ts';
import { SegmentSource } from './segment-source.ts';

export interface MediaOptions {
  readonly base: string;
  readonly store: MediaStore;
  readonly bandwidth: Bandwidth;
  readonly viewportPx: () => number;
  /** What is said of the player with each request (CMCD); empty for nothing. */
  readonly query: () => string;
  readonly onNetworkBytes: (key: string, bytes: number) => void;
}

export class EpisodeMedia {
  readonly root: string;
  readonly source: SegmentSource;
  readonly #options: MediaOptions;
  #playback: PlaybackWire;
  #rung: LadderRung | null = null;

  constructor(playback: PlaybackWire, options: MediaOptions) {
    this.#options = options;
    this.#playback = playback;
    this.root = rootKey(this.#absolute(playback.url));
    this.source = new SegmentSource(options, playback);
  }

  get ladder(): readonly LadderRung[] {
    const url = this.#absolute(this.#playback.url);
    const playlists = Object.entries(this.#playback.playlists);
    const text = playlists.find(([known]) => this.#absolute(known) === url)?.[1];
    return text === undefined ? [] : parseLadder({ url, text });
  }

  /** Chosen once, from then on the same: what was fetched ahead has to fit. */
  get rung(): LadderRung | null {
    const { bandwidth, viewportPx } = this.#options;
    this.#rung ??= firstRung(this.ladder, bandwidth.bps, viewportPx());
    return this.#rung;
  }

  get bundle(): Bundle | null {
    return this.#options.store.bundle(this.root);
  }

  /** Asks for the bundle unless it is here or on its way; null where there is none. */
  openBundle(priority: 'high' | 'low', segments: number = 1): Bundle | null {
    const { startUrl } = this.#playback;
    const rendition = this.rung?.rendition ?? null;
    if (startUrl === null || startUrl === undefined || rendition === null) return null;
    const known = this.bundle;
    if (known !== null) return known;
    const { store, bandwidth, query, onNetworkBytes } = this.#options;
    const url = this.#absolute(startUrl);
    return store.openBundle(this.root, {
      startUrl: url.replaceAll('%7Brendition%7D', '{rendition}'),
      rendition,
      segments,
      query: query(),
      priority,
      bandwidth,
      onNetworkBytes,
    });
  }

  openSegment(url: string): Transfer {
    const { store, bandwidth, onNetworkBytes } = this.#options;
    return store.openSegment({ url, priority: 'low', bandwidth, onNetworkBytes });
  }

  replace(playback: PlaybackWire): void {
    this.#playback = playback;
    this.source.replace(playback);
    // The pass is in the rung's URL; which rung it is stays.
    const rendition = this.#rung?.rendition ?? null;
    this.#rung = (rendition === null ? null : this.ladder.find((rung) => rung.rendition === rendition)) ?? null;
  }

  abort(): void {
    this.#options.store.abort(this.root);
  }

  #absolute(url: string): string {
    return new URL(url, this.#options.base).href;
  }
}
