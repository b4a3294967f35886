/** The feed as the preload policy sees it. */
import type { FeedItemWire } from '../../core/catalog/feed-wire.ts';
import type { CurrentEpisode, PreloadEpisode, PreloadState } from '../../core/preload/state.ts';
import { decodeSurvival } from '../../core/preload/survival.ts';
import { secondsAhead } from '../buffered.ts';
import { objectKey } from '../start/object-key.ts';
import type { SegmentTime } from '../start/segments.ts';
import type { PreloaderOptions, PreloadQueue } from './preloader.ts';

type Parts = Pick<PreloaderOptions, 'library' | 'player' | 'device'>;

export function toPreloadState({ current, next, attachedBehind }: PreloadQueue, parts: Parts): PreloadState {
  return {
    current: toCurrent(current, parts),
    queue: next.map((item) => ({ ...toEpisode(item, parts), attached: parts.player(item.episode.id) !== null })),
    attachedBehind,
    bandwidthBps: parts.library.bandwidth.bps,
    device: parts.device.state,
  };
}

function toCurrent(item: FeedItemWire, parts: Parts): CurrentEpisode {
  const video = parts.player(item.episode.id)?.video;
  const bufferedSeconds = video === undefined ? 0 : secondsAhead(video);
  return { ...toEpisode(item, parts), playheadSeconds: video?.currentTime ?? 0, bufferedSeconds };
}

function toEpisode(item: FeedItemWire, parts: Parts): PreloadEpisode {
  const media = parts.library.of(item);
  const segments = media?.segments ?? [];
  const { survival, durationSeconds } = item.episode;
  return {
    durationSeconds,
    survival: survival === undefined ? null : decodeSurvival(survival),
    segmentEndsSeconds: segments.map(({ toSeconds }) => toSeconds),
    playableSegments: segments.length,
    bytesPerSecond: (media?.rung?.bandwidthBps ?? 0) / 8,
    fetchedSegments: media === null ? 0 : fetchedSegments(item, segments, parts),
  };
}

/** From the first on, here or on their way. */
function fetchedSegments(item: FeedItemWire, segments: readonly SegmentTime[], { library, player }: Parts): number {
  const attached = player(item.episode.id);
  if (attached !== null) {
    const { video, engine } = attached;
    const endSeconds = video.currentTime + secondsAhead(video) + ROUNDING_SECONDS;
    const here = segments.filter(({ toSeconds }) => toSeconds <= endSeconds).length;
    return Math.min(segments.length, here + (engine.isLoading ? 1 : 0));
  }
  const isHere = (segment: SegmentTime, index: number): boolean =>
    library.store.holds(objectKey(segment.url)) || (index === 0 && library.of(item)?.bundle?.outcome === null);
  const missing = segments.findIndex((segment, index) => !isHere(segment, index));
  return missing === -1 ? segments.length : missing;
}

/** Buffered ranges end some milliseconds before what the playlist says. */
const ROUNDING_SECONDS = 0.15;
