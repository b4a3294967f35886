/** Bytes of one object as they arrive, with the times at which they really did. */
export type PartEnd =
  | { readonly kind: 'whole' }
  /** `status` 0: no answer, or none to its end. */
  | { readonly kind: 'broken'; readonly status: number; readonly retryAfterMs: number | null };

export interface PartReader {
  readonly onBytes: (bytes: Uint8Array<ArrayBuffer>) => void;
  readonly onEnd: (end: PartEnd) => void;
  /** It goes on after a stop of so long, which was nobody's fault. */
  readonly onResumed?: (heldMs: number) => void;
}

export class PartBuffer {
  readonly openedMs: number;
  firstMs: number | null = null;
  lastMs: number | null = null;
  /** As announced; null until it is known. */
  sizeBytes: number | null;
  receivedBytes = 0;
  end: PartEnd | null = null;
  /** All came that was asked for, and it is not the whole object: nothing more comes until `resume`. */
  isHeld = false;
  /** Time in which nothing was asked for. */
  heldMs = 0;
  #heldSinceMs = 0;
  #pieces: Uint8Array<ArrayBuffer>[] = [];
  readonly #readers = new Set<PartReader>();

  constructor(openedMs: number, sizeBytes: number | null) {
    this.openedMs = openedMs;
    this.sizeBytes = sizeBytes;
  }

  push(bytes: Uint8Array<ArrayBuffer>, nowMs: number): void {
    this.firstMs ??= nowMs;
    this.lastMs = nowMs;
    this.receivedBytes += bytes.byteLength;
    this.#pieces.push(bytes);
    for (const reader of [...this.#readers]) reader.onBytes(bytes);
  }

  hold(nowMs: number): void {
    if (this.isHeld || this.end !== null) return;
    this.isHeld = true;
    this.#heldSinceMs = nowMs;
  }

  resume(nowMs: number): void {
    if (!this.isHeld) return;
    this.isHeld = false;
    const heldMs = nowMs - this.#heldSinceMs;
    this.heldMs += heldMs;
    for (const reader of [...this.#readers]) reader.onResumed?.(heldMs);
  }

  finish(end: PartEnd): void {
    if (this.end !== null) return;
    this.end = end;
    const readers = [...this.#readers];
    this.#readers.clear();
    for (const reader of readers) reader.onEnd(end);
  }

  /** What is there comes at once. Returns how to stop. */
  follow(reader: PartReader): () => void {
    // A reader may stop in the middle of what is there.
    let stopped = false;
    for (const piece of [...this.#pieces]) if (!stopped) reader.onBytes(piece);
    if (this.end !== null) reader.onEnd(this.end);
    else this.#readers.add(reader);
    return () => {
      stopped = true;
      this.#readers.delete(reader);
    };
  }
}
