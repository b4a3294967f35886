import { randomBytes, randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import type { EventReceipt, LeasedJob } from '#core/ingest/transcoder-protocol.ts';
import { edgeFetch } from '../../support/edge.ts';
import {
  fakeVersion,
  leaseJob,
  proofOf,
  putObjects,
  sendCompleted,
  sendFailed,
  sendPlayable,
  sendProgress,
  signedPost,
  type Signing,
} from '../support/fake-transcoder.ts';
import { expectProblem, jsonOf, statusOf } from '../support/http.ts';
import { createEpisode, createSeries, readEpisode, readJob, uploadSource } from '../support/library.ts';

let seriesId = '';
let nextNumber = 1;
beforeAll(async () => {
  seriesId = (await createSeries()).id;
});

async function leased(): Promise<{ episodeId: string; job: LeasedJob }> {
  const { id } = await createEpisode(seriesId, nextNumber++);
  return { episodeId: id, job: await leaseJob((await uploadSource(id)).id) };
}

const outcomeOf = async (response: Response): Promise<string> => (await jsonOf<EventReceipt>(response)).outcome;
const secondsAgo = (seconds: number): Date => new Date(Date.now() - seconds * 1_000);

describe('a transcoder’s message that is not signed as it must be', () => {
  const FORGED: readonly (readonly [string, Signing])[] = [
    ['with another secret', { secret: `whsec_${randomBytes(32).toString('base64')}` }],
    ['without a signature', { headers: { 'webhook-signature': '' } }],
    ['with a signature of another version', { headers: { 'webhook-signature': 'v2,AAAA' } }],
    ['with nonsense for a signature', { headers: { 'webhook-signature': 'v1,AAAA v1, v1a,AAAA' } }],
    ['with an id that was not signed', { headers: { 'webhook-id': 'msg_other' } }],
    [
      'with a time that was not signed',
      { headers: { 'webhook-timestamp': String(Math.floor(Date.now() / 1_000) - 1) } },
    ],
    [
      'with a time that is no plain number',
      { headers: { 'webhook-timestamp': `${Math.floor(Date.now() / 1_000)}abc` } },
    ],
    ['without an id', { headers: { 'webhook-id': '' } }],
    ['six minutes ago', { at: secondsAgo(360) }],
    ['six minutes ahead', { at: secondsAgo(-360) }],
  ];

  test.each(FORGED)('is refused: %s', async (_, signing) => {
    const { job } = await shared();
    await expectProblem(await sendProgress(job, 0.9, signing), 'signature-invalid');
    await expectProblem(await signedPost('/v1/transcoder/leases', { workerId: 'x' }, signing), 'signature-invalid');
    await expectProblem(
      await signedPost('/v1/transcoder/uploads', { ...proofOf(job), objects: [] }, signing),
      'signature-invalid',
    );
    expect((await readJob(job.jobId)).progress).toBe(0);
  });

  test('is refused with no headers at all, and with an API key in their place', async () => {
    await expectProblem(
      await edgeFetch('/v1/transcoder/leases', { method: 'POST', body: '{"workerId":"x"}' }),
      'signature-invalid',
    );
  });

  test('is refused when its body was changed on the way', async () => {
    const { job } = await shared();
    const event = (progress: number) =>
      JSON.stringify({
        type: 'transcode.progress',
        timestamp: new Date().toISOString(),
        data: { ...proofOf(job), progress },
      });
    const id = `msg_${randomUUID()}`;
    const signed = new Map<string, string>();
    const { Webhook } = await import('standardwebhooks');
    const { platformSecrets } = await import('../../support/edge.ts');
    signed.set(
      'webhook-signature',
      new Webhook(platformSecrets().transcoderWebhookSecret).sign(id, new Date(), event(0.1)),
    );
    await expectProblem(
      await signedPost('/v1/transcoder/events', event(0.9), { id, headers: Object.fromEntries(signed) }),
      'signature-invalid',
    );
  });

  test('is taken a little early or late: clocks differ', async () => {
    const { job } = await shared();
    for (const seconds of [200, -200])
      expect(await outcomeOf(await sendProgress(job, 0, { at: secondsAgo(seconds) }))).toBe('accepted');
  });

  let once: { job: LeasedJob } | null = null;
  async function shared(): Promise<{ job: LeasedJob }> {
    once ??= await leased();
    return once;
  }
});

describe('a transcoder’s message that comes twice', () => {
  test('is answered as a duplicate, and changes nothing the second time', async () => {
    const { job } = await leased();
    const id = `msg_${randomUUID()}`;
    expect(await outcomeOf(await sendProgress(job, 0.5, { id }))).toBe('accepted');
    expect(await outcomeOf(await sendProgress(job, 0.7))).toBe('accepted');
    expect(await outcomeOf(await sendProgress(job, 0.5, { id }))).toBe('duplicate');
    expect((await readJob(job.jobId)).progress).toBe(0.7);
  });

  test('is a duplicate also when it ended the job: the sender may have lost the answer', async () => {
    const { episodeId, job } = await leased();
    const id = `msg_${randomUUID()}`;
    const version = fakeVersion();
    await putObjects(job, version.objects);
    expect(await outcomeOf(await sendCompleted(job, version.result, { id }))).toBe('accepted');
    for (const _ of [1, 2, 3])
      expect(await outcomeOf(await sendCompleted(job, version.result, { id }))).toBe('duplicate');
    await expectProblem(await sendCompleted(job, version.result), 'lease-lost');
    expect((await readEpisode(episodeId)).state).toBe('ready');
  });

  test('is never an error of ours, also when both come at the same moment', async () => {
    const { episodeId, job } = await leased();
    const id = `msg_${randomUUID()}`;
    const version = fakeVersion();
    await putObjects(job, version.objects);
    const answers = await Promise.all(Array.from({ length: 6 }, () => sendCompleted(job, version.result, { id })));
    const statuses = await Promise.all(answers.map(statusOf));
    expect(statuses.filter((status) => status >= 500)).toEqual([]);
    expect(statuses).toContain(200);
    expect((await readEpisode(episodeId)).state).toBe('ready');
  });

  test('after the job has ended another way says nothing more', async () => {
    const { job } = await leased();
    await jsonOf(await sendFailed(job, false));
    await expectProblem(await sendProgress(job, 0.9), 'lease-lost');
    await expectProblem(await sendCompleted(job, fakeVersion().result), 'lease-lost');
    expect((await readJob(job.jobId)).state).toBe('failed');
  });
});

describe('a transcoder’s message that makes no sense', () => {
  test.each<[string, string, unknown]>([
    ['no JSON', '/v1/transcoder/events', '{'],
    [
      'an event of no known type',
      '/v1/transcoder/events',
      { type: 'transcode.started', timestamp: new Date().toISOString(), data: {} },
    ],
    [
      'progress beyond the end',
      '/v1/transcoder/events',
      {
        type: 'transcode.progress',
        timestamp: new Date().toISOString(),
        data: { jobId: 'j', attempt: 1, fence: 'f', progress: 1.5 },
      },
    ],
    ['a worker without a name', '/v1/transcoder/leases', {}],
    ['a worker whose name is a line', '/v1/transcoder/leases', { workerId: 'a\nb' }],
    [
      'more objects than a call may have',
      '/v1/transcoder/uploads',
      {
        jobId: 'j',
        attempt: 1,
        fence: 'f',
        objects: Array.from({ length: 201 }, (_, n) => ({ path: `v0/${n}.m4s`, contentType: 'x', sizeBytes: 1 })),
      },
    ],
  ])('is refused: %s', async (_, path, body) => {
    await expectProblem(await signedPost(path, body), 'invalid-request');
  });
});

describe('a transcoder’s messages in whatever order they come', () => {
  test('never take a job back: late, repeated, of an older attempt or of another job', async () => {
    const { episodeId, job: first } = await leased();
    const other = (await leased()).job;
    const version = fakeVersion();
    await jsonOf(await sendProgress(first, 0.8, {}, 'uploading'));
    // Overtaken on the way by what was sent after it.
    await jsonOf(await sendProgress(first, 0.2, {}, 'running'));
    expect(await readJob(first.jobId)).toMatchObject({ progress: 0.8, phase: 'uploading' });
    await jsonOf(await sendFailed(first, true));
    const second = await leaseJob(first.jobId);
    await putObjects(second, version.objects);
    const lateId = `msg_${randomUUID()}`;
    const forged = { secret: `whsec_${randomBytes(32).toString('base64')}` };
    const late: readonly (() => Promise<Response>)[] = [
      () => sendProgress(first, 0.9, { id: lateId }),
      () => sendCompleted(first, version.result),
      () => sendPlayable(first, version.result),
      () => sendFailed(first, false),
      () => sendCompleted({ ...second, jobId: other.jobId }, version.result),
      () => sendCompleted({ ...second, attempt: 3 }, version.result),
      () => sendCompleted(second, version.result, forged),
      () => sendProgress({ ...other, jobId: second.jobId }, 1),
    ];
    const refused = async (): Promise<number[]> =>
      Promise.all([...late, ...late].map(async (send) => statusOf(await send())));
    for (const status of await refused()) expect([401, 409]).toContain(status);
    expect(await readJob(first.jobId)).toMatchObject({ state: 'running', phase: 'leased', attempts: 2 });
    const id = `msg_${randomUUID()}`;
    await jsonOf(await sendCompleted(second, version.result, { id }));
    for (const status of await refused()) expect([401, 409]).toContain(status);
    expect(await outcomeOf(await sendCompleted(second, version.result, { id }))).toBe('duplicate');
    expect(await readJob(first.jobId)).toMatchObject({ state: 'succeeded', phase: 'published', attempts: 2 });
    expect(await readJob(other.jobId)).toMatchObject({ state: 'running', phase: 'leased' });
    expect((await readEpisode(episodeId)).state).toBe('ready');
  });
});
