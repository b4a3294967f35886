/**
 * One hls.js instance on one media element.
 *
 * An unlock keeps the MediaSource and what is buffered (docs/decisions/010-unlock-in-place.md): while only a preview may
 * be played the MediaSource is never ended and already has the whole episode's duration, so that the rest is a matter of
 * more segments, not of another source.
 */
import Hls, { type ErrorData } from 'hls.js';
import type { PlaybackWire } from '../core/catalog/feed-wire.ts';
import type { Engine, EngineContext, EngineSource } from './engine.ts';
import { hlsSettings } from './hls-settings.ts';
import { ACTIVE_BUFFER_SECONDS, WARM_BUFFER_SECONDS } from './limits.ts';
import { playlistLoaderFor } from './playlist-loader.ts';
import { PlaylistSource } from './playlist-source.ts';

export class HlsEngine implements Engine {
  readonly #context: EngineContext;
  readonly #original: PlaybackWire;
  readonly #hls: Hls;
  readonly #playlists: PlaylistSource;
  /** hls.js keeps this very object, so that changing it after an unlock takes effect. */
  readonly #overrides: { duration?: number } = {};
  #isPreview: boolean;
  #mediaRecoveries = 0;

  constructor(context: EngineContext, source: EngineSource) {
    this.#context = context;
    this.#original = source.playback;
    this.#playlists = new PlaylistSource(source.playback, context.base);
    this.#hls = new Hls({ ...hlsSettings(context.bandwidth), pLoader: playlistLoaderFor(this.#playlists) });
    this.#hls.on(Hls.Events.ERROR, (_event, error) => this.#onError(error));
    this.#hls.on(Hls.Events.FRAG_BUFFERED, () => {
      context.bandwidth.estimateBps = this.#hls.bandwidthEstimate;
    });
    this.#hls.on(Hls.Events.LEVEL_LOADED, (_event, { details }) => {
      // A preview's last segment is not the end of the stream: hls.js would end the MediaSource on it, and go on
      // believing that it has ended when the rest is there.
      const last = details.fragments.at(-1);
      if (this.#isPreview && last !== undefined) last.endList = false;
    });
    this.#isPreview = source.isPreview;
    if (source.isPreview) this.#overrides.duration = source.durationSeconds;
    this.#hls.attachMedia({ media: context.video, overrides: this.#overrides });
    this.#hls.loadSource(this.#playlists.url);
  }

  setActive(active: boolean): void {
    this.#hls.config.maxBufferLength = active ? ACTIVE_BUFFER_SECONDS : WARM_BUFFER_SECONDS;
  }

  replace(source: EngineSource, goOn: boolean): void {
    const { video } = this.#context;
    this.#isPreview = source.isPreview;
    if (!source.isPreview) delete this.#overrides.duration;
    if (!this.#playlists.replace(source.playback, this.#original)) {
      this.#reload(source.playback, goOn);
      return;
    }
    // Without details each Media Playlist is asked for again, and our loader has the new text at hand.
    for (const level of this.#hls.levels) delete level.details;
    this.#hls.startLoad(video.currentTime, true);
  }

  destroy(): void {
    this.#hls.destroy();
  }

  /** Other Renditions than before: the element stays, the MediaSource can't. */
  #reload(playback: PlaybackWire, goOn: boolean): void {
    const { video } = this.#context;
    this.#hls.config.startPosition = video.currentTime;
    // A new MediaSource aborts a `play()` that was asked for before; this one outlives it.
    video.autoplay = goOn;
    video.addEventListener('playing', () => (video.autoplay = false), { once: true });
    this.#hls.loadSource(new URL(playback.url, this.#context.base).href);
  }

  #onError(error: ErrorData): void {
    const refused = error.response?.code === 403 || error.response?.code === 401;
    if (refused) this.#context.onFailure('pass-refused');
    else if (!error.fatal) return;
    else if (error.type === Hls.ErrorTypes.MEDIA_ERROR && this.#mediaRecoveries++ === 0) this.#hls.recoverMediaError();
    else this.#context.onFailure(error.type === Hls.ErrorTypes.NETWORK_ERROR ? 'network' : 'media');
  }
}
