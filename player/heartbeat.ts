/** Keeps this session's place while something plays, where the edge counts streams. @see docs/decisions/016-stream-limits.md */
import type { EdgeClient, EdgeProblem } from './edge-client.ts';

export interface HeartbeatEvents {
  readonly isPlaying: () => boolean;
  /** Another stream has the place: this one must stop. */
  readonly onRefused: (problem: EdgeProblem) => void;
}

export class Heartbeat {
  readonly #client: EdgeClient;
  readonly #events: HeartbeatEvents;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(client: EdgeClient, events: HeartbeatEvents) {
    this.#client = client;
    this.#events = events;
  }

  /** null = streams are not counted: nothing is sent. */
  every(seconds: number | null): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    if (seconds === null) return;
    this.#timer = setInterval(() => {
      if (this.#events.isPlaying()) void this.beat();
    }, seconds * 1000);
  }

  /** False when the place is taken. A lost heartbeat is no reason to stop: the next one may get through. */
  async beat(): Promise<boolean> {
    const result = await this.#client.heartbeat();
    if (result.kind !== 'problem' || result.status !== 409) return true;
    this.#events.onRefused(result);
    return false;
  }

  /** The page goes. It may come back, and then goes on as before. */
  leave(): void {
    if (this.#timer !== undefined) this.#client.endSession();
  }

  destroy(): void {
    this.leave();
    clearInterval(this.#timer);
  }
}
