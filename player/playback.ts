/** Plays the current episode, keeps the next one warm, stops a preview at its end and goes on after an unlock. */
import type { FeedItemWire } from '../core/catalog/feed-wire.ts';
import type { EngineFailure, RenditionChange } from './engine.ts';
import { PREVIEW_STOP_MARGIN_SECONDS, SAFE_AHEAD_SECONDS } from './limits.ts';
import type { MediaLibrary } from './media-library.ts';
import type { ProgressView } from './overlay.ts';
import { isPreview, PlayerPool, secondsAhead, type Player } from './pool.ts';
import type { SlidePhase } from './slide.ts';
import { onNextFrame, whilePlaying } from './video-frames.ts';
import type { ViewTracker } from './view-tracker.ts';

export interface PlaybackEvents {
  readonly onPhase: (episodeId: string, phase: SlidePhase) => void;
  readonly onProgress: (progress: ProgressView) => void;
  readonly onPreviewEnd: (item: FeedItemWire) => void;
  readonly onEnd: (item: FeedItemWire) => void;
  readonly onFirstFrame: (item: FeedItemWire, startupMs: number, wasWarm: boolean) => void;
  readonly onFailure: (player: Player, failure: EngineFailure, detail: string) => void;
  readonly onRendition: (player: Player, change: RenditionChange) => void;
  readonly onAutoplayRefused: () => void;
}

export interface PlaybackOptions {
  readonly poolSize: number;
  readonly base: string;
  readonly library: MediaLibrary;
  readonly createVideo: () => HTMLVideoElement;
  readonly mount: (episodeId: string, video: HTMLVideoElement) => void;
  readonly events: PlaybackEvents;
}

export interface Activation {
  readonly item: FeedItemWire;
  readonly next: FeedItemWire | null;
  readonly previous: FeedItemWire | null;
  readonly intentAtMs: number;
  readonly autoplay: boolean;
  readonly view: ViewTracker;
}

export class Playback {
  readonly #options: PlaybackOptions;
  readonly #pool: PlayerPool;
  #muted = true;
  #activation: Activation | null = null;
  #player: Player | null = null;
  #previewEnded = false;
  #stopListening: () => void = () => undefined;

  constructor(options: PlaybackOptions) {
    this.#options = options;
    const { poolSize: size, base, library, createVideo, events } = options;
    const { onFailure, onRendition } = events;
    this.#pool = new PlayerPool({ size, base, library, createVideo, onFailure, onRendition });
  }

  get video(): HTMLVideoElement | null {
    return this.#player?.video ?? null;
  }

  get muted(): boolean {
    return this.#muted;
  }

  set muted(muted: boolean) {
    this.#muted = muted;
    for (const video of this.#pool.videos) video.muted = muted;
  }

  activate(activation: Activation): void {
    this.#stopListening();
    this.#player?.video.pause();
    this.#activation = activation;
    this.#previewEnded = false;
    const { item, next, previous } = activation;
    const wasWarm = this.#pool.find(item.episode.id) !== null;
    const keep = [item, next, previous].flatMap((kept) => (kept === null ? [] : [kept.episode.id]));
    this.#player = this.#pool.prepare(item, keep);
    this.#pool.setActive(item.episode.id);
    // One of up to three elements is the one that is watched: tests ask for it by this name.
    for (const video of this.#pool.videos) video.removeAttribute('data-testid');
    this.#player?.video.setAttribute('data-testid', 'video');
    if (this.#player === null) {
      this.#options.events.onPhase(item.episode.id, 'needs-unlock');
      this.#report(0);
      if (next !== null) this.#prepare(next, keep);
      return;
    }
    this.#options.mount(item.episode.id, this.#player.video);
    this.#listen(this.#player, activation, wasWarm, keep);
    if (this.#isAtLimit(this.#player.video)) this.#player.video.currentTime = 0;
    this.#report(this.#player.video.currentTime);
    if (activation.autoplay) this.play();
    else this.#options.events.onPhase(item.episode.id, 'paused');
  }

  play(): void {
    const player = this.#player;
    if (player === null || this.#previewEnded) return;
    if (player.video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) {
      this.#options.events.onPhase(player.episodeId, 'starting');
    }
    player.video.muted = this.#muted;
    player.video.play().catch((error: unknown) => {
      // AbortError: paused again before it began, by a swipe. Only a refusal concerns the viewer.
      if (!(error instanceof DOMException) || error.name !== 'NotAllowedError' || player !== this.#player) return;
      if (!this.#muted) {
        this.muted = true;
        this.play();
      } else this.#options.events.onPhase(player.episodeId, 'paused');
      this.#options.events.onAutoplayRefused();
    });
  }

  pause(): void {
    this.#player?.video.pause();
  }

  restart(): void {
    if (this.#player === null) return;
    this.#previewEnded = false;
    this.#player.video.currentTime = 0;
    this.play();
  }

  seek(seconds: number): void {
    const player = this.#player;
    if (player === null) return;
    const limit = this.#playableSeconds(player) - PREVIEW_STOP_MARGIN_SECONDS;
    player.video.currentTime = Math.min(Math.max(0, seconds), Math.max(0, limit));
    if (seconds < limit) this.#previewEnded = false;
    this.#report(player.video.currentTime);
  }

  /** After an unlock or a renewed pass. Resolves with the milliseconds to the first frame beyond the old limit. */
  async replace(item: FeedItemWire, goOn: boolean): Promise<number | null> {
    const player = this.#pool.find(item.episode.id);
    const begun = performance.now();
    if (player === null || player !== this.#player) {
      this.#pool.replace(item, false);
      return null;
    }
    const limit = this.#playableSeconds(player);
    this.#pool.replace(item, goOn);
    this.#previewEnded = false;
    this.#report(player.video.currentTime);
    if (!goOn) return null;
    this.play();
    const frames = onNextFrame(player.video, (mediaTime) => mediaTime >= limit - PREVIEW_STOP_MARGIN_SECONDS / 2);
    return (await frames.shown) ? performance.now() - begun : null;
  }

  /** Gives the element up; the next activation starts the episode anew. */
  drop(episodeId: string): void {
    const player = this.#pool.find(episodeId);
    if (player === null) return;
    if (player === this.#player) {
      this.#stopListening();
      this.#player = null;
    }
    this.#pool.release(player);
  }

  destroy(): void {
    this.#stopListening();
    this.#pool.destroy();
  }

  #listen(player: Player, activation: Activation, wasWarm: boolean, keep: readonly string[]): void {
    const { video } = player;
    const { events } = this.#options;
    const { item, next, view, intentAtMs } = activation;
    const phase = (name: SlidePhase) => (): void => events.onPhase(player.episodeId, name);
    const prepareNext = (): void => {
      const isSafe =
        secondsAhead(video) >= Math.min(SAFE_AHEAD_SECONDS, this.#playableSeconds(player) - video.currentTime - 0.5);
      if (next !== null && isSafe) this.#prepare(next, keep);
    };
    const listeners: Record<string, () => void> = {
      playing: phase('playing'),
      waiting: () => (this.#isAtLimit(video, 0.5) ? this.#stopPreview(player) : phase('buffering')()),
      pause: () => {
        if (!this.#previewEnded && !video.ended) phase('paused')();
      },
      ended: () => {
        phase('finished')();
        events.onEnd(player.item);
      },
      progress: prepareNext,
      timeupdate: prepareNext,
    };
    view.follow(video);
    for (const [name, listener] of Object.entries(listeners)) video.addEventListener(name, listener);
    const firstFrame = onNextFrame(video, () => !video.paused);
    void firstFrame.shown.then((shown) => {
      if (!shown) return;
      view.fold({ kind: 'first-frame', atMs: performance.now() });
      events.onFirstFrame(item, performance.now() - intentAtMs, wasWarm);
    });
    const stopFrames = whilePlaying(video, () => {
      this.#report(video.currentTime);
      if (isPreview(player.item) && this.#isAtLimit(video)) this.#stopPreview(player);
    });
    this.#stopListening = () => {
      for (const [name, listener] of Object.entries(listeners)) video.removeEventListener(name, listener);
      firstFrame.cancel();
      stopFrames();
    };
  }

  #prepare(item: FeedItemWire, keep: readonly string[]): void {
    if (this.#pool.find(item.episode.id) !== null) return;
    const player = this.#pool.prepare(item, keep);
    if (player !== null) this.#options.mount(item.episode.id, player.video);
  }

  #stopPreview(player: Player): void {
    if (this.#previewEnded || !isPreview(player.item)) return;
    this.#previewEnded = true;
    player.video.pause();
    this.#options.events.onPhase(player.episodeId, 'needs-unlock');
    this.#options.events.onPreviewEnd(player.item);
  }

  #isAtLimit(video: HTMLVideoElement, toleranceSeconds: number = PREVIEW_STOP_MARGIN_SECONDS): boolean {
    const player = this.#player;
    if (player === null) return false;
    return video.ended || video.currentTime >= this.#playableSeconds(player) - toleranceSeconds;
  }

  #playableSeconds(player: Player): number {
    return player.item.playback?.playableSeconds ?? player.item.episode.durationSeconds;
  }

  #report(positionSeconds: number): void {
    const item = this.#player?.item ?? this.#activation?.item;
    if (item === undefined) return;
    const durationSeconds = item.episode.durationSeconds;
    const playableSeconds = item.playback?.playableSeconds ?? 0;
    this.#options.events.onProgress({ positionSeconds, durationSeconds, playableSeconds });
  }
}
