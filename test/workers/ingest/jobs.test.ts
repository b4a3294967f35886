import { beforeAll, describe, expect, test } from 'vitest';
import type { LeasedJob } from '#core/ingest/transcoder-protocol.ts';
import { apiFetch } from '../../support/edge.ts';
import {
  fakeVersion,
  finish,
  leaseJob,
  putObjects,
  sendCompleted,
  sendFailed,
  sendPlayable,
  sendProgress,
} from '../support/fake-transcoder.ts';
import { expectProblem, jsonOf, statusOf } from '../support/http.ts';
import { createEpisode, createSeries, publish, readEpisode, uploadSource, type JobWire } from '../support/library.ts';
import { newViewerId, viewerToken } from '../support/tokens.ts';
import { mediaPrefix, playlist } from '../support/viewers.ts';

interface JobDetail extends JobWire {
  readonly phase: string;
  readonly timeline: readonly { readonly phase: string; readonly attempt: number; readonly at: string }[];
}

let seriesId = '';
let nextNumber = 1;
beforeAll(async () => {
  seriesId = (await createSeries()).id;
});

async function leased(series = seriesId): Promise<{ episodeId: string; job: LeasedJob }> {
  const { id } = await createEpisode(series, nextNumber++);
  return { episodeId: id, job: await leaseJob((await uploadSource(id)).id) };
}

const read = async (id: string) => jsonOf<JobDetail>(await apiFetch(`/v1/jobs/${id}`));
const order = (id: string, what: 'cancel' | 'retry') => apiFetch(`/v1/jobs/${id}/${what}`, { method: 'POST' });

describe('a job tells', () => {
  test('each phase that it went through, and when', async () => {
    const { job } = await leased();
    for (const stage of ['leased', 'probed', 'running', 'probed', 'running', 'uploading'] as const)
      await jsonOf(await sendProgress(job, 0.5, {}, stage));
    expect(await read(job.jobId)).toMatchObject({ state: 'running', phase: 'uploading' });
    await finish(job);
    const { state, phase, timeline } = await read(job.jobId);
    expect({ state, phase }).toEqual({ state: 'succeeded', phase: 'published' });
    expect(timeline.map((moment) => `${moment.attempt} ${moment.phase}`)).toEqual([
      '0 uploaded',
      '0 queued',
      '1 leased',
      '1 probed',
      '1 running',
      '1 uploading',
      '1 verifying',
      '1 published',
    ]);
    const times = timeline.map(({ at }) => Date.parse(at));
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  test('a caller that knows no phases the four states that it knows', async () => {
    const { job } = await leased();
    await jsonOf(await sendProgress(job, 0.1));
    expect(await read(job.jobId)).toMatchObject({ state: 'running', phase: 'running' });
    await jsonOf(await sendFailed(job, true));
    expect(await read(job.jobId)).toMatchObject({ state: 'queued', phase: 'queued' });
  });
});

describe('a job that is cancelled', () => {
  test('stops its transcoder at its next report, and publishes nothing that was on its way', async () => {
    const { episodeId, job } = await leased();
    const version = fakeVersion();
    await putObjects(job, version.objects);
    const answer = await jsonOf<JobDetail>(await order(job.jobId, 'cancel'));
    expect(answer).toMatchObject({ state: 'failed', phase: 'cancelled', failure: { code: 'cancelled' } });
    await expectProblem(await sendProgress(job, 0.9), 'lease-lost');
    await expectProblem(await sendCompleted(job, version.result), 'lease-lost');
    await expectProblem(await sendFailed(job, true), 'lease-lost');
    expect((await readEpisode(episodeId)).failure?.code).toBe('cancelled');
    await expectProblem(await apiFetch(`/v1/episodes/${episodeId}/publish`, { method: 'POST' }), 'episode-not-ready');
  });

  test('while it waits is given to nobody', async () => {
    const { id } = await createEpisode(seriesId, nextNumber++);
    const job = await uploadSource(id);
    await jsonOf(await order(job.id, 'cancel'));
    await expect(leaseJob(job.id)).rejects.toThrow('not in the queue');
  });

  test('again is cancelled still; one that has ended is told so', async () => {
    const { job } = await leased();
    await jsonOf(await order(job.jobId, 'cancel'));
    await jsonOf(await order(job.jobId, 'cancel'));
    const done = (await leased()).job;
    await finish(done);
    expect(await expectProblem(await order(done.jobId, 'cancel'), 'job-ended')).toMatchObject({ state: 'succeeded' });
    expect((await read(done.jobId)).state).toBe('succeeded');
    await expectProblem(await order('job_00000000000000000000000000', 'cancel'), 'job-not-found');
  });

  test('in the very moment in which it is completed ends one way or the other, never half', async () => {
    for (let round = 0; round < 8; round++) {
      const { episodeId, job } = await leased();
      const version = fakeVersion();
      await putObjects(job, version.objects);
      const [completed, cancelled] = await Promise.all([
        sendCompleted(job, version.result).then(statusOf),
        order(job.jobId, 'cancel').then(statusOf),
      ]);
      const isPublished = (await readEpisode(episodeId)).state === 'ready';
      expect({ completed, cancelled, phase: (await read(job.jobId)).phase }).toEqual(
        isPublished
          ? { completed: 200, cancelled: 409, phase: 'published' }
          : { completed: 409, cancelled: 200, phase: 'cancelled' },
      );
    }
  });
});

describe('a job that is tried again', () => {
  test('has all its attempts once more, with the source that was uploaded', async () => {
    const { episodeId, job } = await leased();
    await jsonOf(await sendFailed(job, false));
    expect(await jsonOf(await order(job.jobId, 'retry'), 202)).toMatchObject({ state: 'queued', failure: null });
    expect((await readEpisode(episodeId)).state).toBe('processing');
    for (const attempt of [2, 3, 4]) {
      const again = await leaseJob(job.jobId);
      expect(again.attempt).toBe(attempt);
      expect(await (await fetch(again.source.url)).text()).toBe('a source of a few bytes');
      await jsonOf(await sendFailed(again, true));
    }
    expect(await read(job.jobId)).toMatchObject({ state: 'failed', attempts: 4 });
    await jsonOf(await order(job.jobId, 'retry'), 202);
    await finish(await leaseJob(job.jobId));
    expect((await readEpisode(episodeId)).state).toBe('ready');
  });

  test('may be one that was cancelled; what its first transcoder says is still too late', async () => {
    const { job } = await leased();
    await jsonOf(await order(job.jobId, 'cancel'));
    await jsonOf(await order(job.jobId, 'retry'), 202);
    await expectProblem(await sendProgress(job, 0.5), 'lease-lost');
    const again = await leaseJob(job.jobId);
    await expectProblem(await sendProgress({ ...again, fence: job.fence }, 0.5), 'lease-lost');
    await finish(again);
  });

  test('is none that has not failed, or whose place a newer upload took', async () => {
    const { episodeId, job } = await leased();
    await expectProblem(await order(job.jobId, 'retry'), 'conflict');
    await jsonOf(await sendFailed(job, false));
    const newer = await uploadSource(episodeId);
    await expectProblem(await order(job.jobId, 'retry'), 'conflict');
    await finish(await leaseJob(newer.id));
    await expectProblem(await order(newer.id, 'retry'), 'conflict');
    expect((await readEpisode(episodeId)).state).toBe('ready');
  });
});

describe('how a series is encoded', () => {
  const encoding = (id: string) => `/v1/series/${id}/encoding`;

  test('is as it is by default until it is set, and travels with the next lease', async () => {
    const { id } = await createSeries();
    const settings = { landscape: 'blur-pad', av1: false, publishPlayable: false, mainLanguage: null };
    expect(await jsonOf(await apiFetch(encoding(id)))).toEqual(settings);
    const wanted = { landscape: 'crop', av1: true, mainLanguage: 'pt-BR' };
    expect(await jsonOf(await apiFetch(encoding(id), { method: 'PUT', json: wanted }))).toEqual({
      ...settings,
      ...wanted,
    });
    expect((await leased(id)).job.settings).toEqual({ ...settings, ...wanted });
  });

  test.each<[string, unknown]>([
    ['a landscape that is none', { landscape: 'stretch' }],
    ['a language that is none', { mainLanguage: 'not a language' }],
    ['a field that is none', { preset: 'slow' }],
  ])('is refused where it is nonsense: %s', async (_, json) => {
    const { id } = await createSeries();
    await expectProblem(await apiFetch(encoding(id), { method: 'PUT', json }), 'invalid-request');
  });

  test('is written over by nobody who has read it before somebody else wrote it', async () => {
    const { id } = await createSeries();
    const etag = (await apiFetch(encoding(id))).headers.get('etag') ?? '';
    await jsonOf(await apiFetch(encoding(id), { method: 'PUT', json: { av1: true } }));
    const late = apiFetch(encoding(id), { method: 'PUT', json: { av1: false }, headers: { 'If-Match': etag } });
    await expectProblem(await late, 'precondition-failed');
  });
});

describe('the first playable rungs', () => {
  const low = fakeVersion({ heights: [640, 960] });
  let early = '';
  beforeAll(async () => {
    early = (await createSeries()).id;
    await jsonOf(await apiFetch(`/v1/series/${early}/encoding`, { method: 'PUT', json: { publishPlayable: true } }));
  });

  test('are published before the rest, and the whole ladder takes their place', async () => {
    const { episodeId, job } = await leased(early);
    expect(job.settings.publishPlayable).toBe(true);
    await putObjects(job, low.objects, { part: 'playable' });
    await jsonOf(await sendPlayable(job, low.result));
    expect((await readEpisode(episodeId)).state).toBe('ready');
    await publish(episodeId);
    const token = await viewerToken(newViewerId());
    const first = await (await playlist(episodeId, token)).text();
    expect(first.match(/RESOLUTION/g)).toHaveLength(2);
    const lowPrefix = await mediaPrefix(episodeId, token);
    expect(await read(job.jobId)).toMatchObject({ state: 'running' });
    await finish(job);
    expect((await (await playlist(episodeId, token)).text()).match(/RESOLUTION/g)).toHaveLength(3);
    // Who began with the lower rungs plays on.
    expect(await statusOf(await apiFetch(`${lowPrefix}/v0/5.m4s`))).toBe(200);
  });

  test('that are not whole are not published, and the job goes on', async () => {
    const { episodeId, job } = await leased(early);
    await putObjects(job, new Map([...low.objects].filter(([path]) => path !== 'v0/3.m4s')), { part: 'playable' });
    await jsonOf(await sendPlayable(job, low.result));
    expect((await readEpisode(episodeId)).state).toBe('processing');
    await finish(job);
    expect((await readEpisode(episodeId)).state).toBe('ready');
  });

  test('stay when the rest fails, and are there for a newer upload to replace', async () => {
    const { episodeId, job } = await leased(early);
    await putObjects(job, low.objects, { part: 'playable' });
    await jsonOf(await sendPlayable(job, low.result));
    await jsonOf(await sendFailed(job, false));
    expect((await readEpisode(episodeId)).state).toBe('ready');
    // What plays is not replaced by fewer rungs.
    const newer = await leaseJob((await uploadSource(episodeId)).id);
    expect(newer.settings.publishPlayable).toBe(false);
    await finish(newer);
  });

  test('are none where the series does not have it so: there is no place for them', async () => {
    const { episodeId, job } = await leased();
    await expect(putObjects(job, low.objects, { part: 'playable' })).rejects.toThrow();
    await jsonOf(await sendPlayable(job, low.result));
    expect((await readEpisode(episodeId)).state).toBe('processing');
  });

  test('of a protected series are none: each version has a content key of its own', async () => {
    const { id } = await createSeries(undefined, { protection: 'aes-128' });
    await jsonOf(await apiFetch(`/v1/series/${id}/encoding`, { method: 'PUT', json: { publishPlayable: true } }));
    expect((await leased(id)).job.settings.publishPlayable).toBe(false);
  });
});
