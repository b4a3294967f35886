import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkPassBounds, mediaPathPrefix, parseMediaPath, storageKey } from '#core/token/media-pass.ts';
import { anyId, anyPass, anyTag, ASSET_ID, NOW_SECONDS, PASS, TAG, VERSION } from './sample-passes.ts';

const SEALED = Buffer.alloc(60, 0xa5).toString('base64url');
const anySealed = fc
  .uint8Array({ minLength: 60, maxLength: 60 })
  .map((bytes) => Buffer.from(bytes).toString('base64url'));
const prefix = mediaPathPrefix(PASS, TAG, ASSET_ID, VERSION);

describe('the path of a key', () => {
  test('is read back with the sealed key that it carries', () => {
    fc.assert(
      fc.property(
        anyPass,
        anyTag,
        anyId('ver'),
        anySealed,
        fc.constantFrom('key', 'license'),
        (pass, tag, version, sealed, kind) => {
          const path = parseMediaPath(`${mediaPathPrefix(pass, tag, ASSET_ID, version)}/${sealed}.${kind}`);
          expect(path).toMatchObject({ pass, tag, version, object: { kind, sealed } });
        },
      ),
    );
  });

  test('has a name in logs that does not tell the sealed key', () => {
    const path = parseMediaPath(`${prefix}/${SEALED}.key`);
    expect(path && storageKey(path)).toBe(`a/${ASSET_ID}/${VERSION}/content.key`);
  });

  test.each([
    ['a character less', `${prefix}/${SEALED.slice(1)}.key`],
    ['a character more', `${prefix}/A${SEALED}.key`],
    ['another alphabet', `${prefix}/+${SEALED.slice(1)}.key`],
    ['padding', `${prefix}/${SEALED.slice(1)}=.key`],
    ['another suffix', `${prefix}/${SEALED}.bin`],
    ['no suffix', `${prefix}/${SEALED}`],
    ['a line end', `${prefix}/${SEALED}.key\n`],
    ['a place in a rendition', `${prefix}/v0/${SEALED}.key`],
    ['an imported version', `${prefix.replace('/ver_', '/hls_')}/${SEALED}.key`],
  ])('is refused with %s', (_, path) => {
    expect(parseMediaPath(path)).toBeNull();
  });
});

describe('a pass', () => {
  const at = (change: object) => {
    const path = parseMediaPath(`${mediaPathPrefix({ ...PASS, ...change }, TAG, ASSET_ID, VERSION)}/${SEALED}.key`);
    if (path === null) throw new Error('the path does not parse');
    return checkPassBounds(path, NOW_SECONDS);
  };

  test('opens the key when it opens any segment, a preview’s as well', () => {
    expect(at({}).ok).toBe(true);
    expect(at({ segmentCount: 1 }).ok).toBe(true);
  });

  test.each([
    ['images only', { segmentCount: 0, renditionMask: 0 }],
    ['no segment', { segmentCount: 0 }],
    ['no rendition', { renditionMask: 0 }],
    ['time that is over', { expiresAtSeconds: NOW_SECONDS - 6 }],
    ['a signing key of last week', { kid: PASS.kid - 7 }],
  ])('for %s does not', (_, change) => {
    expect(at(change).ok).toBe(false);
  });
});
