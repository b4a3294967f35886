import { beforeAll, describe, expect, test } from 'vitest';
import type { EventReceipt } from '#core/ingest/transcoder-protocol.ts';
import { edgeFetch } from '../../support/edge.ts';
import {
  fakeVersion,
  lease,
  leaseJob,
  proofOf,
  putObjects,
  sendCompleted,
  sendFailed,
  sendProgress,
  signedPost,
} from '../support/fake-transcoder.ts';
import { expectProblem, jsonOf, statusOf } from '../support/http.ts';
import {
  createEpisode,
  createSeries,
  publish,
  readEpisode,
  readJob,
  uploadSource,
  type JobWire,
} from '../support/library.ts';
import { newViewerId, viewerToken } from '../support/tokens.ts';
import { mediaPrefix } from '../support/viewers.ts';

let seriesId = '';
let nextNumber = 1;
beforeAll(async () => {
  seriesId = (await createSeries({ previewSeconds: 6, coinPrice: 1 })).id;
});

async function queued(): Promise<{ episodeId: string; job: JobWire }> {
  const { id } = await createEpisode(seriesId, nextNumber++);
  return { episodeId: id, job: await uploadSource(id, 'the source itself') };
}

const outcomeOf = async (response: Response): Promise<string> => (await jsonOf<EventReceipt>(response)).outcome;

describe('a job', () => {
  test('goes from queued over running, with progress, to succeeded', async () => {
    const { episodeId, job } = await queued();
    expect(job).toMatchObject({ state: 'queued', progress: 0, attempts: 0, sourceSizeBytes: 17 });
    const leased = await leaseJob(job.id);
    expect(leased).toMatchObject({
      episodeId,
      attempt: 1,
      leaseSeconds: 60,
      source: { sizeBytes: 17 },
      cutPointsSeconds: [6],
      contentKey: null,
      settings: { landscape: 'blur-pad', av1: false, publishPlayable: false, mainLanguage: null },
    });
    expect(await outcomeOf(await sendProgress(leased, 0.5))).toBe('accepted');
    expect(await readJob(job.id)).toMatchObject({ state: 'running', progress: 0.5, attempts: 1, failure: null });
    expect((await readEpisode(episodeId)).state).toBe('processing');
    const version = fakeVersion();
    await putObjects(leased, version.objects);
    expect(await outcomeOf(await sendCompleted(leased, version.result))).toBe('accepted');
    expect(await readJob(job.id)).toMatchObject({ state: 'succeeded', progress: 1, failure: null });
    expect(await readEpisode(episodeId)).toMatchObject({ state: 'ready', durationSeconds: 10 });
  });

  test('gives the transcoder the source that was uploaded, and no right to change it', async () => {
    const leased = await leaseJob((await queued()).job.id);
    expect(await (await fetch(leased.source.url)).text()).toBe('the source itself');
    expect(await statusOf(await fetch(leased.source.url, { method: 'PUT', body: 'another' }))).toBe(403);
    expect(await statusOf(await fetch(leased.source.url, { method: 'DELETE' }))).toBe(403);
    expect(await statusOf(await fetch(leased.source.url.replace('/s/', '/a/')))).toBe(403);
  });

  test('is given to one of many transcoders that ask at once', async () => {
    while ((await lease()) !== null);
    const { job } = await queued();
    const leases = await Promise.all(Array.from({ length: 12 }, () => lease()));
    expect(leases.filter((each) => each !== null).map((each) => each?.jobId)).toEqual([job.id]);
  });

  test('that is not there is refused as one that is held by another', async () => {
    const leased = await leaseJob((await queued()).job.id);
    await expectProblem(await sendProgress({ ...leased, jobId: 'job_00000000000000000000000000' }, 0.1), 'lease-lost');
  });
});

describe('an attempt that lost its job', () => {
  test('is told so for whatever it says, and changes nothing', async () => {
    const { job } = await queued();
    const first = await leaseJob(job.id);
    await jsonOf(await sendFailed(first, true));
    const second = await leaseJob(job.id);
    expect(second.attempt).toBe(2);
    expect(second.fence).not.toBe(first.fence);
    await jsonOf(await sendProgress(second, 0.25));
    for (const late of [
      first,
      { ...second, fence: first.fence },
      { ...first, fence: second.fence },
      { ...second, attempt: 3 },
    ]) {
      await expectProblem(await sendProgress(late, 0.9), 'lease-lost');
      await expectProblem(await sendFailed(late, false), 'lease-lost');
      await expectProblem(await sendCompleted(late, fakeVersion().result), 'lease-lost');
      await expectProblem(
        await signedPost('/v1/transcoder/uploads', {
          ...proofOf(late),
          objects: [{ path: 'poster.jpg', contentType: 'image/jpeg', sizeBytes: 1 }],
        }),
        'lease-lost',
      );
    }
    expect(await readJob(job.id)).toMatchObject({ state: 'running', progress: 0.25, attempts: 2 });
  });

  test('cannot publish beside the one that has it: of two that finish at once, viewers get the holder’s version', async () => {
    const { episodeId, job } = await queued();
    const first = await leaseJob(job.id);
    const stale = fakeVersion();
    const staleObjects = new Map(stale.objects).set('v0/0.m4s', Buffer.alloc(1_000, 'stale'));
    await putObjects(first, staleObjects);
    await jsonOf(await sendFailed(first, true));
    const second = await leaseJob(job.id);
    await putObjects(second, stale.objects);
    const answers = await Promise.all(
      [first, second, first, second, first].map((proof) => sendCompleted(proof, stale.result)),
    );
    const statuses = await Promise.all(answers.map(statusOf));
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(statuses.filter((status) => status !== 200 && status !== 409)).toEqual([]);
    await publish(episodeId);
    const prefix = await mediaPrefix(episodeId, await viewerToken(newViewerId()));
    expect(await (await edgeFetch(`${prefix}/v0/0.m4s`)).text()).toContain('segment v0/0');
  });

  test('is the one whose source was replaced by a newer upload', async () => {
    const { episodeId, job } = await queued();
    const old = await leaseJob(job.id);
    const version = fakeVersion();
    await putObjects(old, version.objects);
    const newer = await uploadSource(episodeId);
    await expectProblem(await sendCompleted(old, version.result), 'lease-lost');
    expect(await readEpisode(episodeId)).toMatchObject({ state: 'processing' });
    expect((await readJob(newer.id)).state).toBe('queued');
  });
});

describe('a failure', () => {
  test('that another try cannot mend ends the job at once, and the episode says why', async () => {
    const { episodeId, job } = await queued();
    await jsonOf(await sendFailed(await leaseJob(job.id), false));
    const failure = { code: 'no-video-stream', detail: 'The file has sound only.' };
    expect(await readJob(job.id)).toMatchObject({ state: 'failed', attempts: 1, failure });
    expect(await readEpisode(episodeId)).toMatchObject({ state: 'failed', failure });
  });

  test('that another try may mend is tried three times in all', async () => {
    const { episodeId, job } = await queued();
    for (const attempt of [1, 2, 3]) {
      const leased = await leaseJob(job.id);
      expect(leased.attempt).toBe(attempt);
      await jsonOf(await sendFailed(leased, true));
      expect((await readJob(job.id)).state).toBe(attempt < 3 ? 'queued' : 'failed');
    }
    expect((await readEpisode(episodeId)).failure).toEqual({
      code: 'no-video-stream',
      detail: 'The file has sound only.',
    });
  });

  test('that is only a transcoder being stopped costs no attempt, and still ends its say', async () => {
    const { job } = await queued();
    let stopped = await leaseJob(job.id);
    for (let times = 0; times < 4; times++) {
      await jsonOf(await sendFailed(stopped, true, 'worker-stopped'));
      expect(await readJob(job.id)).toMatchObject({ state: 'queued', attempts: 0 });
      const next = await leaseJob(job.id);
      expect(next.fence).not.toBe(stopped.fence);
      await expectProblem(await sendProgress(stopped, 0.9), 'lease-lost');
      await expectProblem(await sendCompleted(stopped, fakeVersion().result), 'lease-lost');
      stopped = next;
    }
    expect(await readJob(job.id)).toMatchObject({ state: 'running', progress: 0, attempts: 1 });
  });

  test('of a new upload leaves the published version as it plays', async () => {
    const { episodeId, job } = await queued();
    const version = fakeVersion();
    const leased = await leaseJob(job.id);
    await putObjects(leased, version.objects);
    await jsonOf(await sendCompleted(leased, version.result));
    await publish(episodeId);
    const again = await uploadSource(episodeId);
    await jsonOf(await sendFailed(await leaseJob(again.id), false));
    expect((await readEpisode(episodeId)).state).toBe('published');
    expect(await mediaPrefix(episodeId, await viewerToken(newViewerId()))).not.toBe('');
  });
});
