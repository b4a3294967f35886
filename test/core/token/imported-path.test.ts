import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkPassBounds, isImported, mediaPathPrefix, parseMediaPath, storageKey } from '#core/token/media-pass.ts';
import { ASSET_ID, NOW_SECONDS, PASS, TAG, VERSION } from './sample-passes.ts';

const HLS = VERSION.replace('ver_', 'hls_');
const OWN = mediaPathPrefix(PASS, TAG, ASSET_ID, VERSION);
const IMPORTED = mediaPathPrefix(PASS, TAG, ASSET_ID, HLS);

const anyImportedPath = fc
  .tuple(
    fc.constantFrom('v', 'a', 't'),
    fc.nat(9),
    fc.oneof(
      fc.constantFrom('media.m3u8', 'init.mp4', 'init-1.mp4', 'init-99.mp4'),
      fc
        .tuple(fc.nat(9_999), fc.constantFrom('m4s', 'ts', 'mp4', 'aac', 'ac3', 'mp3', 'vtt', 'key'))
        .map(([number, extension]) => `${number}.${extension}`),
    ),
  )
  .map(([kind, number, file]) => `${kind}${number}/${file}`);

describe('the path of an imported object', () => {
  test('names one object below its own version, in one spelling', () => {
    fc.assert(
      fc.property(anyImportedPath, (object) => {
        const path = parseMediaPath(`${IMPORTED}/${object}`);
        expect(path && storageKey(path)).toBe(`a/${ASSET_ID}/${HLS}/${object}`);
        expect(path?.object.kind).toMatch(/^imported/);
      }),
    );
  });

  test('with any one byte changed is refused, or names something else', () => {
    const text = `${IMPORTED}/a0/12.aac`;
    const whole = storageKey(parseMediaPath(text) ?? { assetId: '', version: '', object: { kind: 'poster' } });
    for (let at = text.lastIndexOf('/a0/'); at < text.length; at++) {
      for (let byte = 0; byte < 256; byte++) {
        const mutated = text.slice(0, at) + String.fromCharCode(byte) + text.slice(at + 1);
        const path = mutated === text ? null : parseMediaPath(mutated);
        if (path !== null) expect(storageKey(path)).not.toBe(whole);
      }
    }
  });

  test('exists in no version of our own, and none of ours exists in an imported one', () => {
    for (const object of ['a0/0.aac', 'a0/0.vtt', 't0/0.m4s', 't0/init.mp4', 'v0/0.ts', 'v0/0.key', 'v0/init-1.mp4'])
      expect(parseMediaPath(`${OWN}/${object}`)).toBeNull();
    expect(parseMediaPath(`${OWN}/v0/0.m4s`)?.object.kind).toBe('segment');
    expect(parseMediaPath(`${IMPORTED}/v0/0.m4s`)?.object.kind).toBe('imported');
    for (const object of ['multivariant-1.m3u8', 'preview.mp4', 'storyboard.jpg', 'v0/iframes.m3u8'])
      expect(parseMediaPath(`${IMPORTED}/${object}`)).toBeNull();
    expect([HLS, VERSION].map((version) => isImported(version))).toEqual([true, false]);
  });

  test.each([
    'objects.json',
    'v0/objects.json',
    'v10/0.ts',
    'b0/0.ts',
    'v0/00.ts',
    'v0/10000.ts',
    'v0/0.TS',
    'v0/0.exe',
    'v0/init-0.mp4',
    'v0/init-01.mp4',
    'v0/../a0/0.ts',
    'v0/%30.ts',
    'v0/0.ts\n',
    'v0/0.ts/',
  ])('%j is none', (object) => {
    expect(parseMediaPath(`${IMPORTED}/${object}`)).toBeNull();
  });

  test('ends with its pass like any other', () => {
    const path = parseMediaPath(`${IMPORTED}/a0/0.aac`);
    const late = path && checkPassBounds(path, NOW_SECONDS + 86_400);
    expect(late).toMatchObject({ ok: false, error: { reason: 'pass_expired' } });
  });
});
