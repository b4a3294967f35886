import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeSurvival, PRIOR_SURVIVAL, stayShare } from '../../../core/preload/survival.ts';

describe('the curve of the feed', () => {
  it('is read from base64 as any other reader reads it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 130 }), (bytes) => {
        const base64 = Buffer.from(bytes).toString('base64');
        expect(decodeSurvival(base64)).toEqual(bytes);
        expect(decodeSurvival(base64.replace(/=+$/, ''))).toEqual(bytes);
      }),
    );
  });

  it.each(['', '=', '!!!!', 'AA-A', 'AA AA'])('is left out when it is %j', (text) => {
    expect(decodeSurvival(text)).toBeNull();
  });
});

describe('the share that stays', () => {
  const curve = Uint8Array.of(255, 204, 102, 0);

  it('is that of those who are still there', () => {
    expect(stayShare(curve, 0, 1)).toBeCloseTo(0.8);
    expect(stayShare(curve, 1, 2)).toBeCloseTo(0.5);
    expect(stayShare(curve, 0.5, 1.5)).toBeCloseTo(153 / 229.5);
  });

  it('says nothing after a second that nobody reached', () => {
    expect(stayShare(curve, 3, 9)).toBe(1);
  });

  it('is a share whatever the curve is', () => {
    const seconds = fc.double({ min: 0, max: 200, noNaN: true });
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 70 }), seconds, seconds, (survival, from, more) => {
        const share = stayShare(survival, from, from + more);
        expect(share >= 0 && share <= 1).toBe(true);
      }),
    );
  });
});

describe('the built-in prior', () => {
  it('starts with everybody, and at each second of the first half minute somebody leaves', () => {
    expect(PRIOR_SURVIVAL[0]).toBe(255);
    for (let second = 0; second < 30; second++)
      expect(PRIOR_SURVIVAL[second + 1]).toBeLessThan(PRIOR_SURVIVAL[second] ?? 0);
  });

  it('never rises, and keeps somebody to the end of the longest episode', () => {
    for (let second = 0; second < 120; second++)
      expect(PRIOR_SURVIVAL[second + 1]).toBeLessThanOrEqual(PRIOR_SURVIVAL[second] ?? 0);
    expect(PRIOR_SURVIVAL[120]).toBeGreaterThan(0);
  });
});
