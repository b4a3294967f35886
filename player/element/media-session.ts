/** Lock screen, headset and keyboard keys: what plays, and what their buttons do. */
import type { FeedItemWire } from '../../core/catalog/feed-wire.ts';
import { SEEK_STEP_SECONDS } from '../limits.ts';
import type { Progress } from '../phase.ts';

export interface SessionActions {
  readonly play: () => void;
  readonly pause: () => void;
  readonly next: () => void;
  readonly previous: () => void;
  readonly seekBy: (seconds: number) => void;
  readonly seekTo: (seconds: number) => void;
}

const HANDLED = ['play', 'pause', 'nexttrack', 'previoustrack', 'seekbackward', 'seekforward', 'seekto'] as const;

export class SystemControls {
  readonly #session: MediaSession | null = 'mediaSession' in navigator ? navigator.mediaSession : null;
  #toldSeconds = -1;

  constructor(actions: SessionActions) {
    const handlers: Record<(typeof HANDLED)[number], MediaSessionActionHandler> = {
      play: actions.play,
      pause: actions.pause,
      nexttrack: actions.next,
      previoustrack: actions.previous,
      seekbackward: ({ seekOffset }) => actions.seekBy(-(seekOffset ?? SEEK_STEP_SECONDS)),
      seekforward: ({ seekOffset }) => actions.seekBy(seekOffset ?? SEEK_STEP_SECONDS),
      seekto: ({ seekTime }) => actions.seekTo(seekTime ?? 0),
    };
    for (const action of HANDLED) this.#handle(action, handlers[action]);
  }

  show(item: FeedItemWire, series: string, posterUrl: string): void {
    if (this.#session === null) return;
    const { number, title } = item.episode;
    const artwork = [{ src: posterUrl, type: 'image/jpeg' }];
    this.#session.metadata = new MediaMetadata({
      title: `${number}. ${title}`,
      artist: series,
      album: series,
      artwork,
    });
    this.#toldSeconds = -1;
  }

  /** Once a second is as often as anybody looks. */
  progress({ positionSeconds, durationSeconds }: Progress, rate: number): void {
    const second = Math.floor(positionSeconds);
    if (this.#session === null || second === this.#toldSeconds || !(durationSeconds > 0)) return;
    this.#toldSeconds = second;
    const position = Math.min(positionSeconds, durationSeconds);
    this.#session.setPositionState({ duration: durationSeconds, position, playbackRate: rate });
  }

  playing(isPlaying: boolean): void {
    if (this.#session !== null) this.#session.playbackState = isPlaying ? 'playing' : 'paused';
  }

  destroy(): void {
    for (const action of HANDLED) this.#handle(action, null);
    if (this.#session !== null) this.#session.metadata = null;
  }

  #handle(action: MediaSessionAction, handler: MediaSessionActionHandler | null): void {
    try {
      this.#session?.setActionHandler(action, handler);
    } catch {
      // A browser that does not know an action says so by throwing.
    }
  }
}
