/** Calls once when nothing was heard for a while. */
export class Watchdog {
  #timer: ReturnType<typeof setTimeout> | undefined;

  watch(ms: number, onSilence: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(onSilence, ms);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
