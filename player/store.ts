/** A value that tells its listeners when it changes. */
export interface ReadableStore<State> {
  readonly state: State;
  subscribe(listener: (state: State, previous: State) => void): () => void;
}

export interface Store<State> extends ReadableStore<State> {
  update(change: (state: State) => State): void;
}

export function createStore<State>(initial: State): Store<State> {
  let state = initial;
  const listeners = new Set<(state: State, previous: State) => void>();
  return {
    get state() {
      return state;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    update(change) {
      const previous = state;
      state = change(previous);
      if (state === previous) return;
      for (const listener of [...listeners]) listener(state, previous);
    },
  };
}
