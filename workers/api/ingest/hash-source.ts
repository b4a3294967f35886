/** Lower-case hex, as `sha256sum` prints it. */
export function hexOf(digest: ArrayBuffer): string {
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Hashes what passes by. */
export class StreamHash {
  readonly #stream: DigestStream;
  readonly #writer: WritableStreamDefaultWriter<ArrayBuffer | ArrayBufferView>;

  constructor(algorithm: 'SHA-256' | 'SHA-1') {
    this.#stream = new crypto.DigestStream(algorithm);
    this.#writer = this.#stream.getWriter();
  }

  async add(chunk: Uint8Array): Promise<void> {
    await this.#writer.write(chunk);
  }

  async end(): Promise<ArrayBuffer> {
    await this.#writer.close();
    return this.#stream.digest;
  }
}
