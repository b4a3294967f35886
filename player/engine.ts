/** Plays one episode on one media element. hls.js wherever MSE is, the browser's own HLS only where it is not. */
import type { PlaybackWire } from '../core/catalog/feed-wire.ts';
import type { Bandwidth } from './bandwidth.ts';
import { hasMediaSource } from './hls-builds.ts';
import { HlsEngine } from './hls-engine.ts';
import { NativeEngine } from './native-engine.ts';
import type { EpisodeMedia } from './start/episode-media.ts';

/** What the viewer can do about each is another thing: nothing, wait, move to a better network, go on to the next. */
export type EngineFailure = 'pass-refused' | 'rate-limited' | 'network' | 'media';

export interface EngineSource {
  readonly playback: PlaybackWire;
  /** The whole episode's length, also while only a preview may be played. */
  readonly durationSeconds: number;
  readonly isPreview: boolean;
}

export interface RenditionChange {
  readonly bandwidthBps: number;
  readonly heightPx: number;
}

/** A Rendition of sound, as a menu shows it. */
export interface AudioOption {
  readonly id: number;
  readonly name: string;
  /** BCP 47; null where the playlist does not say. */
  readonly language: string | null;
  readonly isActive: boolean;
}

export interface Engine {
  /** Empty where there is one only. */
  readonly audioOptions: readonly AudioOption[];
  selectAudio(id: number): void;
  /** Warm holds a first frame and little more; active fills its buffer. */
  setActive(active: boolean): void;
  /** Fetches on until this much is buffered after the playhead; what the state asks for at least. */
  setGoal(seconds: number): void;
  /** The Media Playlist that the next segment will be of; null before it is known. */
  readonly nextRungUrl: string | null;
  /** The same episode under another pass, or whole after an unlock: stays where it is, and plays when `goOn`. */
  replace(source: EngineSource, goOn: boolean): void;
  destroy(): void;
}

export interface EngineContext {
  readonly video: HTMLVideoElement;
  readonly base: string;
  readonly bandwidth: Bandwidth;
  readonly media: EpisodeMedia;
  readonly onFailure: (failure: EngineFailure, detail: string) => void;
  readonly onRendition: (change: RenditionChange) => void;
}

export function createEngine(context: EngineContext, source: EngineSource): Engine {
  // MSE first: desktop Chromium now answers `maybe` for native HLS, which is slower and can't be steered.
  return hasMediaSource() ? new HlsEngine(context, source) : new NativeEngine(context, source);
}
