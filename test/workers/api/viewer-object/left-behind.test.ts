/** What a Worker that died between two writes has left in the catalogue, and what the cron makes of it. */
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, test } from 'vitest';
import { storeSidecar } from '../../../../workers/api/db/caption-sidecars.ts';
import { insertEpisode, insertSeries } from '../../../../workers/api/db/catalog.ts';
import { insertJob } from '../../../../workers/api/db/job-order.ts';
import { ensureAsset, findJob } from '../../../../workers/api/db/jobs.ts';
import { claimUpload, findUpload, insertUpload } from '../../../../workers/api/db/uploads.ts';
import { openDb, type Db } from '../../../../workers/api/http/context.ts';
import { sweepCaptions } from '../../../../workers/api/ingest/apply-captions.ts';
import { finishUpload } from '../../../../workers/api/ingest/finish-upload.ts';
import { sweepUploads } from '../../../../workers/api/ingest/sweep-uploads.ts';
import { migratedDb } from './support/database.ts';
import { DAY_MS, NOW_MS } from './support/viewer.ts';

let db: Db;
let made = 0;
const times = { createdAt: NOW_MS, updatedAt: NOW_MS };
const media = env.MEDIA;

beforeAll(async () => {
  db = await migratedDb();
  await insertSeries(db, { id: 'lb-s', slug: 'lb-s', title: 'x', ...times });
});

async function newEpisode(): Promise<{ episodeId: string; assetId: string }> {
  const episodeId = `lb-e${++made}`;
  await insertEpisode(db, { id: episodeId, seriesId: 'lb-s', number: made, title: 'x', ...times });
  return { episodeId, assetId: await ensureAsset(db, { id: `lb-a${made}`, episodeId, createdAt: NOW_MS }) };
}

describe('an upload whose end was not written', () => {
  /** Whole in the bucket, and past its time. */
  async function wholeUpload(episodeId: string): Promise<{ id: string; sourceKey: string; jobId: string }> {
    const [id, jobId] = [`upl_${episodeId}`, `job_${episodeId}`];
    const sourceKey = `s/${episodeId}/${jobId}`;
    const multipart = await media.createMultipartUpload(sourceKey);
    const { etag } = await multipart.uploadPart(1, 'source');
    await multipart.complete([{ partNumber: 1, etag }]);
    const ids = { id, kind: 'tus' as const, state: 'open' as const, episodeId, jobId, sourceKey };
    await insertUpload(db, {
      ...ids,
      multipartId: multipart.uploadId,
      etags: [],
      expiresAt: NOW_MS + DAY_MS,
      ...times,
    });
    return { id, sourceKey, jobId };
  }
  const later = NOW_MS + DAY_MS + 1;

  test('goes, and leaves the source to the job that has it', async () => {
    const { episodeId, assetId } = await newEpisode();
    const { id, sourceKey, jobId } = await wholeUpload(episodeId);
    const source = { sourceKey, sourceSizeBytes: 6, attempt: 0, progress: 0 };
    await insertJob(db, { id: jobId, episodeId, assetId, state: 'queued', ...source, ...times });
    await sweepUploads({ db, media }, later);
    expect(await findUpload(db, id)).toBeUndefined();
    expect(await (await media.get(sourceKey))?.text()).toBe('source');
  });

  test('goes with what waited for more, also where a Worker died before it could say that it had stored it', async () => {
    for (const state of ['open', 'finished'] as const) {
      const { id } = await wholeUpload((await newEpisode()).episodeId);
      await env.DB.prepare('UPDATE uploads SET state = ? WHERE id = ?').bind(state, id).run();
      const tail = `u/${id}/of-nobody`;
      await media.put(tail, 'tail');
      await sweepUploads({ db, media }, later - 2);
      expect(await media.head(tail)).not.toBeNull();
      await sweepUploads({ db, media }, later);
      expect(await media.head(tail)).toBeNull();
    }
  });

  test('is whole in the very write that makes its job', async () => {
    const { episodeId } = await newEpisode();
    const { id, jobId } = await wholeUpload(episodeId);
    const claimed = await claimUpload(db, id, { claim: 'c', offsetBytes: null, nowMs: NOW_MS });
    if (claimed === null) throw new Error('nobody else writes');
    const dying = openDb(untilBatch(env.DB));
    await expect(finishUpload({ db: dying, media }, claimed, new Uint8Array())).rejects.toThrow();
    expect(await findJob(db, jobId)).toMatchObject({ phase: 'queued', sourceSizeBytes: 6 });
    expect(await findUpload(db, id)).toMatchObject({ state: 'finished', offsetBytes: 6 });
  });

  /** The Worker that has it lives until its first transaction is over. */
  function untilBatch(real: D1Database): D1Database {
    let isDead = false;
    const alive = <T>(value: T): T => {
      if (isDead) throw new Error('the Worker has died');
      return value;
    };
    return {
      prepare: (query: string) => alive(real).prepare(query),
      async batch(statements: D1PreparedStatement[]) {
        const results = await alive(real).batch(statements);
        isDead = true;
        return results;
      },
    } as unknown as D1Database;
  }

  test('goes with what it has stored where no job came of it', async () => {
    const { id, sourceKey } = await wholeUpload((await newEpisode()).episodeId);
    await sweepUploads({ db, media }, later);
    expect(await findUpload(db, id)).toBeUndefined();
    expect(await media.get(sourceKey)).toBeNull();
  });
});

test('captions that were kept and not applied are applied a minute later, once', async () => {
  const { episodeId, assetId } = await newEpisode();
  const version = 'ver_00000000000000000000000000';
  const durations = JSON.stringify([1, 1]);
  await env.DB.batch([
    env.DB.prepare(
      `INSERT INTO asset_versions (version, asset_id, duration_seconds, segment_durations_seconds, warnings, size_bytes, created_at)
       VALUES (?1, ?2, 2, ?3, '[]', 1, ?4)`,
    ).bind(version, assetId, durations, NOW_MS),
    env.DB.prepare('UPDATE assets SET current_version = ?1 WHERE id = ?2').bind(version, assetId),
  ]);
  const multivariant = '#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-STREAM-INF:BANDWIDTH=1\nv0/media.m3u8\n';
  await media.put(`a/${assetId}/${version}/multivariant.m3u8`, multivariant);
  const fileKey = `s/${episodeId}/captions/cap_1`;
  await media.put(fileKey, 'WEBVTT\n\n00:00.000 --> 00:01.500\nhola\n');
  const about = { label: null, isMachineGenerated: false, updatedAt: NOW_MS };
  await storeSidecar(db, { episodeId, language: 'es', kind: 'subtitles', id: 'cap_1', fileKey, ...about });
  const revision = async (): Promise<number> => {
    const row = env.DB.prepare('SELECT revision FROM asset_versions WHERE version = ?').bind(version);
    return (await row.first<number>('revision')) ?? -1;
  };
  await sweepCaptions(db, media, NOW_MS + 59_000);
  expect(await revision()).toBe(0);
  await sweepCaptions(db, media, NOW_MS + 61_000);
  const first = await revision();
  expect(first).toBeGreaterThan(0);
  const text = await (await media.get(`a/${assetId}/${version}/multivariant-${first}.m3u8`))?.text();
  expect(text).toContain('LANGUAGE="es"');
  await sweepCaptions(db, media, NOW_MS + 122_000);
  expect(await revision()).toBe(first);
});
