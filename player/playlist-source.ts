/**
 * The playlists of one episode as hls.js sees them: text from the feed answer, so that a start costs no playlist round
 * trip, and after an unlock the whole episode's text under the URL hls.js already knows.
 */
import type { PlaybackWire } from '../core/catalog/feed-wire.ts';
import { pairMediaPlaylists } from './variants.ts';

export interface PlaylistText {
  /** Relative URIs in `text` are against this one. */
  readonly url: string;
  readonly text: string | null;
}

export class PlaylistSource {
  readonly url: string;
  #texts = new Map<string, string>();
  /** URL as hls.js first got it → URL of today. */
  #successors: ReadonlyMap<string, string> = new Map();
  readonly #base: string;

  constructor(playback: PlaybackWire, base: string) {
    this.#base = base;
    this.url = this.#absolute(playback.url);
    this.#texts = this.#textsOf(playback);
  }

  /** The answer for a URL hls.js asks for; `text` is null when it must come from the network. */
  resolve(asked: string): PlaylistText {
    const url = this.#successors.get(asked) ?? asked;
    return { url, text: this.#texts.get(url) ?? null };
  }

  /** Puts another pass (or the whole episode) behind the known URLs; false when the Renditions don't match. */
  replace(playback: PlaybackWire, original: PlaybackWire): boolean {
    const url = this.#absolute(playback.url);
    const texts = this.#textsOf(playback);
    const before = this.#textsOf(original).get(this.url);
    const after = texts.get(url);
    this.#texts = texts;
    this.#successors = new Map();
    if (before === undefined || after === undefined) return false;
    const pairs = new Map(pairMediaPlaylists({ url: this.url, text: before }, { url, text: after }));
    if (pairs.size === 0) return false;
    pairs.set(this.url, url);
    this.#successors = pairs;
    return true;
  }

  #textsOf(playback: PlaybackWire): Map<string, string> {
    return new Map(Object.entries(playback.playlists).map(([url, text]) => [this.#absolute(url), text]));
  }

  #absolute(url: string): string {
    return new URL(url, this.#base).href;
  }
}
