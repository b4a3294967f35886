/** What has been asked for and has not come: how long the line is busy with it. */
export interface Expected {
  sizeBytes: number;
  receivedBytes: number;
}

export class UnderWay {
  readonly #expected = new Set<Expected>();

  /** A guess is better than nothing until the answer says its size. */
  begin(sizeBytes: number): Expected {
    const expected = { sizeBytes, receivedBytes: 0 };
    this.#expected.add(expected);
    return expected;
  }

  end(expected: Expected): void {
    this.#expected.delete(expected);
  }

  get transfers(): number {
    return this.#expected.size;
  }

  get bytes(): number {
    let bytes = 0;
    for (const { sizeBytes, receivedBytes } of this.#expected) bytes += Math.max(0, sizeBytes - receivedBytes);
    return bytes;
  }
}
