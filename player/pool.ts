/**
 * At most three media elements, made once and handed from episode to episode: decoders are scarce on phones, and an
 * element that a viewer has unmuted stays allowed to sound.
 */
import type { FeedItemWire } from '../core/catalog/feed-wire.ts';
import { createEngine, type Engine, type EngineFailure, type RenditionChange } from './engine.ts';
import { isPreview } from './feed-state.ts';
import { POOL_SIZE, SMALL_POOL_SIZE } from './limits.ts';
import type { MediaLibrary } from './media-library.ts';

export interface Player {
  readonly episodeId: string;
  readonly video: HTMLVideoElement;
  readonly engine: Engine;
  item: FeedItemWire;
}

export interface PoolOptions {
  readonly size: number;
  readonly base: string;
  readonly library: MediaLibrary;
  readonly createVideo: () => HTMLVideoElement;
  readonly onFailure: (player: Player, failure: EngineFailure, detail: string) => void;
  readonly onRendition: (player: Player, change: RenditionChange) => void;
}

export class PlayerPool {
  readonly #options: PoolOptions;
  readonly #idle: HTMLVideoElement[] = [];
  #players: Player[] = [];
  #made = 0;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  get videos(): readonly HTMLVideoElement[] {
    return [...this.#players.map((player) => player.video), ...this.#idle];
  }

  find(episodeId: string): Player | null {
    return this.#players.find((player) => player.episodeId === episodeId) ?? null;
  }

  /** The player of this item, made if need be. `keep` = episodes in order of worth; the others give up their element. */
  prepare(item: FeedItemWire, keep: readonly string[]): Player | null {
    const known = this.find(item.episode.id);
    const { base, library, onFailure, onRendition } = this.#options;
    const media = library.of(item);
    if (known !== null || item.playback === null || media === null) return known;
    const video = this.#takeVideo(keep);
    if (video === null) return null;
    const engine = createEngine(
      {
        video,
        base,
        media,
        bandwidth: library.bandwidth,
        onFailure: (failure, detail) => onFailure(player, failure, detail),
        onRendition: (change) => onRendition(player, change),
      },
      { playback: item.playback, durationSeconds: item.episode.durationSeconds, isPreview: isPreview(item) },
    );
    const player: Player = { episodeId: item.episode.id, video, engine, item };
    this.#players.push(player);
    return player;
  }

  /** Another answer for an episode that is attached: unlocked, or under a new media pass. */
  replace(item: FeedItemWire, goOn: boolean): void {
    const player = this.find(item.episode.id);
    if (player === null) return;
    player.item = item;
    if (item.playback === null) this.release(player);
    else {
      const durationSeconds = item.episode.durationSeconds;
      player.engine.replace({ playback: item.playback, durationSeconds, isPreview: isPreview(item) }, goOn);
    }
  }

  setActive(episodeId: string): void {
    for (const player of this.#players) player.engine.setActive(player.episodeId === episodeId);
  }

  release(player: Player): void {
    this.#players = this.#players.filter((other) => other !== player);
    player.engine.destroy();
    // One that was set before there was anything to seek in would be the next episode's.
    player.video.currentTime = 0;
    player.video.remove();
    this.#idle.push(player.video);
  }

  destroy(): void {
    for (const player of [...this.#players]) this.release(player);
  }

  #takeVideo(keep: readonly string[]): HTMLVideoElement | null {
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    if (this.#made < this.#options.size) {
      this.#made += 1;
      return this.#options.createVideo();
    }
    const worth = (player: Player): number => {
      const rank = keep.indexOf(player.episodeId);
      return rank === -1 ? Infinity : rank;
    };
    const least = [...this.#players].sort((a, b) => worth(b) - worth(a))[0];
    if (least === undefined || worth(least) === 0) return null;
    this.release(least);
    return this.#idle.pop() ?? null;
  }
}

export function poolSize(): number {
  const device = navigator as Navigator & { deviceMemory?: number; connection?: { saveData?: boolean } };
  const isSmall = (device.deviceMemory ?? 8) <= 2 || device.connection?.saveData === true;
  return isSmall ? SMALL_POOL_SIZE : POOL_SIZE;
}
