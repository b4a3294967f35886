import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PASS_SKEW_SECONDS } from '#core/token/limits.ts';
import { checkPassBounds, passEpoch, WHOLE_EPISODE, type MediaObject, type MediaPass } from '#core/token/media-pass.ts';
import { ASSET_ID, NOW_SECONDS, PASS, TAG, TODAY, VERSION } from './sample-passes.ts';

const check = (change: Partial<MediaPass>, object: MediaObject = { kind: 'poster' }, nowSeconds = NOW_SECONDS) =>
  checkPassBounds({ pass: { ...PASS, ...change }, tag: TAG, assetId: ASSET_ID, version: VERSION, object }, nowSeconds);
const reasonOf = (result: ReturnType<typeof check>): string => (result.ok ? 'ok' : result.error.reason);

describe('a media pass ends', () => {
  test.each([
    [1, 'ok'],
    [0, 'ok'],
    [-(PASS_SKEW_SECONDS - 1), 'ok'],
    [-PASS_SKEW_SECONDS, 'pass_expired'],
    [-(PASS_SKEW_SECONDS + 1), 'pass_expired'],
    [-86_400, 'pass_expired'],
  ])('at its second and the skew: %i s left → %s', (left, expected) => {
    expect(reasonOf(check({ expiresAtSeconds: NOW_SECONDS + left }))).toBe(expected);
  });

  test.each([
    [-2, 'key_retired'],
    [-1, 'ok'],
    [0, 'ok'],
    [1, 'ok'],
    [2, 'key_retired'],
  ])('with its key: the epoch of day %i → %s', (days, expected) => {
    expect(reasonOf(check({ kid: TODAY + days }))).toBe(expected);
  });

  test('with its key although its own expiry was made far: no epoch is derived for a made-up day', () => {
    expect(reasonOf(check({ kid: 0, expiresAtSeconds: 4_000_000_000 }))).toBe('key_retired');
  });

  test('a pass minted in the last second of a day is good in the next', () => {
    const midnight = (TODAY + 1) * 86_400;
    expect(
      reasonOf(
        check({ kid: passEpoch(midnight - 1), expiresAtSeconds: midnight + 900 }, { kind: 'poster' }, midnight + 1),
      ),
    ).toBe('ok');
  });
});

describe('a media pass covers', () => {
  test.each([0, 1, 2, 3, 9])('rendition v%i exactly when its bit is set', (rendition) => {
    for (const kind of ['media-playlist', 'i-frames', 'init', 'start'] as const) {
      const expected = [0, 2].includes(rendition) ? 'ok' : 'rendition_not_covered';
      expect(reasonOf(check({ renditionMask: 0b101 }, { kind, rendition }))).toBe(expected);
    }
  });

  test.each([
    [0, 'ok'],
    [3, 'ok'],
    [4, 'segment_not_covered'],
    [5, 'segment_not_covered'],
    [9_999, 'segment_not_covered'],
  ])('segment %i of a pass for four → %s', (number, expected) => {
    expect(reasonOf(check({ segmentCount: 4 }, { kind: 'segment', rendition: 0, number }))).toBe(expected);
  });

  test('no segment of a rendition without its bit, for any mask, bound and number', () => {
    fc.assert(
      fc.property(
        fc.nat(1_023),
        fc.nat(50),
        fc.nat(9),
        fc.nat(60),
        (renditionMask, segmentCount, rendition, number) => {
          const opened =
            reasonOf(check({ renditionMask, segmentCount }, { kind: 'segment', rendition, number })) === 'ok';
          expect(opened).toBe(((renditionMask >> rendition) & 1) === 1 && number < segmentCount);
        },
      ),
    );
  });

  test.each([
    ['0.m4s', 'ok'],
    ['3.m4s', 'ok'],
    ['4.m4s', 'segment_not_covered'],
    ['9999.m4s', 'segment_not_covered'],
    ['init.mp4', 'ok'],
  ])('%s of a dub in a pass for four → %s, whatever pictures it opens', (file, expected) => {
    for (const renditionMask of [0b1, 0b101, 0b1000000000])
      expect(reasonOf(check({ segmentCount: 4, renditionMask }, { kind: 'track', rendition: 'a3', file }))).toBe(
        expected,
      );
  });

  test('no captions behind its end, for any bound and number', () => {
    fc.assert(
      fc.property(fc.nat(50), fc.nat(60), (segmentCount, number) => {
        const captions = { kind: 'track', rendition: 't0', file: `${number}.vtt` } as const;
        expect(reasonOf(check({ segmentCount }, captions)) === 'ok').toBe(number < segmentCount);
      }),
    );
  });

  test('the storyboard, which shows all of the episode, only when it opens the whole of it', () => {
    for (const file of ['storyboard.jpg', 'storyboard.vtt']) {
      const storyboard = { kind: 'storyboard', file } as const;
      expect(reasonOf(check({ renditionMask: 0b111 + WHOLE_EPISODE }, storyboard))).toBe('ok');
      for (const renditionMask of [0, 0b111, 0b1111111111, 2 * WHOLE_EPISODE])
        expect(reasonOf(check({ renditionMask }, storyboard))).toBe('segment_not_covered');
    }
  });

  test('the poster and nothing that plays when it is for images only', () => {
    const images = { renditionMask: 0, segmentCount: 0 };
    expect(reasonOf(check(images, { kind: 'poster' }))).toBe('ok');
    expect(reasonOf(check(images, { kind: 'preview', file: 'preview.mp4' }))).toBe('ok');
    for (const object of [
      { kind: 'track', rendition: 'a0', file: '0.m4s' },
      { kind: 'track', rendition: 'a0', file: 'init.mp4' },
      { kind: 'track-playlist', rendition: 't0' },
      { kind: 'storyboard', file: 'storyboard.jpg' },
    ] as const) {
      expect(reasonOf(check(images, object))).toBe('segment_not_covered');
    }
    for (const object of [
      { kind: 'segment', rendition: 0, number: 0 },
      { kind: 'init', rendition: 0 },
      { kind: 'media-playlist', rendition: 0 },
      { kind: 'start', rendition: 0 },
    ] as const) {
      expect(reasonOf(check(images, object))).toBe('rendition_not_covered');
    }
    expect(reasonOf(check({ segmentCount: 0 }, { kind: 'start', rendition: 0 }))).toBe('segment_not_covered');
  });
});
