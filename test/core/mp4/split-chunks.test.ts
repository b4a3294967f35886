import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ChunkSplitter } from '../../../core/mp4/split-chunks.ts';

function box(type: string, bodyBytes: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(8 + bodyBytes).fill(7);
  new DataView(bytes.buffer).setUint32(0, bytes.byteLength);
  for (const [index, character] of [...type].entries()) bytes[4 + index] = character.charCodeAt(0);
  return bytes;
}

function joined(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(pieces.flatMap((piece) => [...piece]));
}

function split(segment: Uint8Array<ArrayBuffer>, cuts: readonly number[]): Uint8Array[] {
  const splitter = new ChunkSplitter();
  const at = [0, ...cuts.map((cut) => cut % (segment.byteLength + 1)).toSorted((a, b) => a - b), segment.byteLength];
  const chunks = at.slice(1).flatMap((end, index) => splitter.push(segment.subarray(at[index], end)));
  const rest = splitter.end();
  return rest === null ? chunks : [...chunks, rest];
}

describe('a segment that arrives in pieces', () => {
  const cuts = fc.array(fc.nat(), { maxLength: 12 });

  test('is cut after each mdat, wherever the network has cut it', () => {
    const first = [box('styp', 16), box('moof', 90), box('mdat', 300)];
    const second = [box('moof', 80), box('mdat', 0)];
    const segment = joined([...first, ...second, box('moof', 80), box('mdat', 12), box('free', 4)]);
    const expected = [joined(first), joined(second), joined([box('moof', 80), box('mdat', 12)]), box('free', 4)];
    fc.assert(
      fc.property(cuts, (at) => {
        expect(split(segment, at)).toEqual(expected);
      }),
    );
  });

  test('gives its first chunk before the second has come', () => {
    const splitter = new ChunkSplitter();
    expect(splitter.push(joined([box('moof', 20), box('mdat', 20), box('moof', 4)]))).toHaveLength(1);
  });

  test('comes out whole where it is encrypted', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), cuts, (noise, at) => {
        const bytes = Uint8Array.from([0, 0, 0, 1, 255, ...noise]);
        expect(split(bytes, at)).toEqual([bytes]);
      }),
    );
  });
});
