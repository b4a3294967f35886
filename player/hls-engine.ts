/**
 * One hls.js instance on one media element.
 *
 * An unlock keeps the MediaSource and what is buffered (docs/decisions/010-unlock-in-place.md): while only a preview may
 * be played the MediaSource is never ended and already has the whole episode's duration, so that the rest is a matter of
 * more segments, not of another source.
 */
import type Hls from 'hls.js';
import type { ErrorData, HlsConfig } from 'hls.js';
import type { PlaybackWire } from '../core/catalog/feed-wire.ts';
import type { AudioOption, Engine, EngineContext, EngineSource } from './engine.ts';
import { buildFor, loadedHls, loadHls, type HlsClass } from './hls-builds.ts';
import { hlsSettings } from './hls-settings.ts';
import {
  ACTIVE_BUFFER_SECONDS,
  LONGEST_FRAME_SECONDS,
  MOST_BUFFER_SECONDS,
  REPLACE_PATIENCE_MS,
  STILL_SHARE,
  WARM_BUFFER_SECONDS,
} from './limits.ts';
import { playlistLoaderFor } from './playlist-loader.ts';
import { PlaylistSource } from './playlist-source.ts';
import { segmentLoaderFor } from './start/segment-loader.ts';

export class HlsEngine implements Engine {
  readonly #context: EngineContext;
  readonly #original: PlaybackWire;
  readonly #playlists: PlaylistSource;
  /** hls.js keeps this very object, so that changing it after an unlock takes effect. */
  readonly #overrides: { duration?: number } = {};
  /** null until hls.js is there. */
  #hls: Hls | null = null;
  #isDestroyed = false;
  #isActive = false;
  /** Was watched and is no more; nothing is fetched until it is again. */
  #isLeft = false;
  #goalSeconds = 0;
  #isPreview: boolean;
  #mediaRecoveries = 0;
  /** A segment of the picture is on its way to the buffer. */
  #isLoading = false;
  /** Of new playlists that wait for it. */
  #waiting: ReturnType<typeof setTimeout> | undefined;

  constructor(context: EngineContext, source: EngineSource) {
    this.#context = context;
    this.#original = source.playback;
    this.#playlists = new PlaylistSource(source.playback, context.base);
    this.#isPreview = source.isPreview;
    if (source.isPreview) this.#overrides.duration = source.durationSeconds;
    // Before anything else: the bundle is on its way while hls.js is set up.
    context.media.chooseRung();
    context.media.openBundle('high');
    const build = buildFor(source.playback);
    const HlsJs = loadedHls(build);
    if (HlsJs !== null) this.#hls = this.#open(HlsJs, source.playback);
    else {
      loadHls(build).then(
        (late) => this.#openLate(late, source.playback),
        () => context.onFailure('network', 'hls.js'),
      );
    }
  }

  get nextRungUrl(): string | null {
    if (this.#hls === null || this.#hls.levels.length === 0) return null;
    return this.#hls.levels[this.#hls.nextLoadLevel]?.uri ?? null;
  }

  get audioOptions(): readonly AudioOption[] {
    const { audioTracks = [], audioTrack = -1 } = this.#hls ?? {};
    return audioTracks.map(({ id, name, lang }, index) => {
      return { id, name, language: lang ?? null, isActive: index === audioTrack };
    });
  }

  selectAudio(id: number): void {
    const { audioTracks = [] } = this.#hls ?? {};
    const index = audioTracks.findIndex((track) => track.id === id);
    if (this.#hls !== null && index !== -1) this.#hls.audioTrack = index;
  }

  setActive(active: boolean): void {
    const wasActive = this.#isActive;
    this.#isActive = active;
    this.setGoal(0);
    if (active) this.#context.media.openRest('high');
    if (wasActive && !active) this.#leave();
    else if (active && this.#isLeft) this.#comeBack();
  }

  setGoal(seconds: number): void {
    this.#goalSeconds = seconds;
    if (this.#hls !== null) this.#hls.config.maxBufferLength = this.#bufferSeconds;
  }

  replace(source: EngineSource, goOn: boolean): void {
    const { media } = this.#context;
    this.#isPreview = source.isPreview;
    if (!source.isPreview) delete this.#overrides.duration;
    media.replace(source.playback);
    const fits = this.#playlists.replace(source.playback, this.#original);
    if (this.#hls === null) return;
    if (!fits) {
      this.#reload(this.#hls, source.playback, goOn);
      return;
    }
    clearTimeout(this.#waiting);
    // One that is given up in the middle of a start leaves hls.js waiting for good (010).
    if (this.#isLoading) this.#waiting = setTimeout(() => this.#reloadPlaylists(), REPLACE_PATIENCE_MS);
    else this.#reloadPlaylists();
  }

  destroy(): void {
    this.#isDestroyed = true;
    clearTimeout(this.#waiting);
    this.#hls?.destroy();
  }

  get #bufferSeconds(): number {
    const least = this.#isActive ? ACTIVE_BUFFER_SECONDS : WARM_BUFFER_SECONDS;
    return Math.max(least, Math.min(this.#goalSeconds, MOST_BUFFER_SECONDS));
  }

  /** What is under way for it would take the line from what is watched now: a segment is almost a second of a slow one. */
  #leave(): void {
    this.#isLeft = true;
    this.#hls?.stopLoad();
    this.#context.media.abort();
    this.#onSettled();
  }

  /** Nothing of the picture is on its way any more. */
  #onSettled(): void {
    this.#isLoading = false;
    if (this.#waiting !== undefined) this.#reloadPlaylists();
  }

  /** Without details each Media Playlist is asked for again, and our loader has the new text at hand. */
  #reloadPlaylists(): void {
    clearTimeout(this.#waiting);
    this.#waiting = undefined;
    for (const level of this.#hls?.levels ?? []) delete level.details;
    this.#load();
  }

  #comeBack(): void {
    this.#isLeft = false;
    this.#load();
  }

  /** What was left loads when the viewer comes back. */
  #load(): void {
    if (!this.#isLeft) this.#hls?.startLoad(this.#context.video.currentTime, true);
  }

  #open(HlsJs: HlsClass, playback: PlaybackWire): Hls {
    const { bandwidth, media, video } = this.#context;
    const config: Partial<HlsConfig> = {
      ...hlsSettings(bandwidth.bps, playback.licenseUrl === undefined ? null : this.#absolute(playback.licenseUrl)),
      maxBufferLength: this.#bufferSeconds,
      pLoader: playlistLoaderFor(this.#playlists),
      fLoader: segmentLoaderFor(media.source),
    };
    const hls = new HlsJs(config);
    hls.on(HlsJs.Events.ERROR, (_event, error) => this.#onError(HlsJs, error));
    // Levels are in the order of hls.js now; loading begins right after.
    hls.on(HlsJs.Events.MANIFEST_PARSED, () => {
      const level = hls.levels.findIndex(({ uri }) => uri === media.rung?.url);
      if (level !== -1) hls.startLevel = level;
    });
    hls.on(HlsJs.Events.LEVEL_LOADED, (_event, { details }) => {
      // A preview's last segment is not the end of the stream: hls.js would end the MediaSource on it, and go on
      // believing that it has ended when the rest is there.
      const last = details.fragments.at(-1);
      if (this.#isPreview && last !== undefined) last.endList = false;
    });
    hls.on(HlsJs.Events.FRAG_LOADING, (_event, { frag }) => {
      if (frag.type === 'main') this.#isLoading = true;
    });
    hls.on(HlsJs.Events.FRAG_BUFFERED, (_event, { frag }) => {
      if (frag.type === 'main') this.#onSettled();
    });
    hls.on(HlsJs.Events.LEVEL_SWITCHED, (_event, { level }) => {
      const shown = hls.levels[level];
      if (shown !== undefined) this.#context.onRendition({ bandwidthBps: shown.bitrate, heightPx: shown.height });
    });
    // Its still is seen all the while that it is swiped in: the next frame is due when it begins, not a frame's time later.
    hls.once(HlsJs.Events.BUFFER_CREATED, () => {
      const frameSeconds = 1 / (hls.loadLevelObj?.frameRate ?? 0);
      if (!this.#isActive && frameSeconds <= LONGEST_FRAME_SECONDS) video.currentTime = frameSeconds * STILL_SHARE;
    });
    hls.attachMedia({ media: video, overrides: this.#overrides });
    hls.loadSource(this.#playlists.url);
    return hls;
  }

  #openLate(HlsJs: HlsClass, playback: PlaybackWire): void {
    if (this.#isDestroyed) return;
    const { video } = this.#context;
    const wasAskedToPlay = !video.paused;
    this.#hls = this.#open(HlsJs, playback);
    // A new source ends a `play()` that was asked for before. Whether it is refused was told then.
    if (wasAskedToPlay) video.play().catch(() => undefined);
  }

  /** Other Renditions than before: the element stays, the MediaSource can't. */
  #reload(hls: Hls, playback: PlaybackWire, goOn: boolean): void {
    const { video } = this.#context;
    hls.config.startPosition = video.currentTime;
    // A new MediaSource aborts a `play()` that was asked for before; this one outlives it.
    video.autoplay = goOn;
    video.addEventListener('playing', () => (video.autoplay = false), { once: true });
    hls.loadSource(this.#absolute(playback.url));
  }

  #absolute(url: string): string {
    return new URL(url, this.#context.base).href;
  }

  #onError(HlsJs: HlsClass, error: ErrorData): void {
    const { onFailure } = this.#context;
    // Not at a stall, in which it is still on its way.
    if (error.frag?.type === 'main') this.#onSettled();
    const status = error.response?.code ?? 0;
    if (status === 403 || status === 401) onFailure('pass-refused', error.details);
    else if (!error.fatal) return;
    else if (error.type === HlsJs.ErrorTypes.MEDIA_ERROR && this.#mediaRecoveries++ === 0)
      this.#hls?.recoverMediaError();
    else if (status === 429) onFailure('rate-limited', error.details);
    else onFailure(error.type === HlsJs.ErrorTypes.NETWORK_ERROR ? 'network' : 'media', error.details);
  }
}
