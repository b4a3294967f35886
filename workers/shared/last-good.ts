import { UnavailableError } from './binding-call.ts';
import { log } from './log.ts';

interface Kept<T> {
  readonly value: T;
  readonly atMs: number;
}

/**
 * Remembers what was last read of something, for the time when it cannot be read. While reads succeed it is never used,
 * so it makes nothing stale; a read that says "not there" forgets. docs/decisions/014-degradation.md
 */
export class LastGood<T> {
  readonly #name: string;
  readonly #maxAgeMs: number;
  readonly #maxEntries: number;
  readonly #kept = new Map<string, Kept<T>>();

  constructor(limits: { readonly name: string; readonly maxAgeMs: number; readonly maxEntries: number }) {
    this.#name = limits.name;
    this.#maxAgeMs = limits.maxAgeMs;
    this.#maxEntries = limits.maxEntries;
  }

  async read(key: string, nowMs: number, load: () => Promise<T | null>): Promise<T | null> {
    try {
      const value = await load();
      this.#keep(key, nowMs, value);
      return value;
    } catch (thrown) {
      const kept = this.#kept.get(key);
      if (!(thrown instanceof UnavailableError) || !kept || nowMs - kept.atMs > this.#maxAgeMs) throw thrown;
      log('warn', 'last_good_used', { what: this.#name, ageMs: nowMs - kept.atMs, reason: thrown.message });
      return kept.value;
    }
  }

  /** What was read last, to compare with; not to answer with. */
  peek(key: string): T | null {
    return this.#kept.get(key)?.value ?? null;
  }

  #keep(key: string, nowMs: number, value: T | null): void {
    this.#kept.delete(key);
    if (value === null) return;
    if (this.#kept.size >= this.#maxEntries) this.#kept.delete(this.#kept.keys().next().value ?? '');
    this.#kept.set(key, { value, atMs: nowMs });
  }
}
