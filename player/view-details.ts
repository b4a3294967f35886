/** Collects what a view tells beside what was watched, while it lasts. */
import {
  RENDITIONS_PER_VIEW,
  SEEKS_PER_VIEW,
  PLAYS_PER_VIEW,
  type OfferMethod,
  type RenditionShown,
  type Seek,
  type StartSource,
  type WentTo,
  type ViewDetailsWire,
} from '../core/qoe/details.ts';
import type { WatchedIntervals } from '../core/qoe/intervals.ts';
import type { ViewState } from '../core/qoe/view.ts';
import type { RenditionChange } from './engine.ts';
import { LONGEST_FRAME_SECONDS } from './limits.ts';
import { listen } from './listen.ts';

/** What is counted elsewhere, as it stands when the view is told. */
export interface ViewCounters {
  readonly fetchedBytes: () => number;
  readonly unwatchedBytes: (watched: WatchedIntervals) => number;
  readonly aheadBytes: () => number;
  readonly bandwidthBps: () => number | null;
}

/** Where a viewer is after an episode; null where it is the same one, begun anew. */
export function wentTo(fromIndex: number, toIndex: number): WentTo | null {
  if (toIndex === fromIndex) return null;
  return toIndex === fromIndex + 1 ? 'next' : toIndex === fromIndex - 1 ? 'previous' : 'other';
}

export class ViewDetails {
  startSource: StartSource | null = null;
  muteChanges = 0;
  paywallShown = false;
  unlockMs: number | null = null;
  error: string | null = null;
  offerTaken: OfferMethod | null = null;
  wentTo: WentTo | null = null;
  replays = 0;
  #captionChanges = 0;
  readonly #counters: ViewCounters;
  readonly #renditions: RenditionShown[] = [];
  readonly #seeks: Seek[] = [];
  /** An element counts its frames over its whole life. */
  #framesBefore = { total: 0, dropped: 0 };
  #video: HTMLVideoElement | null = null;
  #lastSeconds = 0;

  constructor(counters: ViewCounters) {
    this.#counters = counters;
  }

  follow(video: HTMLVideoElement): () => void {
    this.#video = video;
    this.#framesBefore = framesOf(video);
    let wasMuted = video.muted;
    const onVolume = (): void => {
      if (video.muted !== wasMuted) this.muteChanges += 1;
      wasMuted = video.muted;
    };
    const onTime = (): void => {
      if (!video.seeking) this.#lastSeconds = video.currentTime;
    };
    let seekFrom: number | null = null;
    let toSeconds = 0;
    const onSeeking = (): void => {
      seekFrom ??= round(this.#lastSeconds);
      // Where it was sought to: once that is told to be reached, a busy page has played on.
      toSeconds = round(video.currentTime);
    };
    const onSeeked = (): void => {
      // Within a frame it is no viewer's: a warm episode waits at the end of its first (hls-engine.ts).
      const from = seekFrom;
      seekFrom = null;
      if (from === null || Math.abs(toSeconds - from) <= LONGEST_FRAME_SECONDS) return;
      if (this.#seeks.length < SEEKS_PER_VIEW) this.#seeks.push({ fromSeconds: from, toSeconds });
    };
    let captions = captionsOf(video);
    const onCaptions = (): void => {
      const now = captionsOf(video);
      // What is put on before it plays is the wish of an earlier time.
      if (now !== captions && this.#lastSeconds > LONGEST_FRAME_SECONDS) this.#captionChanges += 1;
      captions = now;
    };
    const unlisten = listen(video, {
      volumechange: onVolume,
      timeupdate: onTime,
      seeking: onSeeking,
      seeked: onSeeked,
    });
    const unlistenTracks = listen(video.textTracks, { change: onCaptions });
    return () => {
      unlisten();
      unlistenTracks();
    };
  }

  rendition({ bandwidthBps, heightPx }: RenditionChange): void {
    const atSeconds = round(this.#video?.currentTime ?? 0);
    if (this.#renditions.length < RENDITIONS_PER_VIEW) this.#renditions.push({ atSeconds, bandwidthBps, heightPx });
  }

  /** `place` is that of the view in its visit, which began at `sinceMs` of the same clock. */
  toWire(view: ViewState, place: { readonly index: number; readonly sinceMs: number }): ViewDetailsWire {
    const { fetchedBytes, unwatchedBytes, aheadBytes, bandwidthBps } = this.#counters;
    const bps = bandwidthBps();
    const video = this.#video;
    const now = video === null ? null : framesOf(video);
    const before = this.#framesBefore;
    return {
      startSource: this.startSource,
      renditions: this.#renditions,
      seeks: this.#seeks,
      // Another source starts the element's count anew.
      frames: now === null ? null : now.total < before.total ? now : less(now, before),
      bytes: { fetched: fetchedBytes(), unwatched: unwatchedBytes(view.watched), ahead: aheadBytes() },
      bandwidthBps: bps === null ? null : Math.round(bps),
      muted: video?.muted ?? true,
      muteChanges: this.muteChanges,
      paywallShown: this.paywallShown,
      unlockMs: this.unlockMs === null ? null : Math.round(this.unlockMs),
      error: this.error,
      // With too many to tell, what was watched is told alone.
      plays: view.plays.length > PLAYS_PER_VIEW ? null : view.plays.map(([from, to]) => [round(from), round(to)]),
      place: {
        index: place.index,
        intentMs: since(view.intentAtMs, place.sinceMs) ?? 0,
        endedMs: since(view.endedAtMs, place.sinceMs),
        leftMs: since(view.leftAtMs, place.sinceMs),
      },
      offerTaken: this.offerTaken,
      captions: { language: captionsOf(video), changes: this.#captionChanges },
      wentTo: this.wentTo,
      replays: this.replays,
    };
  }
}

/** BCP 47; `und` where nobody says. */
function captionsOf(video: HTMLVideoElement | null): string | null {
  const shown = [...(video?.textTracks ?? [])].find(({ mode }) => mode === 'showing');
  return shown ? shown.language || 'und' : null;
}

/** The page may have been asked for before it had a visit. */
function since(atMs: number | null, sinceMs: number): number | null {
  return atMs === null ? null : Math.max(0, Math.round(atMs - sinceMs));
}

type Frames = { readonly total: number; readonly dropped: number };

function framesOf(video: HTMLVideoElement): Frames {
  const { totalVideoFrames: total, droppedVideoFrames: dropped } = video.getVideoPlaybackQuality();
  return { total, dropped };
}

function less(now: Frames, before: Frames): Frames {
  return { total: now.total - before.total, dropped: Math.max(0, now.dropped - before.dropped) };
}

function round(seconds: number): number {
  return Math.round(seconds * 100) / 100;
}
