/** Where the bytes of one episode come from, for the loader that hls.js asks. */
import type { PlaybackWire } from '../../core/catalog/feed-wire.ts';
import type { Bandwidth } from '../bandwidth.ts';
import { BUNDLE_PATIENCE_MS } from '../limits.ts';
import { openTransfer, type MediaStore, type Transfer } from './media-store.ts';
import { objectKey } from './object-key.ts';
import type { PartBuffer } from './part-buffer.ts';

export interface SegmentSourceOptions {
  readonly store: MediaStore;
  readonly bandwidth: Bandwidth;
  /** What is said of the player with each request; empty for nothing. */
  readonly query: () => string;
  readonly onNetworkBytes: (key: string, bytes: number) => void;
}

export class SegmentSource {
  readonly #options: SegmentSourceOptions;
  readonly #inits = new Map<string, string>();
  /** Whether the first segment is appended chunk by chunk. Encrypted ones are faster whole: key and bytes come at once. */
  readonly isChunked: boolean;

  constructor(options: SegmentSourceOptions, playback: PlaybackWire) {
    this.#options = options;
    this.isChunked = !isEncrypted(playback);
    this.replace(playback);
  }

  replace(playback: PlaybackWire): void {
    for (const [url, base64] of Object.entries(playback.inits ?? {})) this.#inits.set(objectKey(url), base64);
  }

  init(url: string): ArrayBuffer | null {
    const base64 = this.#inits.get(objectKey(url));
    return base64 === undefined ? null : Uint8Array.from(atob(base64), (byte) => byte.charCodeAt(0)).buffer;
  }

  async find(url: string): Promise<PartBuffer | null> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const tooLate = new Promise<null>((resolve) => {
      timer = setTimeout(() => resolve(null), BUNDLE_PATIENCE_MS);
    });
    const found = await Promise.race([this.#options.store.find(url), tooLate]);
    clearTimeout(timer);
    return found?.end?.kind === 'broken' ? null : found;
  }

  open(url: string, range: string | undefined): Transfer {
    const { store, bandwidth, query, onNetworkBytes } = this.#options;
    const request = { url: withQuery(url, query()), priority: 'auto', bandwidth, onNetworkBytes } as const;
    // In the store it is known to be on its way, and not asked for twice.
    return range === undefined ? store.openSegment(request) : openTransfer({ ...request, range });
  }
}

export function withQuery(url: string, more: string): string {
  return more === '' ? url : `${url}${url.includes('?') ? '&' : '?'}${more}`;
}

function isEncrypted({ playlists, licenseUrl }: PlaybackWire): boolean {
  return licenseUrl !== undefined || Object.values(playlists).some((text) => /#EXT-X-(?:SESSION-)?KEY:/.test(text));
}
