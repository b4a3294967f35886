import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  mediaPathPrefix,
  parseMediaPath,
  passSigningInput,
  storageKey,
  type MediaPass,
  type MediaPath,
} from '#core/token/media-pass.ts';
import { anyId, anyObjectPath, anyPass, anyTag, ASSET_ID, PASS, TAG, VERSION } from './sample-passes.ts';

const anyPath = fc
  .record({ pass: anyPass, tag: anyTag, assetId: anyId('ast'), version: anyId('ver'), object: anyObjectPath })
  .map(({ pass, tag, assetId, version, object }) => `${mediaPathPrefix(pass, tag, assetId, version)}/${object}`);

/** What the edge signs and what it then fetches: all that a path can be worth. */
function meaning(path: MediaPath): string {
  return `${passSigningInput(path.pass, path.assetId, path.version)}\n${path.tag}\n${storageKey(path)}`;
}

describe('a media path', () => {
  test('that the edge writes is read back as what was signed', () => {
    fc.assert(
      fc.property(anyPass, anyTag, anyId('ast'), anyId('ver'), anyObjectPath, (pass, tag, assetId, version, object) => {
        const path = parseMediaPath(`${mediaPathPrefix(pass, tag, assetId, version)}/${object}`);
        expect(path).toMatchObject({ pass, tag, assetId, version });
        expect(path && storageKey(path)).toBe(`a/${assetId}/${version}/${object}`);
      }),
    );
  });

  test('has one spelling: what parses is written back as the very same text', () => {
    fc.assert(
      fc.property(anyPath, fc.nat(), fc.integer({ min: 0, max: 255 }), (text, at, byte) => {
        const mutated = replaceAt(text, at % text.length, String.fromCharCode(byte));
        const path = parseMediaPath(mutated);
        if (path === null) return;
        const prefix = mediaPathPrefix(path.pass, path.tag, path.assetId, path.version);
        expect(`${prefix}/${storageKey(path).split('/').slice(3).join('/')}`).toBe(mutated);
      }),
      { numRuns: 10_000 },
    );
  });

  test('with any one byte changed is refused, or it means something else: no two paths share a meaning', () => {
    const text = `${mediaPathPrefix(PASS, TAG, ASSET_ID, VERSION)}/v2/3.m4s`;
    const original = parseMediaPath(text);
    expect(original).not.toBeNull();
    for (let at = 0; at < text.length; at++) {
      for (let byte = 0; byte < 256; byte++) {
        const mutated = replaceAt(text, at, String.fromCharCode(byte));
        if (mutated === text) continue;
        const path = parseMediaPath(mutated);
        if (path !== null && original !== null)
          expect(meaning(path), JSON.stringify(mutated)).not.toBe(meaning(original));
      }
    }
  });

  test('with a byte left out or put in is refused, or it means something else', () => {
    fc.assert(
      fc.property(
        anyPath,
        fc.nat(),
        fc.constantFrom('', '0', 'a', '.', '/', '%', '\n', '\0', '-', ' '),
        (text, at, piece) => {
          const position = at % text.length;
          const mutated = text.slice(0, position) + piece + text.slice(position + (piece === '' ? 1 : 0));
          const [before, after] = [parseMediaPath(text), parseMediaPath(mutated)];
          if (after !== null && before !== null && mutated !== text) expect(meaning(after)).not.toBe(meaning(before));
        },
      ),
      { numRuns: 5_000 },
    );
  });

  test('never signs the same text for two passes, assets or versions that differ in anything', () => {
    const signed = fc.record({ pass: anyPass, assetId: anyId('ast'), version: anyId('ver') });
    const inputOf = ({ pass, assetId, version }: { pass: MediaPass; assetId: string; version: string }): string =>
      passSigningInput(pass, assetId, version);
    fc.assert(
      fc.property(signed, signed, (one, other) => {
        const differing = [
          ...Object.keys(one.pass).map((field) => ({
            ...one,
            pass: { ...one.pass, [field]: Reflect.get(other.pass, field) },
          })),
          { ...one, assetId: other.assetId },
          { ...one, version: other.version },
          other,
        ];
        for (const each of differing) {
          expect(inputOf(each) === inputOf(one)).toBe(JSON.stringify(each) === JSON.stringify(one));
        }
      }),
    );
  });

  test('names an object of the bucket that lies below its own version, always', () => {
    fc.assert(
      fc.property(anyPath, (text) => {
        const path = parseMediaPath(text);
        expect(path && storageKey(path)).toMatch(
          /^a\/ast_[0-9a-z]{26}\/ver_[0-9a-z]{26}\/([vat][0-9]\/)?[a-z0-9]+(-[1-9][0-9]*)?\.(m3u8|mp4|m4s|jpg|webp|vtt)$/,
        );
      }),
    );
  });
});

function replaceAt(text: string, at: number, char: string): string {
  return text.slice(0, at) + char + text.slice(at + 1);
}
