/** Survival curves: from the views that beacons left to what playback reads with the episode. */
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, test } from 'vitest';
import type { TranscodeResult } from '#core/ingest/transcoder-protocol.ts';
import { MIN_VIEWS_OF_EPISODE, MIN_VIEWS_OF_SERIES } from '#core/qoe/limits.ts';
import { findPlayableEpisode } from '#shared/db/playback-catalog.ts';
import { refreshSurvival } from '../../../../workers/analytics/refresh-survival.ts';
import { storeBeacon } from '../../../../workers/analytics/store-views.ts';
import { deleteEpisode, insertEpisode, insertSeries, updateEpisode } from '../../../../workers/api/db/catalog.ts';
import { insertJob } from '../../../../workers/api/db/job-order.ts';
import { ensureAsset, publishVersion } from '../../../../workers/api/db/jobs.ts';
import type { Db } from '../../../../workers/api/http/context.ts';
import { NO_DIMENSIONS } from '../../../core/qoe/some-views.ts';
import { migratedDb } from './support/database.ts';
import { NOW_MS } from './support/viewer.ts';

const HOUR_MS = 3_600_000;
const times = { createdAt: NOW_MS, updatedAt: NOW_MS };
const rung = { bandwidthBps: 1, averageBandwidthBps: 1, codecs: 'avc1', frameRate: 25, width: 360, height: 640 };
const result: TranscodeResult = {
  ...{ durationSeconds: 10, segmentDurationsSeconds: [1, 1, 2, 2, 2, 2], objects: [], warnings: [] },
  renditions: [{ ...rung, name: 'v0' }],
};
let db: Db;
let nextView = 0;

beforeAll(async () => {
  db = await migratedDb();
  await insertSeries(db, { id: 'sc-s', slug: 'sc-s', title: 'x', ...times });
  for (const number of [1, 2, 3]) await publishEpisode(number);
});

async function publishEpisode(number: number): Promise<void> {
  const episodeId = `sc-e${number}`;
  await insertEpisode(db, { id: episodeId, seriesId: 'sc-s', number, title: 'x', ...times });
  const assetId = await ensureAsset(db, { id: `sc-a${number}`, episodeId, createdAt: NOW_MS });
  const lease = { attempt: 1, fence: 'f', version: `sc-v${number}`, progress: 0, leaseUntil: NOW_MS + 60_000 };
  const ids = { id: `sc-j${number}`, episodeId, assetId, state: 'running' as const, phase: 'verifying' as const };
  const source = { sourceKey: `s/${episodeId}/job`, sourceSizeBytes: 6 };
  const job = await insertJob(db, { ...ids, ...source, ...lease, ...times });
  expect(await publishVersion(db, job, result, 1, { nowMs: NOW_MS })).toBe(true);
  await updateEpisode(db, episodeId, null, { publishedAt: NOW_MS });
}

/** Some minutes of the cron: each takes three series, and those of other files in this database may come first. */
async function refresh(nowMs: number): Promise<void> {
  for (let minute = 0; minute < 20; minute++) await refreshSurvival(env.DB, nowMs);
}

type LeftBy = 'swipe' | 'paywall' | 'end' | 'hidden' | null;

async function watch(episodeId: string, views: number, untilSeconds: number, leftBy: LeftBy): Promise<void> {
  const events = Array.from({ length: views }, () => ({
    ...{ viewId: `view-${nextView++}`, seq: 1, sessionId: 's', episodeId, startupMs: 1, stalls: [] },
    watched: untilSeconds === 0 ? [] : ([[0, untilSeconds]] as const),
    ...{ ended: leftBy === 'end', leftBy },
  }));
  const dimensions = NO_DIMENSIONS;
  const sender = {
    formatVersion: 1,
    route: 0,
    viewer: 'p',
    previousViewer: 'q',
    notBeforeMs: null,
    botRules: null,
  } as const;
  await storeBeacon(env.DB, { ...sender, dimensions, receivedAtMs: NOW_MS, events });
}

/** Shares in per cent, as a player reads them with the episode. */
async function curveOf(episodeId: string): Promise<number[] | null> {
  const survival = (await findPlayableEpisode(env.DB, episodeId, NOW_MS))?.survival ?? null;
  return survival === null ? null : Array.from(atob(survival), (byte) => Math.round((byte.charCodeAt(0) / 255) * 100));
}

describe('a survival curve', () => {
  test('is not there until there are views enough, and then of the episode as of its series', async () => {
    await watch('sc-e1', MIN_VIEWS_OF_EPISODE - 1, 2.4, 'swipe');
    await refresh(NOW_MS);
    expect(await curveOf('sc-e1')).toBeNull();

    await watch('sc-e1', 1, 2.4, 'swipe');
    await watch('sc-e2', MIN_VIEWS_OF_SERIES - MIN_VIEWS_OF_EPISODE, 10, 'end');
    await refresh(NOW_MS + HOUR_MS / 2);
    expect(await curveOf('sc-e1'), 'it is made once an hour').toBeNull();
    await refresh(NOW_MS + HOUR_MS);
    // All 20 left in the third second; 20 of the series, of which 40 % did, are counted with them.
    expect((await curveOf('sc-e1'))?.slice(0, 5)).toEqual([100, 100, 100, 30, 30]);
    expect(await curveOf('sc-e1')).toHaveLength(10);
    expect((await curveOf('sc-e2'))?.slice(0, 5)).toEqual([100, 100, 100, 84, 84]);
  });

  test('of an episode that nobody has seen is that of the series', async () => {
    expect((await curveOf('sc-e3'))?.slice(0, 5)).toEqual([100, 100, 100, 60, 60]);
  });

  test('takes a swipe before the first frame for one, and no paywall, hidden page or lost tail', async () => {
    await watch('sc-e3', 30, 0, 'swipe');
    await watch('sc-e3', 30, 4, 'paywall');
    await watch('sc-e3', 30, 4, null);
    await watch('sc-e3', 30, 4, 'hidden');
    await watch('sc-e3', 100, 0, null);
    await refresh(NOW_MS + 2 * HOUR_MS);
    const curve = (await curveOf('sc-e3')) ?? [];
    expect(curve.slice(0, 3)).toEqual([100, 76, 76]);
    expect(curve[9]).toBeGreaterThan(60);
  });

  test('goes with its episode', async () => {
    const count = async (): Promise<unknown> =>
      env.DB.prepare("SELECT COUNT(*) AS n FROM survival_curves WHERE scope_id = 'sc-e1'").first('n');
    expect(await count()).toBe(1);
    await deleteEpisode(db, 'sc-e1', null, NOW_MS);
    await refresh(NOW_MS + 3 * HOUR_MS);
    expect(await count()).toBe(0);
  });
});
