import { env } from 'cloudflare:workers';
import { expect, test } from 'vitest';
import { SWEEP_AFTER_SECONDS } from '#core/ingest/limits.ts';
import { storeSidecar, type SidecarRecord } from '../../../../workers/api/db/caption-sidecars.ts';
import { insertEpisode, insertSeries } from '../../../../workers/api/db/catalog.ts';
import { sweepPrefixes } from '../../../../workers/api/ingest/sweep-prefixes.ts';
import { migratedDb } from './support/database.ts';
import { NOW_MS } from './support/viewer.ts';

test('a file of captions is deleted a day after another took its place; the one that counts stays', async () => {
  const db = await migratedDb();
  const times = { createdAt: NOW_MS, updatedAt: NOW_MS };
  await insertSeries(db, { id: 'cs-s', slug: 'cs-s', title: 'x', ...times });
  await insertEpisode(db, { id: 'cs-e', seriesId: 'cs-s', number: 1, title: 'x', ...times });
  const put = async (id: string): Promise<void> => {
    const fileKey = `s/cs-e/captions/${id}`;
    await env.MEDIA.put(fileKey, 'WEBVTT');
    const about = { label: null, isMachineGenerated: false, updatedAt: NOW_MS };
    await storeSidecar(db, {
      episodeId: 'cs-e',
      language: 'es',
      kind: 'subtitles',
      id,
      fileKey,
      ...about,
    } satisfies SidecarRecord);
  };
  await put('cap_1');
  await put('cap_2');
  const kept = async (): Promise<string[]> =>
    (await env.MEDIA.list({ prefix: 's/cs-e/' })).objects.map(({ key }) => key.split('/').at(-1) ?? '');
  const dueAt = NOW_MS + SWEEP_AFTER_SECONDS * 1_000;
  await sweepPrefixes(db, env.MEDIA, dueAt - 1);
  expect(await kept()).toEqual(['cap_1', 'cap_2']);
  await sweepPrefixes(db, env.MEDIA, dueAt);
  expect(await kept()).toEqual(['cap_2']);
});
