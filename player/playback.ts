/** Plays the current episode, holds the ones beside it, stops a preview at its end and goes on after an unlock. */
import type { FeedItemWire } from '../core/catalog/feed-wire.ts';
import type { StartSource } from '../core/qoe/details.ts';
import { secondsAhead } from './buffered.ts';
import type { EngineFailure, RenditionChange } from './engine.ts';
import { isPreview } from './feed-state.ts';
import { hasMediaSource } from './hls-builds.ts';
import { BUFFER_POLL_MS, PREVIEW_STOP_MARGIN_SECONDS, RESUME_AHEAD_SECONDS, START_PATIENCE_MS } from './limits.ts';
import { listen } from './listen.ts';
import type { MediaLibrary } from './media-library.ts';
import type { PlaybackPhase, Progress } from './phase.ts';
import { PlayerPool, type Player } from './pool.ts';
import { objectKey } from './start/object-key.ts';
import { onNextFrame, whilePlaying } from './video-frames.ts';
import type { ViewTracker } from './view-tracker.ts';

export interface PlaybackEvents {
  readonly onPhase: (episodeId: string, phase: PlaybackPhase) => void;
  readonly onProgress: (progress: Progress) => void;
  readonly onPreviewEnd: (item: FeedItemWire) => void;
  readonly onEnd: (item: FeedItemWire) => void;
  readonly onFirstFrame: (item: FeedItemWire, startupMs: number, source: StartSource) => void;
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
  /** It plays as soon as there is enough to play: for whoever asks, it does so now. */
  #isResuming = false;
  /** Episodes in order of worth. */
  #keep: readonly string[] = [];
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

  get isPlaying(): boolean {
    return this.#isResuming || this.#player?.video.paused === false;
  }

  get muted(): boolean {
    return this.#muted;
  }

  set muted(muted: boolean) {
    this.#muted = muted;
    for (const video of this.#pool.videos) video.muted = muted;
  }

  get rate(): number {
    return this.#player?.video.playbackRate ?? 1;
  }

  /** Of what is shown: a new episode plays at its own speed. */
  set rate(rate: number) {
    if (this.#player !== null) this.#player.video.playbackRate = rate;
  }

  /** Only starts the element, where it has a frame; `activate` follows. */
  playNow(episodeId: string): void {
    const player = this.#pool.find(episodeId);
    if (player === null || player === this.#player || player.video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA)
      return;
    if (player.video.ended || isPreview(player.item)) return;
    player.video.muted = this.#muted;
    // Whether it is refused is told to who asks for it again.
    player.video.play().catch(() => undefined);
    this.#player?.video.pause();
  }

  activate(activation: Activation): void {
    this.#stopListening();
    this.#player?.video.pause();
    this.#activation = activation;
    this.#previewEnded = false;
    this.#isResuming = false;
    const { item, next, previous } = activation;
    const source = this.#sourceOf(item);
    this.#keep = [item, next, previous].flatMap((kept) => (kept === null ? [] : [kept.episode.id]));
    this.#player = this.#pool.prepare(item, this.#keep);
    this.#pool.setActive(item.episode.id);
    // One of up to three elements is the one that is watched: tests ask for it by this name.
    for (const video of this.#pool.videos) video.removeAttribute('data-testid');
    this.#player?.video.setAttribute('data-testid', 'video');
    if (this.#player === null) {
      this.#options.events.onPhase(item.episode.id, 'needs-unlock');
      this.#report(0);
      return;
    }
    this.#options.mount(item.episode.id, this.#player.video);
    if (this.#isAtLimit(this.#player.video)) this.#player.video.currentTime = 0;
    this.#listen(this.#player, activation, source);
    this.#report(this.#player.video.currentTime);
    if (activation.autoplay) this.play();
    else this.#options.events.onPhase(item.episode.id, 'paused');
  }

  play(): void {
    this.#isResuming = false;
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

  /** Gives an episode a media element, paused on its first frame. */
  attach(item: FeedItemWire): void {
    if (this.#pool.find(item.episode.id) !== null) return;
    const player = this.#pool.prepare(item, this.#keep);
    if (player !== null) this.#options.mount(item.episode.id, player.video);
  }

  find(episodeId: string): Player | null {
    return this.#pool.find(episodeId);
  }

  pause(): void {
    const player = this.#player;
    player?.video.pause();
    // The element has nothing to tell: it has not begun.
    if (this.#isResuming && player !== null) this.#options.events.onPhase(player.episodeId, 'paused');
    this.#isResuming = false;
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
    if (this.#pool.find(item.episode.id) === null) {
      this.#letGo(player);
      return null;
    }
    this.#report(player.video.currentTime);
    if (!goOn) return null;
    if (player.video.paused && hasMediaSource()) {
      // No longer dimmed and blurred.
      this.#options.events.onPhase(player.episodeId, 'starting');
      this.#isResuming = true;
      if (!(await this.#untilAhead(player))) return null;
    }
    this.play();
    const frames = onNextFrame(player.video, (mediaTime) => mediaTime >= limit - PREVIEW_STOP_MARGIN_SECONDS / 2);
    return (await frames.shown) ? performance.now() - begun : null;
  }

  /**
   * Until there is more than the end of a preview. Before that the last of its sound would play by itself: a decoder holds
   * its last pictures back until others follow, and they would come too late to be shown. False when it is no longer wanted:
   * the viewer has paused, or gone on to something else.
   */
  async #untilAhead(player: Player): Promise<boolean> {
    const untilMs = performance.now() + START_PATIENCE_MS;
    const activation = this.#activation;
    const { video } = player;
    const isAhead = (): boolean => {
      const endSeconds = Math.min(this.#playableSeconds(player), video.duration || Infinity);
      const leftSeconds = endSeconds - video.currentTime - PREVIEW_STOP_MARGIN_SECONDS;
      return secondsAhead(video) >= Math.min(RESUME_AHEAD_SECONDS, leftSeconds);
    };
    while (!isAhead() && performance.now() < untilMs) {
      await new Promise((resolve) => setTimeout(resolve, BUFFER_POLL_MS));
      if (!this.#isResuming || player !== this.#player || activation !== this.#activation) return false;
    }
    return true;
  }

  /** Gives the element up; the next activation starts the episode anew. */
  drop(episodeId: string): void {
    const player = this.#pool.find(episodeId);
    if (player === null) return;
    if (player === this.#player) {
      this.#isResuming = false;
      this.#stopListening();
      this.#player = null;
    }
    this.#pool.release(player);
  }

  destroy(): void {
    this.#isResuming = false;
    this.#activation = null;
    this.#player = null;
    this.#stopListening();
    this.#pool.destroy();
  }

  /** Nothing of it may be played any more, and its element may be another episode's already. */
  #letGo(player: Player): void {
    this.#isResuming = false;
    this.#stopListening();
    this.#player = null;
    this.#options.events.onPhase(player.episodeId, 'needs-unlock');
  }

  #listen(player: Player, activation: Activation, source: StartSource): void {
    const { video } = player;
    const { events } = this.#options;
    const { item, view, intentAtMs } = activation;
    const phase = (name: PlaybackPhase) => (): void => events.onPhase(player.episodeId, name);
    view.follow(video);
    const unlisten = listen(video, {
      playing: phase('playing'),
      waiting: () => (this.#isAtLimit(video, 0.5) ? this.#stopPreview(player) : phase('buffering')()),
      pause: () => {
        if (!this.#previewEnded && !video.ended) phase('paused')();
      },
      ended: () => {
        phase('finished')();
        events.onEnd(player.item);
      },
    });
    const firstFrame = onNextFrame(video, () => !video.paused);
    void firstFrame.shown.then((shown) => {
      if (!shown) return;
      view.fold({ kind: 'first-frame', atMs: performance.now() });
      events.onFirstFrame(item, performance.now() - intentAtMs, source);
    });
    const stopFrames = whilePlaying(video, () => {
      this.#report(video.currentTime);
      if (isPreview(player.item) && this.#isAtLimit(video)) this.#stopPreview(player);
    });
    this.#stopListening = () => {
      unlisten();
      firstFrame.cancel();
      stopFrames();
    };
  }

  /** Where the first frame of an episode would come from now. */
  #sourceOf(item: FeedItemWire): StartSource {
    const player = this.#pool.find(item.episode.id);
    if (player !== null) {
      return player.video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA ? 'attached' : 'inflight';
    }
    const { library } = this.#options;
    const media = library.of(item);
    const first = media?.segments[0];
    if (first !== undefined && library.store.holdsFirstFrame(objectKey(first.url))) return 'bytes';
    return media?.bundle?.outcome === null && media.bundle.isAhead ? 'inflight' : 'net';
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
