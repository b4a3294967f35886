/** The feed as the preload policy sees it. */
import type { FeedItemWire } from '../../core/catalog/feed-wire.ts';
import type { CurrentEpisode, PreloadEpisode, PreloadState } from '../../core/preload/state.ts';
import { decodeSurvival } from '../../core/preload/survival.ts';
import { secondsAhead } from '../buffered.ts';
import { type EpisodeMedia, HEAD_SHARE } from '../start/episode-media.ts';
import { objectKey } from '../start/object-key.ts';
import type { PreloaderOptions, PreloadQueue } from './preloader.ts';

type Parts = Pick<PreloaderOptions, 'library' | 'player' | 'device'>;

export function toPreloadState({ current, next, attachedBehind }: PreloadQueue, parts: Parts): PreloadState {
  return {
    current: toCurrent(current, parts),
    queue: next.map((item) => ({ ...toEpisode(item, parts, true), attached: parts.player(item.episode.id) !== null })),
    attachedBehind,
    bandwidthBps: parts.library.bandwidth.bps,
    requestSeconds: parts.library.bandwidth.requestMs / 1_000,
    underWay: parts.library.bandwidth.underWay,
    device: parts.device.state,
  };
}

function toCurrent(item: FeedItemWire, parts: Parts): CurrentEpisode {
  const video = parts.player(item.episode.id)?.video;
  const bufferedSeconds = video === undefined ? 0 : secondsAhead(video);
  // Whatever refuses what plays is met, and told, by the engine: nothing is held back here.
  return { ...toEpisode(item, parts, false), playheadSeconds: video?.currentTime ?? 0, bufferedSeconds };
}

function toEpisode(item: FeedItemWire, parts: Parts, isAhead: boolean): PreloadEpisode {
  const media = parts.library.of(item);
  const segments = media?.segments ?? [];
  const { survival, durationSeconds } = item.episode;
  const fetched = media === null ? 0 : fetchedSegments(item, media, parts);
  return {
    durationSeconds,
    survival: survival === undefined ? null : decodeSurvival(survival),
    segmentEndsSeconds: segments.map(({ toSeconds }) => toSeconds),
    playableSegments: isAhead && media?.isPassRefused === true ? fetched : segments.length,
    bytesPerSecond: (media?.rung?.bandwidthBps ?? 0) / 8,
    fetchedSegments: fetched,
    head: media?.canHead === true ? { share: HEAD_SHARE, state: media.head } : null,
  };
}

/** From the first on, here or on their way. */
function fetchedSegments(item: FeedItemWire, media: EpisodeMedia, { library, player }: Parts): number {
  const { segments } = media;
  const attached = player(item.episode.id);
  let fetched = 0;
  if (attached !== null) {
    const endSeconds = attached.video.currentTime + secondsAhead(attached.video) + ROUNDING_SECONDS;
    fetched = segments.filter(({ toSeconds }) => toSeconds <= endSeconds).length;
  }
  const rungUrl = attached?.engine.nextRungUrl ?? null;
  if (fetched === 0) {
    if (media.first !== 'whole') return 0;
    fetched = 1;
  }
  for (; fetched < segments.length; fetched++) {
    const url = media.segmentUrl(fetched, rungUrl);
    if (url === null || !library.store.holds(objectKey(url))) break;
  }
  return fetched;
}

/** Buffered ranges end some milliseconds before what the playlist says. */
const ROUNDING_SECONDS = 0.15;
