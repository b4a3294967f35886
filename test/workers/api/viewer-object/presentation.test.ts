/** What was told of a version beside its picture, as the edge reads it: in the one query of a start, and over no other. */
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, test } from 'vitest';
import type { TranscodeResult } from '#core/ingest/transcoder-protocol.ts';
import { findPlayableEpisode, type PlayablePresentation } from '#shared/db/playback-catalog.ts';
import { insertEpisode, insertSeries, updateEpisode } from '../../../../workers/api/db/catalog.ts';
import { ensureAsset, insertJob, publishVersion } from '../../../../workers/api/db/jobs.ts';
import type { Db } from '../../../../workers/api/http/context.ts';
import { migratedDb } from './support/database.ts';
import { NOW_MS } from './support/viewer.ts';

let db: Db;
let made = 0;
const times = { createdAt: NOW_MS, updatedAt: NOW_MS };
const NOTHING = { thumbhash: null, startBytes: null, hasStoryboard: false };

beforeAll(async () => {
  db = await migratedDb();
  await insertSeries(db, { id: 'pr-s', slug: 'pr-s', title: 'x', ...times });
});

const rung = { bandwidthBps: 1, averageBandwidthBps: 1, codecs: 'avc1', frameRate: 25, width: 360, height: 640 };
const tiles = { columns: 10, rows: 1, tiles: 10, tileWidth: 90, tileHeight: 160, intervalSeconds: 1 };
const bare: TranscodeResult = {
  ...{ durationSeconds: 2, segmentDurationsSeconds: [1, 1], objects: [], warnings: [] },
  renditions: [{ ...rung, name: 'v0' }],
};

/** The episode, published with what the transcoder told. */
async function published(result: TranscodeResult): Promise<string> {
  const episodeId = `pr-e${++made}`;
  await insertEpisode(db, { id: episodeId, seriesId: 'pr-s', number: made, title: 'x', ...times });
  const assetId = await ensureAsset(db, { id: `pr-a${made}`, episodeId, createdAt: NOW_MS });
  const lease = { attempt: 1, fence: 'f', version: `pr-v${made}`, progress: 0, leaseUntil: NOW_MS + 60_000 };
  const source = { sourceKey: `s/${episodeId}/job`, sourceSizeBytes: 6 };
  const ids = { id: `pr-j${made}`, episodeId, assetId, state: 'running' as const, phase: 'verifying' as const };
  const job = await insertJob(db, { ...ids, ...source, ...lease, ...times });
  expect(await publishVersion(db, job, result, 1, { nowMs: NOW_MS })).toBe(true);
  await updateEpisode(db, episodeId, null, { publishedAt: NOW_MS });
  return episodeId;
}

async function asPlayed(episodeId: string): Promise<PlayablePresentation | undefined> {
  return (await findPlayableEpisode(env.DB, episodeId, NOW_MS))?.presentation;
}

describe('a start is told', () => {
  test.each<[string, Partial<TranscodeResult>, Partial<PlayablePresentation>]>([
    ['nothing of what was not made', {}, {}],
    ['the placeholder', { thumbhash: 'VDkW' }, { thumbhash: 'VDkW' }],
    ['that there is a storyboard', { images: { storyboard: tiles } }, { hasStoryboard: true }],
    ['of no storyboard where there is a poster alone', { images: { poster: { width: 9, height: 16 } } }, {}],
    [
      'what a start costs on each rung',
      { renditions: [30, 40].map((startBytes, n) => ({ ...rung, name: `v${n}`, startBytes })) },
      { startBytes: [30, 40] },
    ],
    [
      'no costs where one rung was not counted',
      {
        renditions: [
          { ...rung, name: 'v0', startBytes: 30 },
          { ...rung, name: 'v1' },
        ],
      },
      {},
    ],
  ])('%s', async (_, told, expected) => {
    expect(await asPlayed(await published({ ...bare, ...told }))).toEqual({ ...NOTHING, ...expected });
  });

  test('nothing of a version from before any of it was stored', async () => {
    const episodeId = await published({ ...bare, thumbhash: 'VDkW' });
    await env.DB.prepare('UPDATE asset_versions SET presentation = NULL WHERE version = ?').bind(`pr-v${made}`).run();
    expect(await asPlayed(episodeId)).toEqual(NOTHING);
  });
});
