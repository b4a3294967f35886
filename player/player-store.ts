import type { FeedItemWire } from '../core/catalog/feed-wire.ts';
import { secondsAhead } from './buffered.ts';
/** The state of the shown episode, read from its media element's events and from nothing else. */
import { listen } from './listen.ts';
import { EMPTY_PLAYER, type PlaybackPhase, type PlayerState } from './phase.ts';
import { createStore, type ReadableStore } from './store.ts';

const EVENTS = ['timeupdate', 'progress', 'seeked', 'volumechange', 'ratechange', 'durationchange', 'emptied'] as const;

export class PlayerStore implements ReadableStore<PlayerState> {
  readonly #store = createStore<PlayerState>(EMPTY_PLAYER);
  #unfollow: () => void = () => undefined;

  get state(): PlayerState {
    return this.#store.state;
  }

  subscribe(listener: (state: PlayerState, previous: PlayerState) => void): () => void {
    return this.#store.subscribe(listener);
  }

  /** CMCD's `sta`: starting, playing, rebuffering, paused. */
  get cmcdState(): 's' | 'p' | 'r' | 'a' {
    const { phase } = this.state;
    return phase === 'playing' ? 'p' : phase === 'buffering' ? 'r' : phase === 'paused' ? 'a' : 's';
  }

  show({ episode, playback }: FeedItemWire): void {
    this.hide();
    const { id: episodeId, durationSeconds } = episode;
    const { muted, rate } = this.state;
    const playableSeconds = playback?.playableSeconds ?? 0;
    this.#store.update(() => ({ ...EMPTY_PLAYER, episodeId, durationSeconds, playableSeconds, muted, rate }));
  }

  follow(video: HTMLVideoElement): void {
    this.#unfollow();
    const read = (): void => this.#read(video);
    this.#unfollow = listen(video, Object.fromEntries(EVENTS.map((name) => [name, read])));
    read();
  }

  phase(episodeId: string, phase: PlaybackPhase): void {
    if (episodeId === this.state.episodeId) this.#store.update((state) => ({ ...state, phase }));
  }

  playable(playableSeconds: number): void {
    this.#store.update((state) => ({ ...state, playableSeconds }));
  }

  hide(): void {
    this.#unfollow();
    this.#unfollow = () => undefined;
  }

  #read(video: HTMLVideoElement): void {
    const { currentTime: positionSeconds, muted, playbackRate: rate } = video;
    const bufferedSeconds = secondsAhead(video);
    this.#store.update((state) => ({ ...state, positionSeconds, bufferedSeconds, muted, rate }));
  }
}
