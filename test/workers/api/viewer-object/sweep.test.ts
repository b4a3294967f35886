/** What the cron does every minute, from inside: only here can a minute pass without waiting for it. */
import { env } from 'cloudflare:workers';
import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { insertJob } from '../../../../workers/api/db/job-order.ts';
import {
  ensureAsset,
  findJob,
  leaseJob,
  rememberWebhook,
  wasReceived,
  type JobRecord,
} from '../../../../workers/api/db/jobs.ts';
import type { Db } from '../../../../workers/api/http/context.ts';
import { applyEvent } from '../../../../workers/api/ingest/apply-event.ts';
import { sweep } from '../../../../workers/api/ingest/sweep.ts';
import { migratedDb } from './support/database.ts';
import { NOW_MS } from './support/viewer.ts';

const MINUTE_MS = 60_000;
let db: Db;
let made = 0;

beforeAll(async () => {
  db = await migratedDb();
  // The sweep says what it takes back; here that is noise.
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  await env.DB.prepare(
    "INSERT INTO series (id, slug, title, created_at, updated_at) VALUES ('ser', 'ser', 'x', 0, 0)",
  ).run();
});
beforeEach(async () => void (await env.DB.prepare('DELETE FROM jobs').run()));

async function queue(): Promise<string> {
  const number = ++made;
  const episodeId = `ep_${number}`;
  const insert =
    "INSERT INTO episodes (id, series_id, number, title, created_at, updated_at) VALUES (?, 'ser', ?, 'x', 0, 0)";
  await env.DB.prepare(insert).bind(episodeId, number).run();
  const assetId = await ensureAsset(db, { id: `ast_${number}`, episodeId, createdAt: 0 });
  const source = { sourceKey: `s/${number}`, sourceSizeBytes: 1 };
  const times = { createdAt: NOW_MS, updatedAt: NOW_MS };
  const job = { id: `job_${number}`, episodeId, assetId, state: 'queued' as const, attempt: 0, progress: 0 };
  return (await insertJob(db, { ...job, ...source, ...times })).id;
}

async function lease(nowMs: number): Promise<JobRecord> {
  const fence = crypto.randomUUID();
  const job = await leaseJob(db, { fence, version: `ver_${fence}`, leaseUntil: nowMs + MINUTE_MS, nowMs });
  if (!job) throw new Error('nothing is queued');
  return job;
}

const progress = (job: JobRecord, nowMs: number) => {
  const data = { jobId: job.id, attempt: job.attempt, fence: job.fence ?? '', progress: 0.5 };
  const place = { db, media: env.MEDIA, masterSecret: env.MASTER_SECRET, nowMs };
  const workplace = { ...place, leaseSeconds: 60, retryAfterSeconds: 0, deliver: () => undefined };
  return applyEvent(workplace, { type: 'transcode.progress', timestamp: new Date(nowMs).toISOString(), data });
};

describe('a transcoder that falls silent', () => {
  test.each([
    [MINUTE_MS - 1, 'running'],
    [MINUTE_MS, 'running'],
    [MINUTE_MS + 1, 'queued'],
  ])('loses its job after its minute: %i ms later it is %s', async (later, state) => {
    const id = await queue();
    await lease(NOW_MS);
    await sweep(db, NOW_MS + later);
    expect((await findJob(db, id))?.state).toBe(state);
  });

  test('keeps its job as long as it says something', async () => {
    const id = await queue();
    const job = await lease(NOW_MS);
    for (let minutes = 1; minutes < 5; minutes++) {
      expect(await progress(job, NOW_MS + minutes * MINUTE_MS)).toBe('accepted');
      await sweep(db, NOW_MS + minutes * MINUTE_MS + 1_000);
    }
    expect(await findJob(db, id)).toMatchObject({ state: 'running', attempt: 1 });
  });

  test('is told that it lost when it comes back, also after another one has the job', async () => {
    const id = await queue();
    const silent = await lease(NOW_MS);
    await sweep(db, NOW_MS + 2 * MINUTE_MS);
    expect(await progress(silent, NOW_MS + 2 * MINUTE_MS)).toBe('stale');
    const other = await lease(NOW_MS + 2 * MINUTE_MS);
    expect(other).toMatchObject({ id, attempt: 2 });
    expect(other.version).not.toBe(silent.version);
    expect(await progress(silent, NOW_MS + 2 * MINUTE_MS)).toBe('stale');
    expect(await progress(other, NOW_MS + 2 * MINUTE_MS)).toBe('accepted');
  });

  test('three times fails the job, in words for its owner', async () => {
    const id = await queue();
    for (const attempt of [1, 2, 3]) {
      expect((await lease(NOW_MS + attempt * 10 * MINUTE_MS)).attempt).toBe(attempt);
      await sweep(db, NOW_MS + (attempt * 10 + 2) * MINUTE_MS);
    }
    expect(await findJob(db, id)).toMatchObject({
      state: 'failed',
      failureCode: 'transcoder-lost',
      fence: null,
      leaseUntil: null,
    });
  });

  test('is noticed once, however often and however many at once the sweep runs', async () => {
    const id = await queue();
    await lease(NOW_MS);
    await Promise.all([1, 2, 3, 4].map(() => sweep(db, NOW_MS + 2 * MINUTE_MS)));
    expect(await findJob(db, id)).toMatchObject({ state: 'queued', attempt: 1 });
  });
});

describe('the ids of webhooks', () => {
  test('are remembered for longer than one can be replayed, and not for ever', async () => {
    await rememberWebhook(db, 'msg_1', NOW_MS);
    await sweep(db, NOW_MS + 30 * MINUTE_MS);
    expect(await wasReceived(db, 'msg_1')).toBe(true);
    await sweep(db, NOW_MS + 61 * MINUTE_MS);
    expect(await wasReceived(db, 'msg_1')).toBe(false);
  });
});

describe('an import whose Worker ended in the middle', () => {
  test('is failed after ten minutes, in words for its owner; a transcoder never gets it', async () => {
    const id = await queue();
    const version = 'hls_00000000000000000000000000';
    const begin = "UPDATE jobs SET state = 'running', attempt = 1, fence = 'f', version = ? WHERE id = ?";
    await env.DB.prepare(begin).bind(version, id).run();
    const stateAfter = async (ms: number): Promise<JobRecord | undefined> => {
      await sweep(db, NOW_MS + ms);
      return findJob(db, id);
    };
    expect((await stateAfter(10 * MINUTE_MS))?.state).toBe('running');
    expect(await stateAfter(10 * MINUTE_MS + 1)).toMatchObject({ state: 'failed', failureCode: 'import-interrupted' });
    expect(await leaseJob(db, { fence: 'x', version: 'ver_x', leaseUntil: NOW_MS * 2, nowMs: NOW_MS })).toBeNull();
  });

  test('leaves jobs of transcoders alone, however long they take', async () => {
    const id = await queue();
    const job = await lease(NOW_MS);
    await progress(job, NOW_MS + 20 * MINUTE_MS - 1_000);
    await sweep(db, NOW_MS + 20 * MINUTE_MS);
    expect((await findJob(db, id))?.state).toBe('running');
  });
});
