import { err, ok, type Result } from '../result.ts';
import { parseStartHeader, readStartPrefix, START_PREFIX_BYTES, type StartDenial, type StartPart } from './header.ts';

export type StartEvent =
  /** Once, before any bytes: what will come. */
  | { readonly kind: 'parts'; readonly parts: readonly StartPart[] }
  /** A view into the chunk that was pushed, no copy. */
  | {
      readonly kind: 'bytes';
      readonly path: string;
      readonly bytes: Uint8Array<ArrayBuffer>;
      readonly isLast: boolean;
    };

/**
 * Reads a start-up bundle as it arrives: any chunking gives the same parts. After a denial nothing more is read, and
 * each further call gives the same one.
 */
export class StartParser {
  /** Of prefix or header, until it is whole. */
  #held: Uint8Array<ArrayBuffer> = new Uint8Array();
  #headerBytes: number | null = null;
  #parts: readonly StartPart[] | null = null;
  #at = 0;
  /** Still to come of the part at `#at`. */
  #missingBytes = 0;
  #denial: StartDenial | null = null;

  push(chunk: Uint8Array<ArrayBuffer>): Result<readonly StartEvent[], StartDenial> {
    if (this.#denial !== null) return err(this.#denial);
    const events: StartEvent[] = [];
    const read = this.#parts === null ? this.#readHead(chunk, events) : ok(chunk);
    const done = read.ok ? this.#readParts(read.value, events) : read;
    if (done.ok) return ok(events);
    this.#denial = done.error;
    return done;
  }

  /** The body has ended: whether all of it came. */
  end(): Result<true, StartDenial> {
    if (this.#denial !== null) return err(this.#denial);
    const part = this.#parts?.[this.#at];
    if (part !== undefined) return err({ reason: 'truncated', path: part.path, missingBytes: this.#missingBytes });
    const wanted = this.#wantedBytes();
    return this.#parts === null
      ? err({ reason: 'truncated', path: null, missingBytes: wanted - this.#held.byteLength })
      : ok(true);
  }

  /** What is left of the chunk behind the header; nothing while the header is not whole. */
  #readHead(chunk: Uint8Array<ArrayBuffer>, events: StartEvent[]): Result<Uint8Array<ArrayBuffer>, StartDenial> {
    let rest = chunk;
    while (this.#parts === null) {
      const missing = this.#wantedBytes() - this.#held.byteLength;
      const taken = rest.subarray(0, missing);
      this.#held = joined(this.#held, taken);
      rest = rest.subarray(taken.byteLength);
      if (taken.byteLength < missing) return ok(rest);
      const read = this.#headerBytes === null ? this.#readPrefix() : this.#readHeader(events);
      if (!read.ok) return read;
    }
    return ok(rest);
  }

  #readPrefix(): Result<true, StartDenial> {
    const headerBytes = readStartPrefix(this.#held);
    if (!headerBytes.ok) return headerBytes;
    this.#headerBytes = headerBytes.value;
    return ok(true);
  }

  #readHeader(events: StartEvent[]): Result<true, StartDenial> {
    const parts = parseStartHeader(this.#held.subarray(START_PREFIX_BYTES));
    if (!parts.ok) return parts;
    this.#parts = parts.value;
    this.#missingBytes = parts.value[0]?.sizeBytes ?? 0;
    events.push({ kind: 'parts', parts: parts.value });
    return ok(true);
  }

  #readParts(bytes: Uint8Array<ArrayBuffer>, events: StartEvent[]): Result<true, StartDenial> {
    let rest = bytes;
    while (rest.byteLength > 0) {
      const part = this.#parts?.[this.#at];
      if (part === undefined) return err({ reason: 'surplus', surplusBytes: rest.byteLength });
      const taken = rest.subarray(0, this.#missingBytes);
      rest = rest.subarray(taken.byteLength);
      this.#missingBytes -= taken.byteLength;
      const isLast = this.#missingBytes === 0;
      events.push({ kind: 'bytes', path: part.path, bytes: taken, isLast });
      if (isLast) this.#missingBytes = this.#parts?.[++this.#at]?.sizeBytes ?? 0;
    }
    return ok(true);
  }

  #wantedBytes(): number {
    return START_PREFIX_BYTES + (this.#headerBytes ?? 0);
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(first.byteLength + second.byteLength);
  both.set(first);
  both.set(second, first.byteLength);
  return both;
}
