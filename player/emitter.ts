/** Typed events for the app: `on` returns how to stop. */
export type Listener<Detail> = (detail: Detail) => void;

export class Emitter<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<Listener<never>>>();

  on<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }

  emit<Name extends keyof Events>(name: Name, detail: Events[Name]): void {
    const listeners = (this.#listeners.get(name) ?? new Set()) as Set<Listener<Events[Name]>>;
    for (const listener of [...listeners]) listener(detail);
  }
}
