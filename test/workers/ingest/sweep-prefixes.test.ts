/** What nothing uses any more goes after a day, and nothing else. On a platform of its own, whose clock can be set. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { AwsClient } from 'aws4fetch';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startPlatform, type Platform } from '../../../scripts/platform/index.ts';
import { apiFetch, edgeFetch, platformSecrets } from '../../support/edge.ts';
import { withClock } from '../support/clock.ts';
import { fakeVersion, finish, leaseJob, putObjects, sendFailed, sendProgress } from '../support/fake-transcoder.ts';
import { expectProblem, jsonOf, statusOf } from '../support/http.ts';
import { createEpisode, createSeries, publish, uploadSource } from '../support/library.ts';
import { ownEdge } from '../support/own-edge.ts';
import { newViewerId, viewerToken } from '../support/tokens.ts';
import { mediaPrefix } from '../support/viewers.ts';

vi.mock('../../support/edge.ts', () => import('../support/own-edge.ts'));

const dataDir = mkdtempSync(path.join(tmpdir(), 'cliffhanger-sweep-'));
let platform: Platform;
let seriesId = '';
let bucketUrl = '';
let nextNumber = 1;

beforeAll(async () => {
  const secrets = ownEdge.secrets;
  platform = await startPlatform({ port: 0, dataDir, secrets, demo: false, log: () => undefined, adapt: withClock });
  ownEdge.origin = platform.origin;
  seriesId = (await createSeries()).id;
});
afterAll(async () => {
  await platform.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

/** Every key below a prefix. */
async function keysBelow(prefix: string): Promise<string[]> {
  const { s3AccessKeyId: accessKeyId, s3SecretAccessKey: secretAccessKey } = platformSecrets();
  const client = new AwsClient({ accessKeyId, secretAccessKey, service: 's3', region: 'auto' });
  const answer = await client.fetch(`${bucketUrl}?list-type=2&prefix=${prefix}`);
  return [...(await answer.text()).matchAll(/<Key>([^<]+)<\/Key>/g)].map(([, key = '']) => key);
}

/** The cron at a time so many hours from now. */
async function cronAfter(hours: number): Promise<void> {
  await setClock(hours);
  await platform.runScheduled();
  await setClock(0);
}

const HOUR_MS = 3_600_000;

async function setClock(hoursLater: number): Promise<void> {
  await statusOf(await apiFetch('/v1/series', { headers: { 'x-later-ms': String(hoursLater * HOUR_MS) } }));
}

interface Made {
  readonly jobId: string;
  readonly episodeId: string;
  /** `a/{asset}/{version}/` */
  readonly prefix: string;
  readonly source: string;
}

async function attempt(episodeId: string, end: 'published' | 'failed'): Promise<Made> {
  const leased = await leaseJob((await uploadSource(episodeId)).id);
  const source = new URL(leased.source.url).pathname;
  bucketUrl = new URL(leased.source.url).origin + source.slice(0, source.indexOf('/s/'));
  const grant = end === 'published' ? await finish(leased) : await putObjects(leased, fakeVersion().objects);
  if (end === 'failed') await jsonOf(await sendFailed(leased, false));
  const [first] = grant.uploads;
  const key = new URL(first?.url ?? '').pathname;
  const prefix = key
    .slice(key.indexOf('/a/') + 1)
    .split('/')
    .slice(0, 3)
    .join('/');
  return { jobId: leased.jobId, episodeId, prefix: `${prefix}/`, source: source.slice(source.indexOf('/s/') + 1) };
}

const newEpisode = async (): Promise<string> => (await createEpisode(seriesId, nextNumber++)).id;

test('an attempt that failed leaves nothing a day later, and everything until then', async () => {
  const failed = await attempt(await newEpisode(), 'failed');
  await cronAfter(23);
  expect((await keysBelow(failed.prefix)).length).toBeGreaterThan(20);
  await cronAfter(25);
  expect(await keysBelow(failed.prefix)).toEqual([]);
  // The source stays, so that the job can be tried again.
  expect(await keysBelow(failed.source)).toEqual([failed.source]);
});

const order = (jobId: string, what: 'cancel' | 'retry') => apiFetch(`/v1/jobs/${jobId}/${what}`, { method: 'POST' });

test('a job that failed or was cancelled can be tried again for thirty days; then its source goes, and it says so', async () => {
  const days = (n: number): Promise<void> => cronAfter(n * 24);
  const [failed, again] = [await attempt(await newEpisode(), 'failed'), await attempt(await newEpisode(), 'failed')];
  const cancelled = await uploadSource(await newEpisode());
  await jsonOf(await order(cancelled.id, 'cancel'));
  const sources = [failed.source, `s/${cancelled.episodeId}/${cancelled.id}`];
  await days(29);
  for (const source of [...sources, again.source]) expect(await keysBelow(source)).toEqual([source]);
  await jsonOf(await order(again.jobId, 'retry'), 202);
  const retried = await leaseJob(again.jobId);
  await finish(retried);
  await days(31);
  for (const source of sources) expect(await keysBelow(source)).toEqual([]);
  expect((await expectProblem(await order(failed.jobId, 'retry'), 'conflict')).detail).toMatch(/no longer stored/);
  // What became an episode stays, however long ago it failed once.
  expect(await keysBelow(again.source)).toEqual([again.source]);
});

test('a version that was replaced goes with its source, and the one that plays stays whole', async () => {
  const episodeId = await newEpisode();
  const old = await attempt(episodeId, 'published');
  await publish(episodeId);
  const current = await attempt(episodeId, 'published');
  await cronAfter(23);
  expect((await keysBelow(old.prefix)).length).toBeGreaterThan(20);
  for (const hours of [25, 50, 100]) await cronAfter(hours);
  expect(await keysBelow(old.prefix)).toEqual([]);
  expect(await keysBelow(old.source)).toEqual([]);
  expect(await keysBelow(current.prefix)).toHaveLength(fakeVersion().objects.size);
  expect(await keysBelow(current.source)).toEqual([current.source]);
  const prefix = await mediaPrefix(episodeId, await viewerToken(newViewerId()));
  expect(await statusOf(await edgeFetch(`${prefix}/v0/3.m4s`))).toBe(200);
});

test('of an episode and of a series that were deleted nothing is left, attempts and sources included', async () => {
  const one = await attempt(await newEpisode(), 'published');
  const other = await createSeries();
  const two = await attempt((await createEpisode(other.id)).id, 'published');
  const kept = await attempt(await newEpisode(), 'published');
  await statusOf(await apiFetch(`/v1/episodes/${one.episodeId}`, { method: 'DELETE' }));
  await statusOf(await apiFetch(`/v1/series/${other.id}`, { method: 'DELETE' }));
  await cronAfter(25);
  for (const { prefix, source } of [one, two]) {
    expect(await keysBelow(prefix)).toEqual([]);
    expect(await keysBelow(source)).toEqual([]);
  }
  expect((await keysBelow(kept.prefix)).length).toBeGreaterThan(20);
});

test('a job that is still at work after a day keeps what it has written', async () => {
  const leased = await leaseJob((await uploadSource(await newEpisode())).id);
  const { uploads } = await putObjects(leased, fakeVersion().objects);
  const key = new URL(uploads[0]?.url ?? '').pathname;
  const prefix = `${key
    .slice(key.indexOf('/a/') + 1)
    .split('/')
    .slice(0, 3)
    .join('/')}/`;
  await setClock(25);
  await jsonOf(await sendProgress(leased, 0.5, { at: new Date(Date.now() + 25 * HOUR_MS) }));
  await cronAfter(25);
  expect(await keysBelow(prefix)).toHaveLength(fakeVersion().objects.size);
  // Silent from then on, it loses the job, and a day after the sweep looked at it everything goes.
  for (const hours of [26, 51, 52]) await cronAfter(hours);
  expect(await keysBelow(prefix)).toEqual([]);
});
