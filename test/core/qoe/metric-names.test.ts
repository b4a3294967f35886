import { expect, test } from 'vitest';
import { METRIC_NAMES, metricOf } from '#core/qoe/metric-names.ts';
import { metricsOf } from '#core/qoe/metrics.ts';
import { emptyRollup } from '#core/qoe/rollup.ts';

test('every number that is published has a name of its own, and is read by it', () => {
  const metrics = metricsOf(emptyRollup(), 7);
  const names = Object.entries(metrics).flatMap(([name, value]) =>
    typeof value === 'object' && value !== null ? Object.keys(value).map((part) => `${name}.${part}`) : [name],
  );
  expect([...METRIC_NAMES].toSorted()).toEqual(names.toSorted());
  const told = { ...metrics, uniqueViewers: 7, videoStartupTimeMs: { p50: 1, p75: 2, p95: 3 } };
  expect(['uniqueViewers', 'videoStartupTimeMs.p95'].map((name) => metricOf(told, name as 'views'))).toEqual([7, 3]);
});
