/** Something that can wait until the first episode plays: the line, and the edge, are the start's. */
export class AfterStart {
  #act: (() => void) | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Begins to wait; what never starts is not waited for longer than that. */
  wait(act: () => void, patienceMs: number): void {
    this.stop();
    this.#act = act;
    this.#timer = setTimeout(() => this.now(), patienceMs);
  }

  /** It has started, or will not. */
  now(): void {
    const act = this.#act;
    this.stop();
    act?.();
  }

  stop(): void {
    this.#act = null;
    clearTimeout(this.#timer);
  }
}
