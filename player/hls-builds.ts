/**
 * hls.js, fetched when it is needed: the light build (101 instead of 155 KB brotli) where it can do all that the episode
 * asks for, the whole one for other audio languages, captions and encrypted media.
 */
import type Hls from 'hls.js';
import type { PlaybackWire } from '../core/catalog/feed-wire.ts';
import { importAgain } from './import-again.ts';

export type HlsClass = typeof Hls;
type Build = 'light' | 'full';

const loading = new Map<Build, Promise<HlsClass>>();
const loaded = new Map<Build, HlsClass>();

/** null while it is not there yet. */
export function loadedHls(build: Build): HlsClass | null {
  return loaded.get(build) ?? null;
}

export function loadHls(build: Build): Promise<HlsClass> {
  let promise = loading.get(build);
  if (promise === undefined) {
    promise = importAgain(() => (build === 'light' ? import('hls.js/light') : import('hls.js')), 'default').then(
      (module) => module.default,
    );
    loading.set(build, promise);
    // A network that was gone for a moment must not make it gone for good.
    promise.then(
      (HlsJs) => loaded.set(build, HlsJs),
      () => loading.delete(build),
    );
  }
  return promise;
}

export function buildFor({ licenseUrl, playlists }: PlaybackWire): Build {
  if (licenseUrl !== undefined) return 'full';
  const needsMore = (text: string): boolean => /#EXT-X-(?:DEFINE|SESSION-KEY):|#EXT-X-MEDIA:.*URI=/.test(text);
  return Object.values(playlists).some(needsMore) ? 'full' : 'light';
}

/** As hls.js asks it, without loading hls.js to ask. */
export function hasMediaSource(): boolean {
  const scope = globalThis as { MediaSource?: typeof MediaSource; ManagedMediaSource?: typeof MediaSource };
  const source = scope.MediaSource ?? scope.ManagedMediaSource;
  return source?.isTypeSupported('video/mp4; codecs="avc1.42E01E,mp4a.40.2"') === true;
}
