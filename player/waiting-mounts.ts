/** Media elements of episodes beside the shown one, until the list is at rest. They decode without a place. */
export class WaitingMounts {
  readonly #waiting = new Map<string, HTMLVideoElement>();

  /** Keeps it for later, or forgets what was kept, as the element has its place now. */
  set(episodeId: string, video: HTMLVideoElement, waits: boolean): void {
    if (waits) this.#waiting.set(episodeId, video);
    else this.#waiting.delete(episodeId);
  }

  /** `isStillOf`: the element may have been given to another episode meanwhile. */
  mountAll(
    isStillOf: (episodeId: string, video: HTMLVideoElement) => boolean,
    mount: (episodeId: string, video: HTMLVideoElement) => void,
  ): void {
    for (const [episodeId, video] of this.#waiting) if (isStillOf(episodeId, video)) mount(episodeId, video);
    this.#waiting.clear();
  }
}
