/** The compare-and-swap itself, from inside: over HTTP two writers only sometimes come between each other's look and write. */
import { env } from 'cloudflare:workers';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import * as catalog from '../../../../workers/api/db/catalog.ts';
import type { Db } from '../../../../workers/api/http/context.ts';
import { migratedDb } from './support/database.ts';
import { NOW_MS } from './support/viewer.ts';

let db: Db;
beforeAll(async () => void (db = await migratedDb()));
beforeEach(async () => {
  await env.DB.exec("DELETE FROM access_policies WHERE scope_id IN ('cas-s', 'cas-e')");
  await env.DB.exec("DELETE FROM series WHERE id = 'cas-s'");
  const times = { createdAt: NOW_MS, updatedAt: NOW_MS };
  await catalog.insertSeries(db, { id: 'cas-s', slug: 'cas', title: 'x', ...times });
  await catalog.insertEpisode(db, { id: 'cas-e', seriesId: 'cas-s', number: 1, title: 'x', ...times });
});

/** Two who read the same version and write one after the other. */
async function twice<T>(write: () => Promise<T>): Promise<[T, T]> {
  return [await write(), await write()];
}

test('of two writes of a series with one version the first is done', async () => {
  expect(await twice(() => catalog.updateSeries(db, 'cas-s', 1, { title: 'y' }))).toEqual(['written', 'stale']);
  expect(await twice(() => catalog.updateSeries(db, 'cas-s', null, { title: 'z' }))).toEqual(['written', 'written']);
  expect((await catalog.findSeries(db, 'cas-s'))?.version).toBe(4);
});

test('of two writes of an episode with one version the first is done', async () => {
  expect(await twice(() => catalog.updateEpisode(db, 'cas-e', 1, { title: 'y' }))).toEqual(['written', 'stale']);
  expect((await catalog.findEpisode(db, 'cas-e'))?.episode.version).toBe(2);
});

test('of two policies put on nothing, or on one version, the first is put', async () => {
  const put = (version: number) => () =>
    catalog.storePolicy(db, { scope: 'episode', scopeId: 'cas-e', version }, { coinPrice: 1 }, NOW_MS);
  for (const version of [0, 1, 2])
    expect(await twice(put(version))).toEqual([{ policy: { coinPrice: 1 }, version: version + 1 }, null]);
});

test('a delete with a version from before takes neither the row nor its policies', async () => {
  const kept = () => catalog.loadPolicy(db, 'episode', 'cas-e');
  await catalog.storePolicy(db, { scope: 'episode', scopeId: 'cas-e', version: null }, { coinPrice: 1 }, NOW_MS);
  await catalog.updateEpisode(db, 'cas-e', null, { title: 'y' });
  await catalog.updateSeries(db, 'cas-s', null, { title: 'y' });
  expect(await catalog.deleteEpisode(db, 'cas-e', 1, 0)).toBe(false);
  expect(await catalog.deleteSeries(db, 'cas-s', 1, 0)).toBe(false);
  expect(await kept()).toMatchObject({ policy: { coinPrice: 1 } });
  expect(await catalog.deleteEpisode(db, 'cas-e', 2, 0)).toBe(true);
  expect(await kept()).toBeNull();
});
