/** As many episodes as a series may have, from inside: over HTTP each would need an upload. */
import { env } from 'cloudflare:workers';
import { beforeAll, expect, test } from 'vitest';
import { MAX_SERIES_EPISODES } from '#core/catalog/limits.ts';
import * as catalog from '../../../../workers/api/db/catalog.ts';
import type { Db } from '../../../../workers/api/http/context.ts';
import { accessOfSeries } from '../../../../workers/api/series-access.ts';
import { seriesEpisodes } from '../../../../workers/api/series-catalogue.ts';
import { migratedDb } from './support/database.ts';
import { NOW_MS } from './support/viewer.ts';

const times = { createdAt: NOW_MS, updatedAt: NOW_MS };
const episode = (number: number) => ({ id: `long-${number}`, seriesId: 'long', number, title: 'x', ...times });

let db: Db;
beforeAll(async () => {
  db = await migratedDb();
  await catalog.insertSeries(db, { id: 'long', slug: 'long', title: 'x', ...times });
  for (let number = 1; number <= MAX_SERIES_EPISODES; number++)
    expect(await catalog.insertEpisode(db, episode(number))).toBe('stored');
  await env.DB.exec(`UPDATE episodes SET published_at = ${NOW_MS} WHERE series_id = 'long'`);
  await env.DB.exec(
    "INSERT INTO assets (id, episode_id, current_version, created_at) SELECT 'a-' || id, id, 'ver', 0 FROM episodes WHERE series_id = 'long'",
  );
});

test('who asks about the longest series is answered about each of its episodes', async () => {
  const series = await seriesEpisodes(env.DB, 'long', NOW_MS);
  if (series === null) throw new Error('no series');
  const asker = { viewerId: 'reader', claims: null, country: null, nowMs: NOW_MS };
  const { items } = await accessOfSeries(env.VIEWERS, series, asker);
  expect(items.map(({ episode: { number } }) => number)).toEqual(
    Array.from({ length: MAX_SERIES_EPISODES }, (_, index) => index + 1),
  );
});

test('one more is refused, and one whose number is taken is told so while there is room', async () => {
  expect(await catalog.insertEpisode(db, episode(MAX_SERIES_EPISODES + 1))).toBe('full');
  await env.DB.exec("DELETE FROM episodes WHERE id = 'long-7'");
  expect(await catalog.insertEpisode(db, { ...episode(8), id: 'another' })).toBe('taken');
  const both = [episode(7), episode(MAX_SERIES_EPISODES + 1)].map((each) => catalog.insertEpisode(db, each));
  expect((await Promise.all(both)).toSorted()).toEqual(['full', 'stored']);
});
