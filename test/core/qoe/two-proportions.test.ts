import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contributionOf } from '#core/qoe/contribution.ts';
import { METRIC_NAMES, metricOf } from '#core/qoe/metric-names.ts';
import { metricsOf } from '#core/qoe/metrics.ts';
import { proportionOf, SHARES } from '#core/qoe/proportions.ts';
import { add, emptyRollup } from '#core/qoe/rollup.ts';
import { seriesMetricsOf, type SeriesMetrics } from '#core/qoe/series-metrics.ts';
import { differenceOfProportions } from '#core/qoe/two-proportions.ts';
import { anyView } from './some-views.ts';

const rounded = (a: [number, number], b: [number, number]): number[] => {
  const interval = differenceOfProportions({ part: a[0], whole: a[1] }, { part: b[0], whole: b[1] });
  return [interval?.low ?? Number.NaN, interval?.high ?? Number.NaN].map((bound) => Math.round(bound * 1e4) / 1e4);
};

describe('the difference of two shares', () => {
  // The examples of Newcombe's table II, method 10.
  test('has the interval that was published for these', () => {
    expect(rounded([56, 70], [48, 80])).toEqual([0.0524, 0.3339]);
    expect(rounded([9, 10], [3, 10])).toEqual([0.1705, 0.809]);
    expect(rounded([10, 10], [0, 10])).toEqual([0.6075, 1]);
    expect(rounded([5, 56], [0, 29])).toEqual([-0.0381, 0.1926]);
  });

  test('is none where one of the groups is nobody', () => {
    expect(differenceOfProportions({ part: 0, whole: 0 }, { part: 1, whole: 2 })).toBeNull();
  });

  test('lies within its interval, which lies within the possible, and turns with the groups', () => {
    const group = fc.nat(500).chain((whole) => fc.record({ part: fc.nat(whole), whole: fc.constant(whole + 1) }));
    fc.assert(
      fc.property(group, group, (a, b) => {
        const [one, other] = [differenceOfProportions(a, b), differenceOfProportions(b, a)];
        if (one === null || other === null) throw new Error('nobody');
        expect(one.low).toBeLessThanOrEqual(one.estimate + 1e-12);
        expect(one.high).toBeGreaterThanOrEqual(one.estimate - 1e-12);
        expect(one.low).toBeGreaterThanOrEqual(-1 - 1e-12);
        expect(one.high).toBeLessThanOrEqual(1 + 1e-12);
        expect(one.low).toBeCloseTo(-other.high, 10);
      }),
    );
  });
});

describe('a share that is compared', () => {
  test('is the metric of the same name', () => {
    fc.assert(
      fc.property(fc.array(anyView, { maxLength: 30 }), (views) => {
        const rollup = views
          .map((view) => contributionOf(view, { durationSeconds: 90, lowBelowPx: 640 }))
          .reduce(add, emptyRollup());
        const series: SeriesMetrics = seriesMetricsOf(rollup, null);
        for (const [name, share] of Object.entries(SHARES)) {
          const { part, whole } = proportionOf(rollup, share);
          const metric = METRIC_NAMES.find((each) => each === name);
          const told = metric === undefined ? series[name as 'nextEpisodeRate'] : metricOf(metricsOf(rollup), metric);
          if (whole === 0) expect(told, name).toBeNull();
          else expect(told, name).toBeCloseTo((share.scale * part) / whole, 9);
        }
      }),
      { numRuns: 50 },
    );
  });
});
