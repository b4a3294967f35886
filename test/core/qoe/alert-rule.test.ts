import { describe, expect, test } from 'vitest';
import { decideAlert, type AlertRule, type AlertState } from '#core/qoe/alert-rule.ts';

const rule: AlertRule = {
  metric: 'rebufferPercentage',
  comparison: 'above',
  threshold: 2,
  minViews: 100,
  coolDownMinutes: 60,
};
const WELL: AlertState = { firingSinceMs: null, firedAtMs: null };
const NOW = 10_000_000;
const minutesAgo = (minutes: number): number => NOW - minutes * 60_000;
const decide = (value: number | null, views: number, state = WELL, more: Partial<AlertRule> = {}) =>
  decideAlert({ ...rule, ...more }, state, { value, views }, NOW);

describe('an alert', () => {
  test('fires above its threshold, and not at it', () => {
    expect([decide(2.1, 100), decide(2, 100), decide(1, 100)]).toEqual(['fire', 'stay', 'stay']);
  });

  test('or below it, where it says so', () => {
    const below = { comparison: 'below', threshold: 70 } as const;
    expect([decide(69, 100, WELL, below), decide(70, 100, WELL, below)]).toEqual(['fire', 'stay']);
  });

  test('says nothing of too few views, nor of what was not measured, and takes neither for a cure', () => {
    const firing = { firingSinceMs: minutesAgo(90), firedAtMs: minutesAgo(90) };
    expect([decide(50, 99), decide(null, 1_000), decide(0, 99, firing), decide(null, 1_000, firing)]).toEqual(
      Array.from({ length: 4 }, () => 'stay'),
    );
  });

  test('is told again only when it has cooled down', () => {
    const firing = (minutes: number) => ({ firingSinceMs: minutesAgo(200), firedAtMs: minutesAgo(minutes) });
    expect([decide(3, 100, firing(59)), decide(3, 100, firing(60))]).toEqual(['stay', 'fire']);
  });

  test('resolves once, and what comes back before it has cooled down waits', () => {
    expect(decide(1, 100, { firingSinceMs: minutesAgo(5), firedAtMs: minutesAgo(5) })).toBe('resolve');
    expect(decide(1, 100, { firingSinceMs: null, firedAtMs: minutesAgo(5) })).toBe('stay');
    expect(decide(3, 100, { firingSinceMs: null, firedAtMs: minutesAgo(5) })).toBe('stay');
    expect(decide(3, 100, { firingSinceMs: null, firedAtMs: minutesAgo(61) })).toBe('fire');
  });
});
