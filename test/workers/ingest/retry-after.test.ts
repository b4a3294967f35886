/** How long a job waits whose attempt failed. The platform of the other files does not let it wait. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { DEFAULT_RETRY_AFTER_SECONDS, RETRY_AFTER_FACTOR } from '#core/ingest/limits.ts';
import { startPlatform, type Platform } from '../../../scripts/platform/index.ts';
import { apiFetch } from '../../support/edge.ts';
import { withClock } from '../support/clock.ts';
import { finish, lease, sendFailed } from '../support/fake-transcoder.ts';
import { jsonOf } from '../support/http.ts';
import { createEpisode, createSeries, readJob, uploadSource } from '../support/library.ts';
import { ownEdge } from '../support/own-edge.ts';

vi.mock('../../support/edge.ts', () => import('../support/own-edge.ts'));

const dataDir = mkdtempSync(path.join(tmpdir(), 'cliffhanger-retry-'));
let platform: Platform;
let seriesId = '';
let number = 1;

beforeAll(async () => {
  const { secrets } = ownEdge;
  platform = await startPlatform({ port: 0, dataDir, secrets, demo: false, log: () => undefined, adapt: withClock });
  ownEdge.origin = platform.origin;
  seriesId = (await createSeries()).id;
});

afterAll(async () => {
  await platform.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

const queued = async () => uploadSource((await createEpisode(seriesId, number++)).id);

async function leaseNow() {
  const job = await lease();
  if (job === null) throw new Error('nothing is in the queue');
  return job;
}

/** The edge's clock, and not this machine's time: a busy one takes seconds for a few calls. */
const setClock = (laterSeconds: number): Promise<unknown> =>
  apiFetch('/v1/jobs', { headers: { 'x-later-ms': String(laterSeconds * 1_000) } }).then(jsonOf);

test('a job that failed waits, longer the second time, and others have their turn meanwhile', async () => {
  const [broken, other] = [await queued(), await queued()];
  const first = await leaseNow();
  expect(first.jobId).toBe(broken.id);
  await jsonOf(await sendFailed(first, true, 'source-download-failed'));
  expect(await readJob(broken.id)).toMatchObject({ state: 'queued', attempts: 1 });
  const next = await leaseNow();
  expect(next.jobId).toBe(other.id);
  await finish(next);
  await setClock(DEFAULT_RETRY_AFTER_SECONDS / 2);
  expect(await lease()).toBeNull();
  await setClock(DEFAULT_RETRY_AFTER_SECONDS + 1);
  const second = await leaseNow();
  expect(second).toMatchObject({ jobId: broken.id, attempt: 2 });
  await jsonOf(await sendFailed(second, true, 'source-download-failed'));
  await setClock(DEFAULT_RETRY_AFTER_SECONDS * 3);
  expect(await lease()).toBeNull();
  await setClock(DEFAULT_RETRY_AFTER_SECONDS * (1 + RETRY_AFTER_FACTOR) + 2);
  const third = await leaseNow();
  expect(third).toMatchObject({ jobId: broken.id, attempt: 3 });
  await jsonOf(await sendFailed(third, true, 'source-download-failed'));
  expect(await readJob(broken.id)).toMatchObject({ state: 'failed' });
});

test('a job that an operator has tried again does not wait, nor one that a stopped transcoder gave back', async () => {
  const job = await queued();
  await jsonOf(await sendFailed(await leaseNow(), true, 'worker-stopped'));
  const again = await leaseNow();
  expect(again.jobId).toBe(job.id);
  await jsonOf(await sendFailed(again, true, 'upload-failed'));
  expect(await lease()).toBeNull();
  await jsonOf(await apiFetch(`/v1/jobs/${job.id}/cancel`, { method: 'POST' }));
  await jsonOf(await apiFetch(`/v1/jobs/${job.id}/retry`, { method: 'POST' }), 202);
  expect((await leaseNow()).jobId).toBe(job.id);
});
