/** Two crons and one drop, from inside: only here can one be held between its reading and its writing. */
import { createExecutionContext, createScheduledController } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { API_KEY_RANDOM_BYTES, formatApiKey } from '#core/api-key/format.ts';
import { sha256Base64url } from '#shared/encoding.ts';
import {
  endScheduledDrop,
  executeDrop,
  findDrop,
  insertDrop,
  type DropRecord,
} from '../../../../workers/api/db/drops.ts';
import { runDrop, runDueDrops } from '../../../../workers/api/drops/run-due.ts';
import type { Db } from '../../../../workers/api/http/context.ts';
import worker from '../../../../workers/api/index.ts';
import { forgetCatalogue, seriesEpisodes } from '../../../../workers/api/series-catalogue.ts';
import { migratedDb } from './support/database.ts';
import { NOW_MS } from './support/viewer.ts';

let db: Db;
const DROP: DropRecord = {
  id: 'drp_1',
  state: 'scheduled',
  at: NOW_MS,
  episodes: ['dr_1', 'dr_2'],
  policies: [{ scope: 'series', id: 'ser_drops', policy: { coinPrice: 7 } }],
  captionLanguages: [],
  failure: null,
  run: null,
  createdAt: NOW_MS - 1,
  finishedAt: null,
  requestSha256: null,
};

const run = (statement: string): Promise<unknown> => env.DB.prepare(statement).run();

beforeAll(async () => {
  db = await migratedDb();
  vi.spyOn(console, 'info').mockImplementation(() => undefined);
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
});

beforeEach(async () => {
  await run("DELETE FROM series WHERE id = 'ser_drops'");
  await run('DELETE FROM drops');
  await run("DELETE FROM access_policies WHERE scope_id = 'ser_drops'");
  await run("INSERT INTO series (id, slug, title, created_at, updated_at) VALUES ('ser_drops', 'drops', 'x', 0, 0)");
  for (const number of [1, 2]) {
    await run(
      `INSERT INTO episodes (id, series_id, number, title, created_at, updated_at) VALUES ('dr_${number}', 'ser_drops', ${number}, 'x', 0, 0)`,
    );
    await run(
      `INSERT INTO assets (id, episode_id, current_version, created_at) VALUES ('ast_d${number}', 'dr_${number}', 'ver_${number}', 0)`,
    );
  }
  await insertDrop(db, DROP);
});

async function policyVersion(): Promise<number> {
  const found = await env.DB.prepare("SELECT version FROM access_policies WHERE scope_id = 'ser_drops'").first<{
    version: number;
  }>();
  return found?.version ?? 0;
}

async function published(): Promise<number> {
  const found = await env.DB.prepare(
    "SELECT COUNT(published_at) AS count FROM episodes WHERE series_id = 'ser_drops'",
  ).first<{ count: number }>();
  return found?.count ?? -1;
}

describe('a drop', () => {
  test('that another cron has done meanwhile is not done again', async () => {
    expect(await executeDrop(db, DROP.id, 'run-1', { nowMs: NOW_MS })).toBe(true);
    await run("UPDATE episodes SET published_at = NULL WHERE id = 'dr_1'");
    expect(await executeDrop(db, DROP.id, 'run-2', { nowMs: NOW_MS + 60_000 })).toBe(false);
    await runDrop(db, DROP, NOW_MS + 60_000);
    expect([await policyVersion(), await published()]).toEqual([1, 1]);
    expect(await findDrop(db, DROP.id)).toMatchObject({ state: 'done', run: 'run-1', finishedAt: NOW_MS });
  });

  test('is done once by eight at the same time', async () => {
    await Promise.all(Array.from({ length: 8 }, () => runDrop(db, DROP, NOW_MS)));
    expect([await policyVersion(), await published()]).toEqual([1, 2]);
  });

  test('of an episode that is gone since the pre-flight changes nothing', async () => {
    await run("DELETE FROM episodes WHERE id = 'dr_2'");
    expect(await executeDrop(db, DROP.id, 'run-1', { nowMs: NOW_MS })).toBe(false);
    expect([await policyVersion(), await published()]).toEqual([0, 0]);
    await runDueDrops(db, NOW_MS + 60_000);
    expect(await findDrop(db, DROP.id)).toMatchObject({
      state: 'failed',
      failure: [{ code: 'episode-not-found', episodeId: 'dr_2' }],
    });
  });

  test('that was cancelled while a cron looked at it does not happen', async () => {
    const cancelled = { state: 'cancelled', failure: null, finishedAt: NOW_MS } as const;
    expect(await endScheduledDrop(db, DROP.id, cancelled)).toBe(true);
    await runDrop(db, DROP, NOW_MS);
    expect([await policyVersion(), await published()]).toEqual([0, 0]);
    expect(await endScheduledDrop(db, DROP.id, cancelled)).toBe(false);
  });

  test('is not done before its minute', async () => {
    await runDueDrops(db, NOW_MS - 1);
    expect(await published()).toBe(0);
    await runDueDrops(db, NOW_MS);
    expect(await published()).toBe(2);
  });
});

describe('the cron', () => {
  test('leaves what was read of the catalogue while nothing was due, and reads anew behind a drop', async () => {
    const episodesRead = async (): Promise<number> =>
      (await seriesEpisodes(env.DB, 'ser_drops', NOW_MS))?.episodes.length ?? -1;
    const cron = (): Promise<void> =>
      worker.scheduled(createScheduledController({ scheduledTime: new Date(NOW_MS) }), env);
    await run("UPDATE drops SET state = 'cancelled'");
    forgetCatalogue();
    expect(await episodesRead()).toBe(0);
    await run("UPDATE episodes SET published_at = 1 WHERE id = 'dr_1'");
    await cron();
    expect(await episodesRead()).toBe(0);
    await run("UPDATE drops SET state = 'scheduled'");
    await cron();
    expect(await episodesRead()).toBe(2);
  });
});

describe('a drop for now that the database failed in the middle of', () => {
  const API_KEY = formatApiKey('test', 'drops000', new Uint8Array(API_KEY_RANDOM_BYTES).fill(7));
  const body = JSON.stringify({ episodes: ['dr_1', 'dr_2'], policies: [] });

  /** D1 that fails where the drop is to be done, while `isBroken`. */
  const fragile = { isBroken: false };
  const DB = {
    prepare(query: string) {
      if (fragile.isBroken && query.startsWith('update "drops"')) throw new Error('D1_ERROR: storage was reset');
      return env.DB.prepare(query);
    },
    batch: (statements: D1PreparedStatement[]) => env.DB.batch(statements),
  } as unknown as D1Database;

  async function post(idempotencyKey: string): Promise<{ status: number; drop: { id: string; state: string } }> {
    const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': idempotencyKey };
    const request = new Request('https://edge.example/v1/drops', { method: 'POST', headers, body });
    request.headers.set('Authorization', `Bearer ${API_KEY}`);
    const bindings = { ...(env as unknown as ApiEnv), DB, ROOT_API_KEY_SHA256: await sha256Base64url(API_KEY) };
    const answer = await worker.fetch(request, bindings, createExecutionContext());
    return { status: answer.status, drop: await answer.json() };
  }
  const drops = async (): Promise<number> =>
    (await env.DB.prepare("SELECT COUNT(*) AS n FROM drops WHERE id <> 'drp_1'").first<number>('n')) ?? -1;

  test('is the same drop when the call is repeated under its Idempotency-Key', async () => {
    fragile.isBroken = true;
    expect((await post('one')).status).toBe(500);
    fragile.isBroken = false;
    const { status, drop } = await post('one');
    expect([status, drop.state, await drops(), await published()]).toEqual([201, 'done', 1, 2]);
    expect((await post('one')).drop.id).toBe(drop.id);
    expect((await post('two')).drop.id).not.toBe(drop.id);
    expect(await drops()).toBe(2);
  });

  test('is answered as it is, where the cron has done it meanwhile', async () => {
    fragile.isBroken = true;
    expect((await post('three')).status).toBe(500);
    fragile.isBroken = false;
    await runDueDrops(db, Date.now() + 1);
    const { status, drop } = await post('three');
    expect([status, drop.state, await drops()]).toEqual([201, 'done', 1]);
  });
});
