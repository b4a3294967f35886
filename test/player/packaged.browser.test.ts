/**
 * What the packager writes, in players of other people as they come: rungs and languages are changed while it plays. One
 * after the other: two decoded in software at once stall.
 */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inRoot } from '../../scripts/lib/paths.ts';
import { DURATION_SECONDS } from '../transcoder/tracks.ts';
import { launchChromium } from './support/browser.ts';
import { HAS_AV1, type PackagedMedia, servePackagedMedia } from './support/packaged-media.ts';
import { PLAY_AV1_IN_HLS, PLAY_IN_HLS, PLAY_IN_SHAKA } from './support/players-in-page.ts';

let media: PackagedMedia;
let browser: Browser;

beforeAll(async () => {
  media = await servePackagedMedia();
  browser = await launchChromium();
});

afterAll(async () => {
  await browser?.close();
  media?.close();
});

interface Player {
  readonly script: string;
  /** A function of the URL, as text. */
  readonly play: string;
}
const HLS: Player = { script: 'hls.js/dist/hls.min.js', play: PLAY_IN_HLS };
const HLS_ON_AV1: Player = { ...HLS, play: PLAY_AV1_IN_HLS };
const SHAKA: Player = { script: 'shaka-player/dist/shaka-player.compiled.js', play: PLAY_IN_SHAKA };

interface Played {
  readonly errors: readonly string[];
  readonly seconds: number;
  /** hls.js counts the rungs; shaka-player names their heights. */
  readonly levels: readonly number[];
  readonly languages: readonly string[];
  readonly cues: readonly string[];
  readonly buffers: string;
}

async function play(player: Player, folder: string): Promise<Played> {
  const page = await browser.newPage();
  await page.goto(`${media.origin}/`);
  await page.addScriptTag({ path: inRoot('node_modules', player.script) });
  const played = await page.evaluate(
    `(${player.play})(${JSON.stringify(`${media.origin}/${folder}/multivariant.m3u8`)})`,
  );
  await page.close();
  return played as Played;
}

describe('hls.js plays to the end, without an error, through a change of rung', () => {
  test('an episode of one language, whose sound is muxed with the picture', async () => {
    const played = await play(HLS, 'one');
    expect(played.errors).toEqual([]);
    expect(played.seconds).toBeCloseTo(DURATION_SECONDS, 0);
    expect(played.levels).toEqual([0, 1]);
    expect(played.buffers).toBe('audiovideo');
  });

  test('an episode of two languages, and of one after the other', async () => {
    const played = await play(HLS, 'two');
    expect(played.errors).toEqual([]);
    expect(played.seconds).toBeCloseTo(DURATION_SECONDS, 0);
    expect(played.levels).toEqual([0, 1]);
    expect(played.languages).toEqual(['en', 'es']);
    expect(played.buffers.split(',').toSorted()).toEqual(['audio', 'video']);
  });

  test('an uploaded file of two languages with subtitles, as the whole transcoder makes it', async () => {
    const played = await play(HLS, 'film');
    expect(played.errors).toEqual([]);
    expect(played.languages).toEqual(['en', 'es']);
    expect(played.cues).toEqual(['1 2.5 Where <i>were</i> you?']);
  });

  test('an episode of one language, to which a dub was added later', async () => {
    const played = await play(HLS, 'dubbed');
    expect(played.errors).toEqual([]);
    expect(played.seconds).toBeCloseTo(DURATION_SECONDS, 0);
    expect(played.levels).toEqual([0, 1]);
    expect(played.languages).toEqual(['en', 'es']);
    expect(played.buffers.split(',').toSorted()).toEqual(['audio', 'video']);
    expect(played.cues).toEqual(['0.5 1.5 across', '5 5.5 later']);
  });

  test.skipIf(!HAS_AV1)('an AV1 rung where it is told to, and comes back to H.264', async () => {
    const { errors, codecs, seconds } = (await play(HLS_ON_AV1, 'av1-film')) as Played & { codecs: string[] };
    expect(errors).toEqual([]);
    expect(codecs.map((codec) => codec.slice(0, 4))).toEqual(['av01', 'avc1']);
    expect(seconds).toBeCloseTo(DURATION_SECONDS, 0);
  });

  test('with every caption once, at its time, although one stands in two segments', async () => {
    expect((await play(HLS, 'one')).cues).toEqual(['0.5 1.5 across', '5 5.5 later']);
  });
});

describe('shaka-player plays to the end, without an error, up a rung and down again', () => {
  test('an episode of one language, whose sound is muxed with the picture', async () => {
    const played = await play(SHAKA, 'one');
    expect(played.errors).toEqual([]);
    expect(played.seconds).toBeCloseTo(DURATION_SECONDS, 0);
    expectUpAndDown(played.levels);
  });

  test('an episode of two languages, and of one after the other', async () => {
    const played = await play(SHAKA, 'two');
    expect(played.errors).toEqual([]);
    expect(played.seconds).toBeCloseTo(DURATION_SECONDS, 0);
    expectUpAndDown(played.levels);
    expect(played.languages).toEqual(['en', 'es']);
  });

  test('an uploaded file of two languages, as the whole transcoder makes it', async () => {
    const played = await play(SHAKA, 'film');
    expect(played.errors).toEqual([]);
    expect(played.seconds).toBeCloseTo(DURATION_SECONDS, 0);
    expectUpAndDown(played.levels);
    expect(played.languages).toEqual(['en', 'es']);
  });
});

function expectUpAndDown(heights: readonly number[]): void {
  const [low = 0, high = 0, ...rest] = heights;
  expect(high).toBeGreaterThan(low);
  expect(rest).toEqual([low]);
}
