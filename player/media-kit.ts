/**
 * All that touches media: the pool, the bytes, the preloading. Fetched beside the first page of the feed and beside
 * hls.js, so that the core stays small and nothing waits for it.
 */
import { browserBandwidth } from './bandwidth.ts';
import { MediaLibrary } from './media-library.ts';
import { Playback, type PlaybackOptions } from './playback.ts';
import { poolSize } from './pool.ts';
import { followDevice } from './preload/device.ts';
import { Preloader, type PreloaderOptions } from './preload/preloader.ts';

export interface MediaKitOptions {
  readonly playback: Omit<PlaybackOptions, 'poolSize' | 'library'>;
  readonly preload: Pick<PreloaderOptions, 'queue' | 'onPlan'>;
  readonly query: (episodeId: string) => string;
}

export interface MediaKit {
  readonly library: MediaLibrary;
  readonly playback: Playback;
  readonly preloader: Preloader;
}

export function createMediaKit({ playback: options, preload, query }: MediaKitOptions): MediaKit {
  const library = new MediaLibrary({ base: options.base, bandwidth: browserBandwidth(), query });
  const playback = new Playback({ ...options, poolSize: poolSize(), library });
  const preloader = new Preloader({
    ...preload,
    library,
    device: followDevice(),
    player: (episodeId) => playback.find(episodeId),
    attach: (item) => playback.attach(item),
  });
  return { library, playback, preloader };
}
