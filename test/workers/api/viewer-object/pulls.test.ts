/** Pulls whose Worker dies, whose message is nonsense or whose time is over, from inside: HTTP cannot reach these moments. */
import { createExecutionContext, createMessageBatch, getQueueResult } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { findEpisode, insertEpisode, insertSeries } from '../../../../workers/api/db/catalog.ts';
import { insertJob, retryJob } from '../../../../workers/api/db/job-order.ts';
import { cancelJob, ensureAsset, findJob, type JobRecord } from '../../../../workers/api/db/jobs.ts';
import { failPulling } from '../../../../workers/api/db/pulling-jobs.ts';
import { findUpload, insertUpload } from '../../../../workers/api/db/uploads.ts';
import type { Db } from '../../../../workers/api/http/context.ts';
import worker from '../../../../workers/api/index.ts';
import { runPull } from '../../../../workers/api/ingest/pull-source.ts';
import { sweepUploads } from '../../../../workers/api/ingest/sweep-uploads.ts';
import { migratedDb } from './support/database.ts';
import { DAY_MS } from './support/viewer.ts';

const bindings = env as unknown as ApiEnv;
const media = env.MEDIA;
/** runPull has a real clock. */
const NOW_MS = Date.now();
const NOWHERE = 'https://nowhere.invalid/a.mp4';
let db: Db;
let made = 0;
const times = { createdAt: NOW_MS, updatedAt: NOW_MS };

beforeAll(async () => {
  db = await migratedDb();
  await insertSeries(db, { id: 'pu-s', slug: 'pu-s', title: 'x', ...times });
  for (const level of ['warn', 'error', 'info'] as const) vi.spyOn(console, level).mockImplementation(() => undefined);
});

async function newEpisode(): Promise<{ episodeId: string; assetId: string }> {
  const episodeId = `pu-e${++made}`;
  await insertEpisode(db, { id: episodeId, seriesId: 'pu-s', number: made, title: 'x', ...times });
  return { episodeId, assetId: await ensureAsset(db, { id: `pu-a${made}`, episodeId, createdAt: NOW_MS }) };
}

let jobs = 0;
const newJob = (at: { episodeId: string; assetId: string }, phase: 'pulling' | 'queued', createdAt = NOW_MS) => {
  const id = `pu-j${++jobs}`;
  const source = { sourceKey: `s/${at.episodeId}/${id}`, sourceSizeBytes: phase === 'pulling' ? 0 : 6 };
  const standing = { state: 'queued' as const, phase, attempt: 0, progress: 0 };
  return insertJob(db, { id, ...at, ...source, ...standing, createdAt, updatedAt: createdAt });
};

/** A pull as `startPull` leaves it; `isWhole`: with all its bytes in the bucket, by a Worker that died then. */
async function pulling(options: { isWhole?: boolean; attempts?: number; at?: Awaited<ReturnType<typeof newEpisode>> }) {
  const { isWhole = false, attempts = 1, at = await newEpisode() } = options;
  const job = await newJob(at, 'pulling', NOW_MS + 1);
  const uploadId = `upl_${job.id}`;
  const { sourceKey, episodeId } = job;
  const multipart = await media.createMultipartUpload(sourceKey);
  if (isWhole) await multipart.complete([await multipart.uploadPart(1, 'source')]);
  const ids = { id: uploadId, kind: 'pull' as const, state: 'open' as const, episodeId, jobId: job.id, sourceKey };
  const parts = { multipartId: multipart.uploadId, etags: [], attempts, url: NOWHERE };
  await insertUpload(db, { ...ids, ...parts, expiresAt: NOW_MS + DAY_MS, ...times });
  return { job, uploadId, at };
}

const phaseOf = async ({ id }: JobRecord) => (await findJob(db, id))?.phase;

describe('a pull whose Worker died when all bytes were there', () => {
  test.each([1, 3])('ends well without asking the server again, also behind attempt %i', async (attempts) => {
    const { job, uploadId } = await pulling({ isWhole: true, attempts });
    await runPull(bindings, uploadId);
    const sourceSha256 = '41cf6794ba4200b839c53531555f0f3998df4cbb01a4d5cb0b94e3ca5e23947d';
    expect(await findJob(db, job.id)).toMatchObject({ phase: 'queued', sourceSizeBytes: 6, sourceSha256 });
    expect(await findUpload(db, uploadId)).toMatchObject({ state: 'finished', offsetBytes: 6, url: null });
  });

  test('is given up when it dies there again and again', async () => {
    const { job, uploadId } = await pulling({ isWhole: true, attempts: 6 });
    await runPull(bindings, uploadId);
    expect(await findJob(db, job.id)).toMatchObject({ phase: 'failed', failureCode: 'source-unreachable' });
    expect(await media.head(job.sourceKey)).toBeNull();
  });
});

describe('a pull that nothing ended', () => {
  test('fails with its upload’s day, and its backend is told', async () => {
    await env.DB.prepare(
      `INSERT INTO webhook_endpoints (id, url, secret_sealed, events, created_at, updated_at) VALUES ('pu-w', 'https://b.example/', 'x', '["episode.failed"]', 0, 0)`,
    ).run();
    const { job } = await pulling({});
    await sweepUploads({ db, media }, NOW_MS + DAY_MS + 1);
    await env.DB.prepare("DELETE FROM webhook_endpoints WHERE id = 'pu-w'").run();
    expect(await findJob(db, job.id)).toMatchObject({ phase: 'failed', failureCode: 'source-unreachable' });
    const told = await env.DB.prepare('SELECT payload FROM webhook_events WHERE payload LIKE ?')
      .bind(`%${job.id}%`)
      .all();
    expect(told.results).toHaveLength(1);
    expect(String(told.results[0]?.['payload'])).toContain('episode.failed');
  });
});

describe('a message', () => {
  async function consumed(body: unknown, queue: string) {
    const id = crypto.randomUUID();
    const batch = createMessageBatch(queue, [{ id, body, timestamp: new Date(NOW_MS), attempts: 1 }]);
    const ctx = createExecutionContext();
    await worker.queue(batch, bindings, ctx);
    const { explicitAcks } = await getQueueResult(batch, ctx);
    const kept = await env.DB.prepare('SELECT queue, body FROM quarantined_messages WHERE id = ?').bind(id).first();
    return { acked: explicitAcks.length, kept };
  }

  test.each<[string, unknown]>([
    ['no object', 'x'],
    ['nothing', null],
    ['no upload', { uploadId: '../' }],
  ])('that names %s is kept for a person, and not sent again', async (_, body) => {
    const queue = 'cliffhanger-pulls';
    expect(await consumed(body, queue)).toEqual({ acked: 1, kept: { queue, body: JSON.stringify(body) } });
  });

  test('that the queue gave up is kept for a person', async () => {
    const queue = 'cliffhanger-pulls-dlq';
    const { kept } = await consumed({ uploadId: 'upl_00000000000000000000000000' }, queue);
    expect(kept).toMatchObject({ queue });
  });
});

describe('a pull that was begun after an upload', () => {
  test('leaves its job alone until it has the bytes itself, and then takes its place', async () => {
    const at = await newEpisode();
    const older = await newJob(at, 'queued');
    const { job, uploadId } = await pulling({ isWhole: true, at });
    expect(await phaseOf(older)).toBe('queued');
    await runPull(bindings, uploadId);
    expect([await phaseOf(older), await phaseOf(job)]).toEqual(['superseded', 'queued']);
  });

  test('and brings nothing has cost the episode nothing', async () => {
    const at = await newEpisode();
    const older = await newJob(at, 'queued');
    const { job } = await pulling({ at });
    await failPulling(db, job, { code: 'source-unreachable', detail: 'x' }, NOW_MS);
    expect([await phaseOf(older), await phaseOf(job)]).toEqual(['queued', 'failed']);
    // Nor does it look as if: the older file is still worked on.
    expect(await findEpisode(db, at.episodeId)).toMatchObject({ state: 'processing', failure: null });
    await cancelJob(db, older.id, NOW_MS);
    const failure = { code: 'source-unreachable', detail: 'x' };
    expect(await findEpisode(db, at.episodeId)).toMatchObject({ state: 'failed', failure });
  });

  test('lets one that was begun before it and arrives later through, for the time being', async () => {
    const at = await newEpisode();
    const { job, uploadId } = await pulling({ isWhole: true, at });
    const late = await newJob(at, 'queued', NOW_MS - 1);
    expect(late.phase).toBe('queued');
    await runPull(bindings, uploadId);
    expect([await phaseOf(late), await phaseOf(job)]).toEqual(['superseded', 'queued']);
  });

  test('gives way to a newer upload at once', async () => {
    const { job, uploadId, at } = await pulling({ isWhole: true });
    const newer = await newJob(at, 'queued', NOW_MS + 2);
    await runPull(bindings, uploadId);
    expect([await phaseOf(job), await phaseOf(newer)]).toEqual(['superseded', 'queued']);
    expect(await media.head(job.sourceKey)).toBeNull();
  });
});

describe('trying a job again', () => {
  async function failedWithNewer(end: (newer: JobRecord) => Promise<unknown>) {
    const at = await newEpisode();
    const older = await newJob(at, 'queued');
    await cancelJob(db, older.id, NOW_MS);
    const newer = await newJob(at, 'queued', NOW_MS + 1);
    await end(newer);
    return { older: (await findJob(db, older.id)) ?? older, newer: (await findJob(db, newer.id)) ?? newer };
  }
  const fail = ({ id }: JobRecord) =>
    env.DB.prepare("UPDATE jobs SET state = 'failed', phase = 'failed' WHERE id = ?").bind(id).run();

  test.each<[string, (newer: JobRecord) => Promise<unknown>]>([
    ['failed', fail],
    ['was cancelled', ({ id }) => cancelJob(db, id, NOW_MS)],
  ])('is for the older one, too, when the newer one %s', async (_, end) => {
    const { older, newer } = await failedWithNewer(end);
    expect((await retryJob(db, older, NOW_MS))?.phase).toBe('queued');
    // And the newer one, tried again, takes its place: two never run.
    expect((await retryJob(db, newer, NOW_MS))?.phase).toBe('queued');
    expect(await phaseOf(older)).toBe('superseded');
  });

  test('is not for an older one while the newer one is at work', async () => {
    const { older } = await failedWithNewer(() => Promise.resolve());
    expect(await retryJob(db, older, NOW_MS)).toBeUndefined();
    expect(await phaseOf(older)).toBe('cancelled');
  });
});

test('the source of an upload that came too late goes a day later', async () => {
  const at = await newEpisode();
  const newer = await newJob(at, 'queued', NOW_MS + 1);
  const late = await newJob(at, 'queued');
  expect(late.phase).toBe('superseded');
  const due = (key: string) =>
    env.DB.prepare('SELECT due_at FROM prefixes_to_sweep WHERE prefix = ?').bind(key).first('due_at');
  expect(await due(late.sourceKey)).toBe(NOW_MS + DAY_MS);
  expect(await due(newer.sourceKey)).toBeNull();
});
