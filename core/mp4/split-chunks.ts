import { typeAt } from './boxes.ts';

/** Of a box, and the least that says how long it is. */
const HEADER_BYTES = 8;

/**
 * Cuts a Media Segment that arrives in pieces after each `mdat`, so that what comes out can be appended as it is.
 * Bytes that are no boxes (an encrypted segment) come out whole, at the end.
 *
 * @see ISO/IEC 23000-19 7.3.2.3 (CMAF chunk)
 */
export class ChunkSplitter {
  #held: Uint8Array<ArrayBuffer>[] = [];
  #heldBytes = 0;
  /** Where the next box begins, counted from the first held byte; null = not to be cut. */
  #nextBox: number | null = 0;

  /** The chunks that are whole now, in order. */
  push(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>[] {
    if (bytes.byteLength === 0) return [];
    this.#held.push(bytes);
    this.#heldBytes += bytes.byteLength;
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    for (let chunk = this.#nextChunk(); chunk !== null; chunk = this.#nextChunk()) chunks.push(chunk);
    return chunks;
  }

  /** The rest, when the segment has ended; null when there is none. */
  end(): Uint8Array<ArrayBuffer> | null {
    return this.#heldBytes === 0 ? null : this.#take(this.#heldBytes);
  }

  #nextChunk(): Uint8Array<ArrayBuffer> | null {
    while (this.#nextBox !== null && this.#nextBox + HEADER_BYTES <= this.#heldBytes) {
      const at = this.#nextBox;
      const whole = this.#whole();
      const sizeBytes = new DataView(whole.buffer, whole.byteOffset + at).getUint32(0);
      const type = typeAt(whole, at + 4);
      // 0 (to the end) and 1 (a length of 64 bits) do not occur in segments of ours, and noise looks like this, too.
      if (sizeBytes < HEADER_BYTES || !/^[a-z0-9 ]{4}$/i.test(type)) this.#nextBox = null;
      else if (type !== 'mdat') this.#nextBox = at + sizeBytes;
      else if (at + sizeBytes <= this.#heldBytes) return this.#take(at + sizeBytes);
      else return null;
    }
    return null;
  }

  #take(bytes: number): Uint8Array<ArrayBuffer> {
    const whole = this.#whole();
    const rest = whole.subarray(bytes);
    this.#held = rest.byteLength === 0 ? [] : [rest];
    this.#heldBytes = rest.byteLength;
    if (this.#nextBox !== null) this.#nextBox = 0;
    // A copy of its own: a receiver may hand its buffer on.
    return whole.slice(0, bytes);
  }

  #whole(): Uint8Array<ArrayBuffer> {
    const [first] = this.#held;
    if (this.#held.length === 1 && first !== undefined) return first;
    const whole = new Uint8Array(this.#heldBytes);
    let at = 0;
    for (const piece of this.#held) {
      whole.set(piece, at);
      at += piece.byteLength;
    }
    this.#held = [whole];
    return whole;
  }
}
