import { describe, expect, it } from 'vitest';
import { findLetterbox, type PictureArea } from '#core/ladder/letterbox.ts';
import { displayedSize, fitKind } from '#core/ladder/picture.ts';
import type { SourceVideo } from '#core/ladder/source.ts';

const FULL_HD = { width: 1920, height: 1080 };

function area(x: number, y: number, width: number, height: number): PictureArea {
  return { x, y, width, height };
}

describe('black bars', () => {
  it('beside a vertical picture in a landscape file are found, and the picture is what is left', () => {
    const pillars = Array.from({ length: 8 }, () => area(656, 0, 608, 1080));
    expect(findLetterbox(pillars, FULL_HD)).toEqual(area(656, 0, 608, 1080));
  });

  it('above and below are found where a dark scene ends further in, and nothing that was seen is lost', () => {
    const frames = [...Array.from({ length: 6 }, () => area(0, 139, 1920, 802)), area(300, 200, 900, 500)];
    expect(findLetterbox(frames, FULL_HD)).toEqual(area(0, 140, 1920, 800));
  });

  it.each([
    ['too few frames to be sure', [area(656, 0, 608, 1080), area(656, 0, 608, 1080)]],
    ['only black frames', []],
    ['no bars at all', Array.from({ length: 6 }, () => area(0, 0, 1920, 1080))],
    [
      'dark walls, which end elsewhere in each shot',
      [0, 90, 180, 270, 360, 450].map((x) => area(200 + x, 0, 700, 1080)),
    ],
    ['a bar on one side only: a door frame', Array.from({ length: 6 }, () => area(300, 0, 1620, 1080))],
    ['a sliver that is not worth it', Array.from({ length: 6 }, () => area(20, 0, 1880, 1080))],
    ['next to nothing left: a title on black', Array.from({ length: 6 }, () => area(800, 500, 320, 80))],
    [
      'one bright frame that fills the picture',
      [...Array.from({ length: 9 }, () => area(656, 0, 608, 1080)), area(0, 0, 1920, 1080)],
    ],
  ])('are not seen in %s', (_, frames) => {
    expect(findLetterbox(frames, FULL_HD)).toBeNull();
  });
});

describe('a picture that is not vertical', () => {
  it.each([
    ['16:9', 1920, 1080, 'crop', 'blur-pad', null],
    ['square', 1080, 1080, 'crop', 'blur-pad', 'blur-pad'],
    ['4:5', 1080, 1350, 'crop', 'blur-pad', 'blur-pad'],
    ['9:16', 1080, 1920, 'exact', 'exact', 'exact'],
    ['1:2, a long phone', 1080, 2160, 'crop', 'crop', 'crop'],
    ['1:3, taller than any phone', 1080, 3240, 'blur-pad', 'blur-pad', 'blur-pad'],
  ] as const)('%s is fitted as the operator says', (_, width, height, crop, pad, refuse) => {
    expect(fitKind({ width, height }, 'crop')).toBe(crop);
    expect(fitKind({ width, height }, 'blur-pad')).toBe(pad);
    expect(fitKind({ width, height }, 'refuse')).toBe(refuse);
  });
});

describe('the displayed size', () => {
  const video: SourceVideo = {
    streamIndex: 0,
    codec: 'h264',
    encrypted: false,
    storedWidth: 1440,
    storedHeight: 1080,
    rotationDegrees: 0,
    sampleAspectRatio: 4 / 3,
    averageFrameRate: 25,
    transfer: 'sdr',
    matrix: 'bt709',
    startSeconds: 0,
    durationSeconds: 10,
  };

  it('takes the shape of the samples with it when the picture is turned', () => {
    expect(displayedSize(video)).toEqual({ width: 1440, height: 810 });
    expect(displayedSize({ ...video, rotationDegrees: -90 })).toEqual({ width: 810, height: 1440 });
  });

  it('is that of the area inside the bars, which are measured on the upright picture', () => {
    expect(displayedSize(video, area(180, 0, 1080, 1080))).toEqual({ width: 1080, height: 810 });
    expect(displayedSize({ ...video, rotationDegrees: 90 }, area(0, 180, 1080, 1080))).toEqual({
      width: 810,
      height: 1080,
    });
  });
});
