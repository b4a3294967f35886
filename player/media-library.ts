/** The media of the feed's episodes: one ladder, bundle and account of bytes each, one memory and one measure for all. */
import type { FeedItemWire, PlaybackWire } from '../core/catalog/feed-wire.ts';
import type { Bandwidth } from './bandwidth.ts';
import { ByteAccount } from './byte-account.ts';
import { viewportPx } from './hls-settings.ts';
import { EpisodeMedia } from './start/episode-media.ts';
import { MediaStore } from './start/media-store.ts';
import { parseSegments } from './start/segments.ts';

export interface LibraryOptions {
  readonly base: string;
  readonly bandwidth: Bandwidth;
  /** What is said of the player with each request for this episode; empty for nothing. */
  readonly query: (episodeId: string) => string;
}

interface Entry {
  readonly media: EpisodeMedia;
  readonly account: ByteAccount;
  playback: PlaybackWire;
}

export class MediaLibrary {
  readonly store: MediaStore = new MediaStore();
  readonly bandwidth: Bandwidth;
  readonly #options: LibraryOptions;
  readonly #entries = new Map<string, Entry>();

  constructor(options: LibraryOptions) {
    this.#options = options;
    this.bandwidth = options.bandwidth;
  }

  /** null while nothing of the episode may be played. */
  of({ episode, playback }: FeedItemWire): EpisodeMedia | null {
    if (playback === null) return null;
    const known = this.#entries.get(episode.id);
    if (known !== undefined && known.playback === playback) return known.media;
    if (known === undefined) return this.#open(episode.id, playback).media;
    this.#learn(known, playback);
    return known.media;
  }

  account(episodeId: string): ByteAccount | null {
    return this.#entries.get(episodeId)?.account ?? null;
  }

  /** Fetched of episodes that are not among these. */
  bytesBeyond(viewedIds: ReadonlySet<string>): number {
    const ahead = [...this.#entries].filter(([episodeId]) => !viewedIds.has(episodeId));
    return ahead.reduce((sum, [, { account }]) => sum + account.fetchedBytes, 0);
  }

  destroy(): void {
    this.store.destroy();
    this.bandwidth.remember();
  }

  #open(episodeId: string, playback: PlaybackWire): Entry {
    const { base, bandwidth, query } = this.#options;
    const account = new ByteAccount();
    const media = new EpisodeMedia(playback, {
      base,
      bandwidth,
      store: this.store,
      viewportPx,
      query: () => query(episodeId),
      onNetworkBytes: (key, bytes) => account.add(key, bytes),
    });
    const entry = { media, account, playback };
    this.#entries.set(episodeId, entry);
    account.know(this.#segments(playback));
    return entry;
  }

  #learn(entry: Entry, playback: PlaybackWire): void {
    entry.playback = playback;
    entry.media.replace(playback);
    entry.account.know(this.#segments(playback));
  }

  #segments({ playlists }: PlaybackWire): ReturnType<typeof parseSegments> {
    return Object.entries(playlists).flatMap(([url, text]) =>
      parseSegments({ url: new URL(url, this.#options.base).href, text }),
    );
  }
}
