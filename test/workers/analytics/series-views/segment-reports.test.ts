/** How long is kept what players said with segment requests. */
import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, test } from 'vitest';
import type { SegmentReport } from '#core/cmcd/segment-report.ts';
import type { SegmentReports } from '../../../../workers/analytics/segments/segment-reports.ts';
import { DAY_MS, HOUR_MS } from './support/audience.ts';

const REPORT: SegmentReport = { assetId: 'a', requests: 1, starved: 0, throughputKbps: [4_000] };

test('reports of an asset go after 90 days, also when nobody plays it any more', async () => {
  const stub = env.SEGMENT_REPORTS.getByName(crypto.randomUUID()) as DurableObjectStub<SegmentReports>;
  const nowMs = Date.now();
  await stub.add(REPORT, nowMs - 91 * DAY_MS);
  await stub.add(REPORT, nowMs - 40 * DAY_MS);
  await runInDurableObject(stub, (object) => object.alarm());
  const keys = await runInDurableObject(stub, (_, state) => [...state.storage.kv.list()].map(([key]) => Number(key)));
  expect(keys).toEqual([Math.floor((nowMs - 40 * DAY_MS) / HOUR_MS)]);
  const next = await runInDurableObject(stub, (_, state) => state.storage.getAlarm());
  expect(next).toBeGreaterThan(nowMs + 49 * DAY_MS);
  expect(next).toBeLessThan(nowMs + 51 * DAY_MS);
});
