/** Damage that is the same on every machine: a failure names its seed. */

/** mulberry32: 32 bits of state are enough to break a file in as many ways as anyone will try. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Flips single bits; `rate` is the share of the bytes that get one. */
export function flipBits(file: Buffer, rate: number, seed: number): Buffer {
  const random = seededRandom(seed);
  const bytes = Buffer.from(file);
  const flips = Math.max(1, Math.round(bytes.length * rate));
  for (let n = 0; n < flips; n++) {
    const at = Math.floor(random() * bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(random() * 8));
  }
  return bytes;
}

/** Numbers at which a parser's arithmetic turns over. */
const EDGE_VALUES = [0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0xffff_fff8, 0x0001_0000];

/** One of the ways in which fuzzers break files, several times over. */
export function mutate(file: Buffer, seed: number): Buffer {
  const random = seededRandom(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  let bytes = Buffer.from(file);
  for (let times = 1 + below(8); times > 0; times--) {
    const at = below(Math.max(1, bytes.length - 4));
    const length = 1 + below(64);
    switch (below(5)) {
      case 0:
        bytes[at] = (bytes[at] ?? 0) ^ (1 << below(8));
        break;
      case 1:
        bytes.writeUInt32BE(EDGE_VALUES[below(EDGE_VALUES.length)] ?? 0, Math.max(0, Math.min(at, bytes.length - 4)));
        break;
      case 2:
        for (let n = at; n < Math.min(at + length, bytes.length); n++) bytes[n] = below(256);
        break;
      case 3:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
        break;
      default:
        bytes = Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]);
    }
  }
  return bytes;
}
