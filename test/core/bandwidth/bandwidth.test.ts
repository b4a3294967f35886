import { describe, expect, test } from 'vitest';
import { chooseRung } from '../../../core/bandwidth/choose-rung.ts';
import { bandwidthBps, foldSample, type BandwidthEstimate } from '../../../core/bandwidth/estimate.ts';
import { MEMORY_HALF_LIFE_MS, UNKNOWN_BANDWIDTH_BPS } from '../../../core/bandwidth/limits.ts';
import { parseRemembered, recallBandwidth, serializeRemembered } from '../../../core/bandwidth/recall.ts';

const second = (bps: number): { bytes: number; durationMs: number } => ({ bytes: bps / 8, durationMs: 1_000 });

describe('the estimate of the line', () => {
  test('falls faster than it rises', () => {
    let estimate: BandwidthEstimate | null = foldSample(null, second(4_000_000));
    expect(estimate && bandwidthBps(estimate)).toBe(4_000_000);
    const fallen = foldSample(foldSample(estimate, second(1_000_000)), second(1_000_000));
    const risen = foldSample(foldSample(estimate, second(7_000_000)), second(7_000_000));
    expect(4_000_000 - (fallen ? bandwidthBps(fallen) : 0)).toBeGreaterThan(
      (risen ? bandwidthBps(risen) : 0) - 4_000_000,
    );
  });

  test('learns nothing from an init section, and no gigabits from a clock of a millisecond', () => {
    expect(foldSample(null, { bytes: 900, durationMs: 0 })).toBeNull();
    expect(foldSample(null, { bytes: 40_000, durationMs: 0 })?.fastBps).toBe(80_000_000);
  });
});

describe('what is remembered of an earlier visit', () => {
  test('is believed at once, by half after a while, and hardly at all after days', () => {
    const remembered = { bps: 8_000_000, atMs: 1_000 };
    expect(recallBandwidth(remembered, null, 1_000)).toBe(8_000_000);
    expect(recallBandwidth(remembered, null, 1_000 + MEMORY_HALF_LIFE_MS)).toBe(
      (8_000_000 + UNKNOWN_BANDWIDTH_BPS) / 2,
    );
    expect(recallBandwidth(remembered, 1_000_000, 1_000 + 12 * MEMORY_HALF_LIFE_MS)).toBeLessThan(710_000);
  });

  test('is two numbers, and whatever else lies there counts for nothing', () => {
    const remembered = { bps: 1_234_567, atMs: 1_700_000_000_000 };
    expect(parseRemembered(serializeRemembered(remembered))).toEqual(remembered);
    for (const text of [null, '', '@', 'x@y', '-1@5', '5', 'Infinity@5', '{"bps":1}'])
      expect(parseRemembered(text), String(text)).toBeNull();
  });
});

describe('the first rung', () => {
  const rungs = [
    { bandwidthBps: 1_050_000, widthPx: 540 },
    { bandwidthBps: 500_000, widthPx: 360 },
    { bandwidthBps: 1_800_000, widthPx: 720 },
    { bandwidthBps: 3_400_000, widthPx: 1080 },
  ];

  test.each([
    ['a line that carries none', 300_000, 1170, 1],
    ['a weak line', 1_600_000, 1170, 0],
    ['a good line', 4_000_000, 1170, 2],
    ['a fast line and a phone', 50_000_000, 1170, 3],
    ['a fast line and a small window', 50_000_000, 390, 0],
    ['a fast line and a window that is not known', 50_000_000, null, 3],
  ])('of %s', (_name, bps, viewport, expected) => {
    expect(chooseRung(rungs, bps, viewport)).toBe(expected);
  });
});
