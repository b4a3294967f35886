import { BoxError } from './read-boxes.ts';

/**
 * Reads bits of a NAL unit and steps over its emulation prevention bytes (00 00 03), so that `bytesRead` counts the bytes
 * of the NAL unit as it is stored.
 *
 * @see ITU-T H.264 7.3.1, 9.1
 */
export class BitReader {
  private readonly bytes: Buffer;
  private at: number;
  private bit = 0;
  private zeros = 0;

  constructor(bytes: Buffer, start: number) {
    this.bytes = bytes;
    this.at = start;
  }

  /** Whole bytes of which at least one bit was read. */
  get bytesRead(): number {
    return this.bit === 0 ? this.at : this.at + 1;
  }

  flag(): boolean {
    return this.u(1) === 1;
  }

  u(bits: number): number {
    let value = 0;
    for (let n = 0; n < bits; n++) value = value * 2 + this.next();
    return value;
  }

  /** Exp-Golomb. @see ITU-T H.264 9.1 */
  ue(): number {
    let leadingZeros = 0;
    while (this.next() === 0) leadingZeros++;
    return 2 ** leadingZeros - 1 + this.u(leadingZeros);
  }

  se(): number {
    const code = this.ue();
    return code % 2 === 1 ? (code + 1) / 2 : -code / 2;
  }

  private next(): number {
    if (this.bit === 0 && this.zeros >= 2 && this.bytes[this.at] === 3) {
      this.at++;
      this.zeros = 0;
    }
    const byte = this.bytes[this.at];
    if (byte === undefined) throw new BoxError('a NAL unit ends inside its header');
    const value = (byte >> (7 - this.bit)) & 1;
    if (++this.bit === 8) {
      this.bit = 0;
      this.at++;
      this.zeros = byte === 0 ? this.zeros + 1 : 0;
    }
    return value;
  }
}
