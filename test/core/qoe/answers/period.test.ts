import { describe, expect, test } from 'vitest';
import { areApart, DAY_MS, HOUR_MS, periodOf } from '#core/qoe/answers/period.ts';
import { parseDimensions, parseSegment, segmentText } from '#core/qoe/answers/segment-names.ts';

const NOW = Date.UTC(2026, 10, 30, 12, 34, 56);
const at = (text: string): number => Date.parse(text);
const told = (from: string | null, to: string | null, grainMs?: number) => {
  const asked = { fromMs: from === null ? null : at(from), toMs: to === null ? null : at(to) };
  const { fromMs, toMs, isPartial } = periodOf(asked, NOW, grainMs);
  return [new Date(fromMs).toISOString(), new Date(toMs).toISOString(), isPartial];
};

describe('a period', () => {
  test('is widened to whole hours, and one that is whole stays', () => {
    expect(told('2026-11-29T10:20:00Z', '2026-11-29T11:00:00.001Z')).toEqual([
      '2026-11-29T10:00:00.000Z',
      '2026-11-29T12:00:00.000Z',
      false,
    ]);
    const whole = ['2026-11-29T10:00:00.000Z', '2026-11-29T11:00:00.000Z'] as const;
    expect(told(...whole)).toEqual([...whole, false]);
  });

  test('is of the last 28 days where none is asked for', () => {
    expect(told(null, null)).toEqual(['2026-11-02T12:00:00.000Z', '2026-11-30T13:00:00.000Z', false]);
  });

  test('is of whole days where hours are no longer kept, or days are asked for', () => {
    expect(told('2026-07-01T10:20:00Z', '2026-07-03T10:20:00Z')).toEqual([
      '2026-07-01T00:00:00.000Z',
      '2026-07-04T00:00:00.000Z',
      false,
    ]);
    expect(told('2026-11-28T10:20:00Z', '2026-11-29T10:20:00Z', DAY_MS)).toEqual([
      '2026-11-28T00:00:00.000Z',
      '2026-11-30T00:00:00.000Z',
      false,
    ]);
  });

  test('that began before anything that is kept says so', () => {
    const [from, to, isPartial] = told('2020-01-01T00:00:00Z', '2026-11-01T00:00:00Z');
    expect([from, to, isPartial]).toEqual(['2024-10-30T00:00:00.000Z', '2026-11-01T00:00:00.000Z', true]);
    expect(told('2020-01-01T00:00:00Z', '2020-02-01T00:00:00Z')[2]).toBe(true);
  });
});

describe('two parts', () => {
  const part = (fromMs: number, toMs: number, text?: string) => {
    const segment = text === undefined ? null : parseSegment(text);
    return { fromMs, toMs, segment: segment?.ok === true ? segment.value : null };
  };
  test.each([
    ['two periods', part(0, HOUR_MS), part(HOUR_MS, 2 * HOUR_MS), true],
    ['periods that overlap', part(0, 2 * HOUR_MS), part(HOUR_MS, 3 * HOUR_MS), false],
    ['two countries', part(0, HOUR_MS, 'country:DE'), part(0, HOUR_MS, 'country:US'), true],
    ['a country and itself', part(0, HOUR_MS, 'country:DE'), part(0, HOUR_MS, 'country:DE'), false],
    ['a country and everybody', part(0, HOUR_MS), part(0, HOUR_MS, 'country:US'), false],
    ['a country and a device', part(0, HOUR_MS, 'country:DE'), part(0, HOUR_MS, 'device:tv'), false],
  ])('have no view in common, or some: %s', (_, a, b, expected) => {
    expect(areApart(a, b)).toBe(expected);
  });
});

describe('a part of the audience', () => {
  test('is written as a dimension and its value', () => {
    for (const text of ['country:DE', 'appVersion:1.2.0-beta+3', 'experiment:paywall:b', 'device:phone', 'os:iOS 19']) {
      const segment = parseSegment(text);
      expect(segment.ok && segmentText(segment.value)).toBe(text);
    }
  });

  test.each([
    '',
    'DE',
    'country',
    'country:',
    'nation:DE',
    ':DE',
    'country:<b>',
    `country:${'x'.repeat(65)}`,
    'os:a\nb',
  ])('is not %j', (text) => {
    expect(parseSegment(text).ok).toBe(false);
  });

  test('is asked for by names, each once', () => {
    expect(parseDimensions('country, device,country')).toEqual({ ok: true, value: ['country', 'device'] });
    for (const text of ['', 'country,', 'nation', 'deviceType']) expect(parseDimensions(text).ok).toBe(false);
  });
});
