import { describe, expect, it } from 'vitest';
import { choosePosterStill, choosePreviewStart } from '#core/ladder/choose-stills.ts';
import { levellingGainDb } from '#core/ladder/loudness.ts';
import { pictureWarnings, type StillStatistics, stillStatistics } from '#core/ladder/passages.ts';
import { type Rung } from '#core/ladder/rungs.ts';
import { planStills, storyboardVtt } from '#core/ladder/stills.ts';
import { thumbHash } from '#core/ladder/thumb-hash.ts';

const [WIDTH, HEIGHT] = [36, 64];

/** One RGB still; `shade` is asked for each sample. */
function still(shade: (x: number, y: number) => number): Uint8Array {
  const rgb = new Uint8Array(WIDTH * HEIGHT * 3);
  for (let n = 0; n < WIDTH * HEIGHT; n++) rgb.fill(shade(n % WIDTH, Math.floor(n / WIDTH)), n * 3, n * 3 + 3);
  return rgb;
}

const black = still(() => 2);
const scene = (seed: number): Uint8Array => still((x, y) => (x * 7 + y * 3 + seed * 41) % 256);

function statistics(stills: readonly Uint8Array[]): readonly StillStatistics[] {
  return stillStatistics(Buffer.concat(stills), WIDTH * HEIGHT * 3);
}

function warnings(stills: readonly Uint8Array[]): readonly string[] {
  return pictureWarnings(statistics(stills), 1).map(
    ({ code, detail }) => `${code} ${/[\d ]+to \d+ s/.exec(detail)?.[0]}`,
  );
}

describe('what is said about the picture', () => {
  const moving = Array.from({ length: 6 }, (_, n) => scene(n));

  it('nothing, where something moves', () => {
    expect(warnings(moving)).toEqual([]);
  });

  it('a black passage of two seconds is told, with its place; a cut to black for one is not', () => {
    expect(warnings([black, black, ...moving])).toEqual(['picture-black-passage  0 to 2 s']);
    expect(warnings([scene(9), black, ...moving])).toEqual([]);
  });

  it('a picture that stands for five seconds is told, noise of an encoder or not', () => {
    const noisy = (n: number): Uint8Array => scene(1).map((value) => Math.min(255, value + (n % 2)));
    expect(warnings([...moving, ...[0, 1, 2, 3, 4, 5, 6].map(noisy)])).toEqual(['picture-frozen  7 to 13 s']);
  });

  it('a hand that moves is not a frozen picture', () => {
    const base = scene(1);
    const hand = Array.from({ length: 8 }, (_, n) => base.with(3000, (base[3000] ?? 0) > 128 ? n * 9 : 255 - n * 9));
    expect(warnings(hand)).toEqual([]);
  });

  it('an episode that is black throughout is told as that', () => {
    expect(pictureWarnings(statistics([black, black]), 1).map(({ code }) => code)).toEqual(['picture-black']);
  });
});

describe('the poster and the preview', () => {
  it('the poster is never black where anything else exists', () => {
    expect(choosePosterStill(statistics([black, black, scene(1), black]))).toEqual({ index: 2, isBlack: false });
    expect(choosePosterStill(statistics([black, black])).isBlack).toBe(true);
  });

  it('the preview is where something moves, and not at the end', () => {
    const stills = [black, black, ...Array.from({ length: 6 }, () => scene(1)), scene(2), scene(3), scene(4), scene(5)];
    const rest = Array.from({ length: 8 }, () => scene(5));
    expect(choosePreviewStart(statistics([...stills, ...rest]), 1, 20)).toBe(7);
    const twist = [...Array.from({ length: 17 }, () => scene(1)), scene(2), scene(3), scene(4)];
    expect(choosePreviewStart(statistics(twist), 1, 20)).toBeLessThan(13);
    expect(choosePreviewStart(statistics([scene(1), scene(2)]), 1, 2)).toBe(0);
  });
});

describe('the storyboard', () => {
  const rung = { width: 360, height: 640 } as Rung;
  const stills = (seconds: number) => {
    const plan = { frameRate: { numerator: 24, denominator: 1 }, frameCount: seconds * 24, durationSeconds: seconds };
    return planStills({ ...plan, rungs: [rung] });
  };

  it('has a tile for each second, and at most a hundred', () => {
    expect(stills(40)).toMatchObject({ count: 40, columns: 10, rows: 4, intervalSeconds: 1, tileHeight: 160 });
    expect(stills(900).count).toBe(100);
    expect(stills(3)).toMatchObject({ count: 3, columns: 3, rows: 1 });
    expect(stills(0.5).count).toBe(2);
  });

  it('is cut into cues without gaps, the last one up to the end', () => {
    const vtt = storyboardVtt(stills(12), 12.4, 'storyboard.jpg').split('\n\n');
    expect(vtt[0]).toBe('WEBVTT');
    expect(vtt[1]).toBe('00:00:00.000 --> 00:00:01.000\nstoryboard.jpg#xywh=0,0,90,160');
    expect(vtt[12]).toBe('00:00:11.000 --> 00:00:12.400\nstoryboard.jpg#xywh=90,160,90,160\n');
  });
});

describe('the placeholder', () => {
  // Made with the reference encoder, thumbhash 0.1.1 of npm, from the same pixels.
  it.each([
    [36, 64, 'XvgJJBpwBnd3h3Z4d3iwkAv3hw=='],
    [64, 36, 'WFcKFI4joEdwd4d2iHZbw0/ziA=='],
    [50, 50, 'mgcKHxQEeJRwd4d2iGiHeIeGlxDKBX8I'],
    [20, 60, 'mJcNGhhicGiHhod3+bA++Hc='],
  ])('of %dx%d is the same as the reference encoder makes', (width, height, expected) => {
    const rgb = new Uint8Array(width * height * 3);
    for (let n = 0; n < width * height; n++) {
      const [x, y] = [n % width, Math.floor(n / width)];
      rgb.set([(x * 7) % 256, (y * 4) % 256, (x * y) % 256], n * 3);
    }
    expect(Buffer.from(thumbHash(rgb, width, height)).toString('base64')).toBe(expected);
  });
});

describe('the loudness', () => {
  it.each([
    [-13, -3],
    [-16, 0],
    [-30, 14],
    [-50, 20],
    [-70, null],
    [-61, null],
    [null, null],
    [Number.NaN, null],
  ])('of %s LUFS is changed by %s dB', (lufs, gain) => {
    expect(levellingGainDb(lufs)).toBe(gain);
  });
});
