import { describe, expect, test } from 'vitest';
import { Bandwidth } from '../../player/bandwidth.ts';
import { emptyStats } from '../../player/start/loader-stats.ts';
import { PartBuffer } from '../../player/start/part-buffer.ts';
import { replayTimes } from '../../player/start/replay-times.ts';

const NOW_MS = 1_700_000_000_000;

function storage(kept: Map<string, string>): Pick<Storage, 'getItem' | 'setItem'> {
  return { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => void kept.set(key, value) };
}

function bandwidth(kept: Pick<Storage, 'getItem' | 'setItem'> | null, hintBps: number | null = null): Bandwidth {
  return new Bandwidth({ storage: kept, hintBps, wallMs: () => NOW_MS });
}

describe('the measure of the line', () => {
  test('takes two transfers at a time for one line', () => {
    const measure = bandwidth(null);
    measure.begin(0);
    measure.begin(0);
    for (const nowMs of [100, 200, 300, 400]) for (const bytes of [50_000, 50_000]) measure.add(bytes, nowMs);
    measure.end(400);
    measure.end(400);
    expect(measure.measuredBps).toBeCloseTo(8_000_000, -3);
  });

  test('leaves out the time in which nothing was asked for', () => {
    const measure = bandwidth(null);
    for (const fromMs of [0, 60_000]) {
      measure.begin(fromMs);
      measure.add(100_000, fromMs + 100);
      measure.end(fromMs + 100);
    }
    expect(measure.bps).toBeCloseTo(8_000_000, -3);
  });

  test('is kept for the next visit as two numbers, and is not needed for it', () => {
    const kept = new Map<string, string>();
    const first = bandwidth(storage(kept));
    first.remember();
    expect(kept.size).toBe(0);
    first.begin(0);
    first.add(125_000, 250);
    first.end(250);
    first.remember();
    expect([...kept.values()]).toEqual([`4000000@${NOW_MS}`]);
    expect(bandwidth(storage(kept)).bps).toBe(4_000_000);
    expect(bandwidth(storage(kept)).measuredBps).toBeNull();
  });

  test('goes on where storage is denied', () => {
    const denied = {
      getItem: () => {
        throw new Error('SecurityError');
      },
      setItem: () => {
        throw new Error('QuotaExceededError');
      },
    };
    const measure = bandwidth(denied, 10_000_000);
    expect(measure.bps).toBe(7_000_000);
    measure.begin(0);
    measure.add(125_000, 250);
    measure.end(250);
    expect(() => measure.remember()).not.toThrow();
  });
});

test('bytes out of memory are told with the times of their transfer, so that nobody takes memory for a line', () => {
  const part = new PartBuffer(1_000, 100_000);
  part.push(new Uint8Array(50_000), 1_080);
  part.push(new Uint8Array(50_000), 1_280);
  part.finish({ kind: 'whole' });
  const stats = emptyStats();
  replayTimes(part, stats, 9_000);
  expect(stats.loading).toEqual({ start: 8_720, first: 8_800, end: 0 });
});
