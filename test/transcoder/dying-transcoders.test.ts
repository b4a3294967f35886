/**
 * Real transcoders on the real edge that are stopped or killed at each step of a job: one publication, nothing half
 * visible, and of the losers nothing left (security.md TRN-4, TRN-5). A lease ends because the edge's clock is moved, not
 * because time passes: on a busy machine a transcoder that lives may be silent for seconds.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { AwsClient } from 'aws4fetch';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { DEFAULT_LEASE_SECONDS } from '#core/ingest/limits.ts';
import type { LeasedJob } from '#core/ingest/transcoder-protocol.ts';
import { startPlatform, type Platform } from '../../scripts/platform/index.ts';
import { apiFetch, edgeFetch, platformSecrets } from '../support/edge.ts';
import { withClock } from '../workers/support/clock.ts';
import { jsonOf, statusOf } from '../workers/support/http.ts';
import { createEpisode, createSeries, publish, readEpisode, uploadSource } from '../workers/support/library.ts';
import { ownEdge } from '../workers/support/own-edge.ts';
import { newViewerId, viewerToken } from '../workers/support/tokens.ts';
import { playlist, variantPaths } from '../workers/support/viewers.ts';
import { clipBytes, scratch } from './clips.ts';
import { type EdgeProxy, type SeenCall, startEdgeProxy } from './edge-proxy.ts';

vi.mock('../support/edge.ts', () => import('../workers/support/own-edge.ts'));

const INDEX = fileURLToPath(new URL('../../transcoder/index.ts', import.meta.url));
const dataDir = mkdtempSync(path.join(tmpdir(), 'cliffhanger-dying-'));
const { dir, remove } = scratch();

let platform: Platform;
let proxy: EdgeProxy;
let seriesId = '';
let clip: Buffer;
/** `{endpoint}/{bucket}`, as the lease tells it. */
let bucketUrl = '';
let number = 1;
const transcoders: ChildProcess[] = [];

beforeAll(async () => {
  platform = await startPlatform({
    port: 0,
    dataDir,
    secrets: ownEdge.secrets,
    demo: false,
    log: () => undefined,
    vars: { RETRY_AFTER_SECONDS: '0' },
    adapt: withClock,
  });
  ownEdge.origin = platform.origin;
  seriesId = (await createSeries()).id;
  clip = clipBytes(dir, { seconds: 3, size: '540x960' });
});

afterAll(async () => {
  await platform.stop();
  remove();
  rmSync(dataDir, { recursive: true, force: true });
});

beforeEach(async () => {
  proxy = await startEdgeProxy(platform.origin);
});
afterEach(async () => {
  for (const transcoder of transcoders.splice(0)) await kill(transcoder);
  await proxy.close();
});

function startTranscoder(): ChildProcess {
  const env = {
    ...process.env,
    EDGE_URL: proxy.url,
    TRANSCODER_WEBHOOK_SECRET: platformSecrets().transcoderWebhookSecret,
    WORK_DIR: path.join(dir, `work-${transcoders.length}-${Date.now()}`),
    TRANSCODER_CONCURRENCY: '1',
  };
  const transcoder = spawn(process.execPath, [INDEX], { env, stdio: 'ignore' });
  transcoders.push(transcoder);
  return transcoder;
}

async function kill(transcoder: ChildProcess): Promise<void> {
  if (transcoder.exitCode !== null || transcoder.signalCode !== null) return;
  const gone = new Promise((resolve) => transcoder.once('exit', resolve));
  transcoder.kill('SIGKILL');
  await gone;
}

interface JobDetail {
  readonly state: string;
  readonly phase: string;
  readonly attempts: number;
  readonly timeline: readonly { readonly phase: string; readonly attempt: number }[];
}
const readDetail = async (id: string) => jsonOf<JobDetail>(await apiFetch(`/v1/jobs/${id}`));

async function upload(): Promise<{ episodeId: string; jobId: string }> {
  const episode = await createEpisode(seriesId, number++);
  return { episodeId: episode.id, jobId: (await uploadSource(episode.id, new Uint8Array(clip))).id };
}

const setClock = (laterMs: number): Promise<number> =>
  apiFetch('/v1/series', { headers: { 'x-later-ms': String(laterMs) } }).then(statusOf);

/** What the cron does so much later. Nobody may hold a job meanwhile who is to keep it. */
async function sweepLater(seconds: number): Promise<void> {
  await setClock(seconds * 1_000);
  await platform.runScheduled();
  await setClock(0);
}

/** The holder was heard from a moment ago, as the test waited for its call: its job is taken back after a lease, not before. */
async function lapse(jobId: string): Promise<void> {
  await proxy.answered();
  await sweepLater(DEFAULT_LEASE_SECONDS / 4);
  expect((await readDetail(jobId)).state).toBe('running');
  await sweepLater(DEFAULT_LEASE_SECONDS + 1);
  expect((await readDetail(jobId)).state).not.toBe('running');
}

/** Waits for as long as the test may take. */
async function untilEnded(jobId: string): Promise<JobDetail> {
  for (;;) {
    const job = await readDetail(jobId);
    if (job.state === 'succeeded' || job.state === 'failed') return job;
    await sleep(250);
  }
}

/** Resolves with the call that fits; the call is held until the test lets go. */
function hold(fits: (call: SeenCall) => boolean): { readonly reached: Promise<SeenCall>; readonly letGo: () => void } {
  const reached = Promise.withResolvers<SeenCall>();
  const released = Promise.withResolvers<void>();
  proxy.before = async (call) => {
    if (!fits(call)) return;
    proxy.before = () => undefined;
    reached.resolve(call);
    await released.promise;
  };
  return { reached: reached.promise, letGo: () => released.resolve() };
}

/** Exactly one publication, and all of it is there. */
async function expectWhole(episodeId: string, job: JobDetail): Promise<void> {
  expect(job).toMatchObject({ state: 'succeeded', phase: 'published' });
  expect(job.timeline.filter(({ phase }) => phase === 'published')).toHaveLength(1);
  await publish(episodeId);
  const token = await viewerToken(newViewerId());
  for (const variant of await variantPaths(episodeId, token)) {
    const folder = variant.slice(0, variant.lastIndexOf('/') + 1);
    const media = await (await edgeFetch(variant)).text();
    const uris = media.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(uris.length).toBeGreaterThan(2);
    for (const uri of ['init.mp4', ...uris]) expect(await statusOf(await edgeFetch(folder + uri))).toBe(200);
  }
}

const noteBucket = (call: SeenCall, status: number, body: string): void => {
  if (call.what !== 'leases' || status !== 200) return;
  const { source } = JSON.parse(body) as LeasedJob;
  const url = new URL(source.url);
  bucketUrl = url.origin + url.pathname.slice(0, url.pathname.indexOf('/s/'));
};

describe('a transcoder that is killed', () => {
  test.each<[string, (call: SeenCall) => boolean]>([
    ['as it begins to fetch the source', ({ what, stage }) => what === 'transcode.progress' && stage !== null],
    ['while it encodes', ({ stage }) => stage === 'running'],
    ['as it begins to upload', ({ what }) => what === 'uploads'],
    ['before its final event has left', ({ what }) => what === 'transcode.completed'],
  ])('%s: another one takes the job, and it is published once', async (_, fits) => {
    const { episodeId, jobId } = await upload();
    proxy.after = noteBucket;
    const first = hold(fits);
    const dying = startTranscoder();
    await first.reached;
    await kill(dying);
    expect((await readEpisode(episodeId)).state).toBe('processing');
    expect(await statusOf(await playlist(episodeId, await viewerToken(newViewerId())))).toBe(404);
    await lapse(jobId);
    startTranscoder();
    const job = await untilEnded(jobId);
    first.letGo();
    expect(job.attempts).toBe(2);
    await expectWhole(episodeId, job);
  });

  test('after its final event was taken, before it heard the answer: the job is done', async () => {
    const { episodeId, jobId } = await upload();
    const dying = startTranscoder();
    const answered = Promise.withResolvers<void>();
    proxy.after = async (call) => {
      if (call.what !== 'transcode.completed') return;
      await kill(dying);
      answered.resolve();
    };
    await answered.promise;
    startTranscoder();
    const job = await untilEnded(jobId);
    expect(job.attempts).toBe(1);
    await expectWhole(episodeId, job);
  });

  test('in each of its attempts fails the job when the third lease ends, and nothing of it is seen', async () => {
    const { episodeId, jobId } = await upload();
    for (const attempt of [1, 2, 3]) {
      const held = hold((call) => call.what === 'uploads' && call.attempt === attempt);
      const dying = startTranscoder();
      await held.reached;
      await kill(dying);
      await lapse(jobId);
      held.letGo();
    }
    expect(await readDetail(jobId)).toMatchObject({ state: 'failed', phase: 'failed', attempts: 3 });
    expect((await readEpisode(episodeId)).failure?.code).toBe('transcoder-lost');
    expect(await statusOf(await playlist(episodeId, await viewerToken(newViewerId())))).toBe(404);
  });
});

describe('a transcoder that is stopped for longer than its lease, and goes on', () => {
  test.each<[string, (call: SeenCall) => boolean]>([
    ['while it encodes', ({ stage }) => stage === 'running'],
    ['with its final event on the way', ({ what }) => what === 'transcode.completed'],
  ])('%s has lost the job: of the two one publishes', async (_, fits) => {
    const { episodeId, jobId } = await upload();
    const held = hold((call) => call.attempt === 1 && fits(call));
    const stopped = startTranscoder();
    await held.reached;
    stopped.kill('SIGSTOP');
    await lapse(jobId);
    const lateAnswer = Promise.withResolvers<number>();
    proxy.after = (call, status) => {
      if (call.attempt === 1) lateAnswer.resolve(status);
    };
    startTranscoder();
    const job = await untilEnded(jobId);
    stopped.kill('SIGCONT');
    held.letGo();
    expect(await lateAnswer.promise).toBe(409);
    expect(job.attempts).toBe(2);
    await expectWhole(episodeId, await readDetail(jobId));
  });
});

/** A day later: what follows has another clock, so it is last. */
test('a day later nothing is left in the bucket of those that lost, and what plays is whole', async () => {
  const { episodeId, jobId } = await upload();
  startTranscoder();
  await untilEnded(jobId);
  await publish(episodeId);
  const before = await versionsInBucket();
  await statusOf(await apiFetch('/health', { headers: { 'x-later-ms': String(25 * 3_600_000) } }));
  await statusOf(await apiFetch('/v1/series', { headers: { 'x-later-ms': String(25 * 3_600_000) } }));
  for (let run = 0; run < 3; run++) await platform.runScheduled();
  const after = await versionsInBucket();
  // One version for each of the eight episodes that were published, none of the attempts that were not.
  expect(before.size).toBeGreaterThan(after.size);
  expect(after.size).toBe(8);
  const assets = [...after].map((prefix) => prefix.split('/')[1]);
  expect(new Set(assets).size).toBe(assets.length);
});

async function versionsInBucket(): Promise<ReadonlySet<string>> {
  const { s3AccessKeyId: accessKeyId, s3SecretAccessKey: secretAccessKey } = platformSecrets();
  const client = new AwsClient({ accessKeyId, secretAccessKey, service: 's3', region: 'auto' });
  const versions = new Set<string>();
  let after = '';
  for (;;) {
    const answer = await client.fetch(`${bucketUrl}?list-type=2&prefix=a/&start-after=${encodeURIComponent(after)}`);
    const keys = [...(await answer.text()).matchAll(/<Key>([^<]+)<\/Key>/g)].map(([, key = '']) => key);
    if (keys.length === 0) return versions;
    for (const key of keys) versions.add(key.split('/').slice(0, 3).join('/'));
    after = keys.at(-1) ?? '';
  }
}
