/** The first segment out of a start-up bundle, and what becomes of a start whose bundle does not come. */
import { describe, expect, test } from 'vitest';
import type { EdgeDouble } from './support/edge-double.ts';
import {
  asked,
  edge,
  eventually,
  open as openPage,
  page,
  position,
  slide,
  started,
  useElementRig,
  video,
} from './support/element-rig.ts';

useElementRig();

const open = (
  start: EdgeDouble['start'],
  more: { readonly isEncrypted?: true; readonly init?: string } = {},
): Promise<void> =>
  openPage({
    ...(more.init === undefined ? {} : { init: more.init }),
    change: (it) => {
      it.start = start;
      it.isEncrypted = more.isEncrypted === true;
    },
  });

describe('a start with a start-up bundle', { timeout: 60_000 }, () => {
  test('asks for one thing, and neither for the init section nor for the first segment', async () => {
    await open('whole');
    await started(1);
    await eventually(position).toBeGreaterThan(2.5);
    expect(asked(/ep1\/1\/v\d\/start/)).toHaveLength(1);
    expect(asked(/ep1\/1\/v\d\/(init\.mp4|0\.m4s|media\.m3u8)/)).toEqual([]);
    expect(asked(/ep1\/1\/v\d\/1\.m4s/)).toHaveLength(1);
  });

  test('has the line for itself: no poster comes beside it, nor later where there is a frame to show', async () => {
    await open('whole');
    await started(1);
    // Posters are asked for two seconds after a start.
    await eventually(position).toBeGreaterThan(3.5);
    expect(asked(/poster/)).toEqual([]);
  });

  test('shows the first frame before the first segment is there', async () => {
    await open('held');
    await started(1);
    await eventually(() =>
      video().evaluate(({ buffered }: HTMLVideoElement) => buffered.length && buffered.end(0)),
    ).toBeCloseTo(0.25, 1);
    expect(asked(/ep1\/1\/v\d\/0\.m4s/)).toEqual([]);
    edge.releaseStarts();
    await eventually(position).toBeGreaterThan(2.5);
    expect(asked(/ep1\/1\/v\d\/0\.m4s/)).toEqual([]);
  });

  test.each(['refused', 'cut', 'hanging'] as const)('that is %s is a start as before', async (start) => {
    await open(start);
    await started(1);
    await eventually(position).toBeGreaterThan(2.5);
    expect(asked(/ep1\/1\/v\d\/0\.m4s/)).toHaveLength(1);
    expect(await page.getByTestId('error').isVisible()).toBe(false);
    expect(await video().evaluate(({ buffered }: HTMLVideoElement) => buffered.length)).toBe(1);
  });

  test.each(['whole', 'cut'] as const)('of encrypted segments plays, its bundle %s', async (start) => {
    await open(start, { isEncrypted: true });
    await started(1);
    await eventually(position).toBeGreaterThan(2.5);
    const keys = asked(/ep1\/1\/v\d\/key/);
    expect(keys.length).toBeGreaterThan(0);
    expect(new Set(keys).size, 'one for each rung').toBe(keys.length);
    expect(asked(/ep1\/1\/v\d\/0\.m4s/)).toHaveLength(start === 'cut' ? 1 : 0);
  });

  test.each([
    ['a slow line', 900_000, 'v1'],
    ['a fast line', 9_000_000, 'v0'],
  ])('begins on the rung for %s that an earlier visit has measured', async (_name, bps, rung) => {
    await open('whole', { init: `localStorage.setItem('cliffhanger.bandwidth', '${bps}@' + Date.now())` });
    await started(1);
    expect(asked(/ep1\/1\/v\d\/start/)[0]).toContain(`/${rung}/start`);
    await eventually(position).toBeGreaterThan(0.3);
    expect(asked(/ep1\/1\/v\d\/0\.m4s/)).toEqual([]);
  });

  test('whose segments are refused for their rate waits as long as it was told, and goes on', async () => {
    await open('whole');
    await started(1);
    edge.rateLimited = 2;
    await video().evaluate((element: HTMLVideoElement) => (element.currentTime = 9.5));
    await eventually(position).toBeGreaterThan(10);
    expect(await page.getByTestId('error').isVisible()).toBe(false);
    expect(edge.rateLimited).toBeLessThanOrEqual(0);
  });

  test('ends what is under way for the episode that was left', async () => {
    await open('whole');
    const ended: string[] = [];
    page.on('requestfailed', (request) => ended.push(request.url()));
    await started(1);
    edge.latencyMs = 2_500;
    await page.waitForRequest(/ep1\/1\/v\d\/\d\.m4s/);
    await page.keyboard.press('ArrowDown');
    await eventually(() => ended.filter((url) => /ep1\/1\/v\d\/\d\.m4s/.test(url)).length).toBeGreaterThan(0);
  });

  test.each([
    ['by its range', true],
    ['out of the whole where the edge knows no ranges', false],
  ])(
    'of the next episode brings its first frame; a swipe goes on with what is left, %s',
    async (_name, knowsRanges) => {
      await open('whole');
      edge.knowsRanges = knowsRanges;
      await started(1);
      await eventually(() => asked(/ep2\/1\/v\d\/0\.m4s/)).toHaveLength(1);
      await eventually(() =>
        slide(2)
          .locator('video')
          .evaluate(({ readyState }: HTMLVideoElement) => readyState),
      ).toBeGreaterThanOrEqual(2);
      await page.keyboard.press('ArrowDown');
      await started(2);
      await eventually(position).toBeGreaterThan(2.5);
      expect(await page.locator('[data-episode-number="2"]').getAttribute('data-source')).toBe('attached');
      expect(asked(/ep2\/1\/v\d\/start/)).toEqual([expect.stringContaining('head=1')]);
      expect(asked(/ep2\/1\/v\d\/0\.m4s/)).toHaveLength(1);
      expect(await video().evaluate(({ buffered }: HTMLVideoElement) => buffered.length)).toBe(1);
    },
  );
});
