/** Whole numbers in as few bytes as they need: seven bits each, the lowest first. @see DWARF 5, 7.6 (unsigned LEB128) */
export class ByteWriter {
  #bytes: Uint8Array = new Uint8Array(512);
  #length = 0;

  /**
   * From 0 to 2^53 - 1, and a sum beyond either end is written as that end: what viewers tell can make a sum too large, and
   * then one number is wrong, where one that is refused would stop all the others. A fraction no sum of ours can be.
   */
  number(value: number): void {
    let rest = Math.min(Math.max(value, 0), Number.MAX_SAFE_INTEGER);
    if (!Number.isInteger(rest)) throw new RangeError(`${value} is no count`);
    if (this.#length + LONGEST > this.#bytes.length) this.#grow(LONGEST);
    // Bit operations are of 32 bits.
    while (rest > 0x7fffffff) {
      this.#bytes[this.#length++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    while (rest > 127) {
      this.#bytes[this.#length++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    this.#bytes[this.#length++] = rest;
  }

  text(value: string): void {
    this.number(value.length);
    for (let at = 0; at < value.length; at++) this.number(value.charCodeAt(at));
  }

  bytes(value: Uint8Array): void {
    this.number(value.length);
    if (this.#length + value.length > this.#bytes.length) this.#grow(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
  }

  /** What was written; the writer begins anew. */
  take(): Uint8Array {
    const taken = this.#bytes.slice(0, this.#length);
    this.#length = 0;
    return taken;
  }

  #grow(by: number): void {
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + by));
    grown.set(this.#bytes);
    this.#bytes = grown;
  }
}

/** 53 bits. */
const LONGEST = 8;

export class ByteReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  number(): number {
    let byte = this.#bytes[this.#at++] ?? 0;
    if (byte < 128) return byte;
    let value = byte & 127;
    for (let factor = 128; byte >= 128; factor *= 128) {
      byte = this.#bytes[this.#at++] ?? 0;
      value += (byte & 127) * factor;
    }
    return value;
  }

  text(): string {
    let text = '';
    for (let left = this.number(); left > 0; left--) text += String.fromCharCode(this.number());
    return text;
  }

  /** Without a copy. */
  bytes(): Uint8Array {
    const length = this.number();
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }
}
