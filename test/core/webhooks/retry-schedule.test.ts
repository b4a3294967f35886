import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DELIVERY_SCHEDULE_SECONDS, nextAttemptAtMs } from '#core/webhooks/retry-schedule.ts';

const DAY_MS = 86_400_000;
const after = (attempts: number, nowMs: number, random = 0): number | null =>
  nextAttemptAtMs({ scheduleSeconds: DELIVERY_SCHEDULE_SECONDS, armedAtMs: 0, attempts, nowMs, random });

describe('a delivery that fails', () => {
  test('is tried at once, after 5 s, 5 min, 30 min, and then at ever longer waits until a day has passed', () => {
    const times = DELIVERY_SCHEDULE_SECONDS.slice(1).map((_, index) => after(index + 1, 0));
    expect(times).toEqual([5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400].map((s) => s * 1_000));
    expect(after(DELIVERY_SCHEDULE_SECONDS.length, DAY_MS)).toBeNull();
  });

  test('is never tried in the past, however late the try before was', () => {
    expect(after(1, 60_000)).toBe(60_000);
  });

  test('comes up to a tenth of the wait earlier, never later than a day after the event', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: DELIVERY_SCHEDULE_SECONDS.length - 1 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (attempts, random) => {
          const [at = 0, before = 0] = [DELIVERY_SCHEDULE_SECONDS[attempts], DELIVERY_SCHEDULE_SECONDS[attempts - 1]];
          const next = after(attempts, 0, random) ?? -1;
          expect(next).toBeLessThanOrEqual(at * 1_000);
          expect(next).toBeGreaterThanOrEqual((at - (at - before) * 0.1) * 1_000 - 1);
        },
      ),
    );
  });
});
