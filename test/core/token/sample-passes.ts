import fc from 'fast-check';
import type { MediaPass } from '#core/token/media-pass.ts';

export const ASSET_ID = 'ast_01k9zzzzzz0123456789abcdef';
export const VERSION = 'ver_01k9zzzzzz0123456789abcdef';
export const TAG = 'AAAAAAAAAAAAAAAAAAAAAA';

/** Noon of a day in 2026. */
export const NOW_SECONDS = 1_795_348_800;
export const TODAY = Math.floor(NOW_SECONDS / 86_400);

export const PASS: MediaPass = {
  kid: TODAY,
  expiresAtSeconds: NOW_SECONDS + 900,
  renditionMask: 0b101,
  segmentCount: 4,
  sessionId: 'Session-_123',
};

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const ID_CHARS = '0123456789abcdefghjkmnpqrstvwxyz';

export const anyPass: fc.Arbitrary<MediaPass> = fc.record({
  kid: fc.integer({ min: 0, max: 60_000 }),
  expiresAtSeconds: fc.integer({ min: 0, max: 4_000_000_000 }),
  renditionMask: fc.integer({ min: 0, max: 2_047 }),
  segmentCount: fc.integer({ min: 0, max: 9_999 }),
  sessionId: fc.string({ unit: fc.constantFrom(...BASE64URL), minLength: 12, maxLength: 12 }),
});

export const anyTag: fc.Arbitrary<string> = fc
  .tuple(
    fc.string({ unit: fc.constantFrom(...BASE64URL), minLength: 21, maxLength: 21 }),
    fc.constantFrom('A', 'Q', 'g', 'w'),
  )
  .map(([start, end]) => start + end);

export const anyId = (prefix: 'ast' | 'ver' | 'hls'): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...ID_CHARS), minLength: 26, maxLength: 26 }).map((text) => `${prefix}_${text}`);

/** One of each kind that a version of our own may have. */
export const OBJECT_PATHS: readonly string[] = [
  'multivariant.m3u8',
  'multivariant-1.m3u8',
  'multivariant-9999.m3u8',
  'poster.jpg',
  'preview.mp4',
  'preview.webp',
  'storyboard.jpg',
  'storyboard.vtt',
  'v0/media.m3u8',
  'v0/iframes.m3u8',
  'v9/init.mp4',
  'a0/media.m3u8',
  'a9/init.mp4',
  't0/media.m3u8',
];

export const anyObjectPath: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...OBJECT_PATHS),
  fc
    .tuple(
      fc.constantFrom(['v', 'm4s'] as const, ['a', 'm4s'] as const, ['t', 'vtt'] as const),
      fc.integer({ min: 0, max: 9 }),
      fc.integer({ min: 0, max: 9_999 }),
    )
    .map(([[kind, extension], index, number]) => `${kind}${index}/${number}.${extension}`),
);
