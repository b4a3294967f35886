import { describe, expect, test } from 'vitest';
import { mediaPathPrefix, parseMediaPath } from '#core/token/media-pass.ts';
import { ASSET_ID, OBJECT_PATHS, PASS, TAG, VERSION } from './sample-passes.ts';

const prefix = mediaPathPrefix(PASS, TAG, ASSET_ID, VERSION);
const passText = prefix.split('/')[2] ?? '';
const other = ASSET_ID.replace('abcdef', 'fedcba');

/** security.md TOK-11, and what else has fooled path checks. */
const REFUSED: readonly (readonly [string, string])[] = [
  ['an encoded slash that climbs', `${prefix}/v0/..%2f..%2f${VERSION}/v2/0.m4s`],
  ['an encoded dot', `${prefix}/v0/%2e%2e/v2/0.m4s`],
  ['dots that climb', `${prefix}/v0/../v2/0.m4s`],
  ['a single dot', `${prefix}/./v0/0.m4s`],
  ['a doubled slash', `${prefix}//v0/0.m4s`],
  ['a doubled slash at the start', `/${prefix}/v0/0.m4s`],
  ['a backslash', `${prefix}\\v0\\0.m4s`],
  ['an encoded NUL', `${prefix}/v0/0.m4s%00`],
  ['a NUL', `${prefix}/v0/0.m4s\0`],
  ['an encoded newline', `${prefix}/v0/0.m4s%0a`],
  ['a newline at the end, where $ might still match', `${prefix}/v0/0.m4s\n`],
  ['a newline in the middle', `${prefix}/v0/\n0.m4s`],
  ['a path parameter', `${prefix}/v0/0.m4s;v=1`],
  ['a query', `${prefix}/v0/0.m4s?x=1`],
  ['a fragment', `${prefix}/v0/0.m4s#x`],
  ['upper case', `${prefix}/V0/0.m4s`],
  ['an upper-case suffix', `${prefix}/v0/0.M4S`],
  ['a trailing dot', `${prefix}/v0/0.m4s.`],
  ['a trailing slash', `${prefix}/v0/0.m4s/`],
  ['a trailing space', `${prefix}/v0/0.m4s `],
  ['a full-width digit', `${prefix}/v0/\uFF10.m4s`],
  ['a full-width slash', `${prefix}\uFF0Fv0/0.m4s`],
  ['a long s, which folds to s', `${prefix}/v0/0.m4\u017F`],
  ['a Kelvin sign, which folds to k', `/m/${passText}/ast_01\u212A9zzzzzz0123456789abcdef/${VERSION}/v0/0.m4s`],
  ['a leading zero in a segment', `${prefix}/v0/007.m4s`],
  ['a sign', `${prefix}/v0/+1.m4s`],
  ['a negative segment', `${prefix}/v0/-1.m4s`],
  ['a segment of five digits', `${prefix}/v0/10000.m4s`],
  ['a hexadecimal segment', `${prefix}/v0/0x1.m4s`],
  ['a rendition of two digits', `${prefix}/v10/0.m4s`],
  ['a file that nothing wrote', `${prefix}/v0/key.bin`],
  ['the version itself', `${prefix}/`],
  ['nothing below the version', prefix],
  ['a segment without a rendition', `${prefix}/0.m4s`],
  ['a revision of none', `${prefix}/multivariant-0.m3u8`],
  ['a revision with a leading zero', `${prefix}/multivariant-01.m3u8`],
  ['a revision of five digits', `${prefix}/multivariant-10000.m3u8`],
  ['a revision without a number', `${prefix}/multivariant-.m3u8`],
  ['a preview of another kind', `${prefix}/preview.mov`],
  ['a storyboard of another kind', `${prefix}/storyboard.webp`],
  ['a start-up bundle of a dub', `${prefix}/a0/start`],
  ['a start-up bundle of the version', `${prefix}/start`],
  ['a preview in a rendition', `${prefix}/v0/preview.mp4`],
  ['I-frames of a dub', `${prefix}/a0/iframes.m3u8`],
  ['captions in a rendition', `${prefix}/v0/0.vtt`],
  ['captions of a dub', `${prefix}/a0/0.vtt`],
  ['an init section of captions', `${prefix}/t0/init.mp4`],
  ['a segment of captions', `${prefix}/t0/0.m4s`],
  ['a dub of four digits', `${prefix}/a1000/0.m4s`],
  ['a dub whose number begins with zero', `${prefix}/a01/0.m4s`],
  ['captions of a dub of two digits', `${prefix}/a10/0.vtt`],
  ['a segment of captions of two digits', `${prefix}/t10/0.m4s`],
  ['a leading zero in a dub', `${prefix}/a0/00.m4s`],
  ['a language of its own', `${prefix}/b0/0.m4s`],
  ['a poster in a rendition', `${prefix}/v0/poster.jpg`],
  ['two assets', `/m/${passText}/${other}/${ASSET_ID}/${VERSION}/v0/0.m4s`],
  ['an asset where a version should be', `/m/${passText}/${ASSET_ID}/${ASSET_ID}/v0/0.m4s`],
  ['an asset with a longer name', `/m/${passText}/${ASSET_ID}0/${VERSION}/v0/0.m4s`],
  ['an asset with a shorter name', `/m/${passText}/${ASSET_ID.slice(0, -1)}/${VERSION}/v0/0.m4s`],
  ['another spelling of the epoch', prefix.replace('/m/', '/m/0') + '/v0/0.m4s'],
  ['a tag with stray trailing bits', `${prefix.replace(TAG, `${TAG.slice(0, -1)}B`)}/v0/0.m4s`],
  ['a padded tag', `${prefix.replace(TAG, `${TAG}==`)}/v0/0.m4s`],
  ['a tag in the other base64 alphabet', `${prefix.replace(TAG, `+${TAG.slice(1)}`)}/v0/0.m4s`],
  ['no tag', `${prefix.replace(TAG, '')}/v0/0.m4s`],
  ['one field too many', `${prefix.replace(`.${TAG}`, `.1.${TAG}`)}/v0/0.m4s`],
  ['another root', `${prefix.replace('/m/', '/M/')}/v0/0.m4s`],
  ['a root before it', `/x${prefix}/v0/0.m4s`],
  ['a whole URL', `https://elsewhere.example${prefix}/v0/0.m4s`],
  ['nothing', ''],
];

describe('a media path that is not exactly one of ours', () => {
  test.each(REFUSED)('is refused: %s', (_, path) => {
    expect(parseMediaPath(path)).toBeNull();
  });

  test('is refused in linear time, however long it is', () => {
    const started = performance.now();
    for (const piece of ['0', '.', '/', 'v0/', 'a.'])
      expect(parseMediaPath(`${prefix}/${piece.repeat(100_000)}`)).toBeNull();
    expect(performance.now() - started).toBeLessThan(500);
  });
});

describe('an untouched media path', () => {
  test.each([
    ...OBJECT_PATHS,
    'v0/0.m4s',
    'v9/9999.m4s',
    'v0/start',
    'v9/start',
    'a0/0.m4s',
    'a9/9999.m4s',
    't0/0.vtt',
    't9/9999.vtt',
    'a10/0.m4s',
    'a999/init.mp4',
    't15/0.vtt',
    't999/media.m3u8',
  ])('is read: %s', (object) => {
    expect(parseMediaPath(`${prefix}/${object}`)).not.toBeNull();
  });
});
