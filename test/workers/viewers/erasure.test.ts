/**
 * Export and erasure of a viewer, on a platform of its own whose every store and line of log is searched afterwards.
 * @see security.md PRV-5, PRV-6
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startPlatform, type Platform } from '../../../scripts/platform/index.ts';
import { D1_TABLES_LEFT_OUT, EXPORTED_D1_TABLES } from '../../../workers/api/db/viewer-tables.ts';
import { apiFetch, edgeFetch } from '../../support/edge.ts';
import { openIntent, setAutoUnlock, startWait } from '../support/free-ways.ts';
import { expectProblem, jsonOf, statusOf } from '../support/http.ts';
import { createSeries, publishedEpisode } from '../support/library.ts';
import { ownEdge } from '../support/own-edge.ts';
import { storeSearch, type StoreSearch } from '../support/store-search.ts';
import { accountToken } from '../support/stores.ts';
import { makeBackendKey, newViewerId, signToken, viewerToken } from '../support/tokens.ts';
import {
  asViewer,
  credit,
  feed,
  grant,
  mediaPrefix,
  mergeInto,
  playlist,
  sendCredit,
  sendUnlock,
  unlock,
  wallet,
} from '../support/viewers.ts';

vi.mock('../../support/edge.ts', () => import('../support/own-edge.ts'));

const dataDir = mkdtempSync(path.join(tmpdir(), 'cliffhanger-erasure-'));
const lines: string[] = [];
let platform: Platform | undefined;
let search: StoreSearch;
const episode = { free: '', paid: '', second: '', waited: '', seriesId: '' };

beforeAll(async () => {
  search = await storeSearch();
  const log = (line: string): void => void lines.push(line);
  const vars = { ACCESS_LOG_SAMPLE: '1' };
  platform = await startPlatform({
    port: 0,
    dataDir,
    secrets: ownEdge.secrets,
    demo: false,
    log,
    vars,
    adapt: search.adapt,
  });
  ownEdge.origin = platform.origin;
  const policy = { freeEpisodes: 1, coinPrice: 10, wait: { hours: 3 }, ad: { adsPerUnlock: 2, dailyCap: 5 } };
  const series = await createSeries(policy);
  episode.seriesId = series.id;
  episode.free = (await publishedEpisode(series.id, 1)).id;
  episode.paid = (await publishedEpisode(series.id, 2)).id;
  episode.second = (await publishedEpisode(series.id, 3)).id;
  episode.waited = (await publishedEpisode(series.id, 4)).id;
});

afterAll(async () => {
  await platform?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

interface Person {
  readonly viewer: string;
  readonly guest: string;
  readonly token: string;
  readonly reference: string;
}

/** Does everything that leaves a trace somewhere. */
async function busyPerson(): Promise<Person> {
  const [viewer, guest] = [newViewerId(), newViewerId()];
  const reference = `payment-${randomUUID()}`;
  await credit(guest, 7);
  await jsonOf(await mergeInto(viewer, guest), 201);
  await credit(viewer, 50, { reference });
  const token = await viewerToken(viewer, { deviceId: 'my-phone', maxStreams: 2, maxDevices: 2 });
  await unlock(viewer, episode.paid);
  await grant(viewer, { scope: 'all', pass: 'vip' });
  await startWait(viewer, episode.waited);
  await openIntent(viewer, episode.second);
  await setAutoUnlock(token, true, 5);
  const resume = { episodeId: episode.paid, positionSeconds: 4 };
  await statusOf(
    await edgeFetch('/v1/me/resume', {
      method: 'PUT',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(resume),
    }),
  );
  await statusOf(await playlist(episode.paid, token));
  await feed(token, `at=${episode.free}`);
  await storedElsewhere(viewer, await accountToken(viewer), reference);
  const pending = { coins: 1_000_000, kind: 'bonus', reason: 'a prize', actor: 'support' };
  const headers = { 'idempotency-key': `pending-${viewer}` };
  await jsonOf(await apiFetch(`/v1/viewers/${viewer}/adjustments`, { json: pending, headers }), 202);
  return { viewer, guest, token, reference };
}

/** Rows that need a store or a webhook to come about. */
async function storedElsewhere(viewer: string, account: string, reference: string): Promise<void> {
  await search.sql(
    `INSERT INTO store_purchases (id, store, reference, product_id, quantity, chain, account_token, viewer_id,
       purchased_at, as_of_at, version, credit, round, created_at, updated_at)
     VALUES (?1, 'app-store', ?2, 'pack', 1, ?2, ?3, ?4, 1, 1, 1, 'done', 0, 1, 1)`,
    `pur_${randomUUID()}`,
    `app-store:${reference}`,
    account,
    viewer,
  );
  const payload = JSON.stringify({ type: 'viewer.unlocked', data: { viewerId: viewer } });
  await search.sql(
    'INSERT INTO webhook_events (id, type, payload, created_at) VALUES (?1, ?2, ?3, 1)',
    `evt_${randomUUID()}`,
    'viewer.unlocked',
    payload,
  );
  await search.sql(
    `INSERT INTO idempotent_requests (api_key_id, route, idempotency_key, request_sha256, claim, status, body, created_at)
     VALUES ('root', 'POST /v1/x', ?1, 's', 'c', 201, ?2, ?3)`,
    randomUUID(),
    JSON.stringify({ viewerId: viewer }),
    Date.now(),
  );
}

const erase = (viewer: string): Promise<Response> => apiFetch(`/v1/viewers/${viewer}`, { method: 'DELETE' });

interface Export {
  readonly viewerId: string;
  readonly viewer: Record<string, readonly Record<string, unknown>[]>;
  readonly stores: Record<string, readonly Record<string, unknown>[]>;
  readonly guests: readonly Export[];
  readonly notCovered: readonly { readonly what: string; readonly why: string }[];
}

describe('the export of a viewer', () => {
  test('has what is kept, also of a guest who became part of it, with times that people read', async () => {
    const { viewer, guest, reference } = await busyPerson();
    const answer = await apiFetch(`/v1/viewers/${viewer}/export`);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const body = await jsonOf<Export>(answer);
    expect(body.viewerId).toBe(viewer);
    for (const part of ['transactions', 'lots', 'unlocks', 'grants', 'waits', 'adIntents', 'resumePoints', 'devices'])
      expect(body.viewer[part]?.length, part).toBeGreaterThan(0);
    expect(body.viewer['autoUnlockSetting']).toMatchObject([{ enabled: 1, dailyCapCoins: 5 }]);
    expect(body.viewer['unlocks']?.[0]).toMatchObject({ episodeId: episode.paid, coins: 10 });
    expect(body.viewer['unlocks']?.[0]?.['createdAt']).toMatch(/^20\d\d-.*Z$/);
    expect(body.viewer['transactions']?.find((txn) => txn['reference'] === reference)?.['result']).toMatchObject({
      credit: { coins: 50 },
    });
    expect(body.stores['storePurchases']).toMatchObject([{ reference: `app-store:${reference}` }]);
    expect(body.stores['storeAccounts']).toMatchObject([{ viewerId: viewer }]);
    expect(body.guests).toMatchObject([{ viewerId: guest, viewer: { mergedInto: [{ target: viewer }] } }]);
    expect(body.notCovered.map(({ what }) => what)).toContain('sums of views');
  });

  test('has every table of the database, or a reason why not', async () => {
    const tables = Object.keys(await search.d1()).filter((table) => table !== 'd1_migrations');
    const decided = [...EXPORTED_D1_TABLES, ...Object.keys(D1_TABLES_LEFT_OUT)];
    expect(tables.toSorted()).toEqual(decided.toSorted());
  });

  test('of one who never came is empty', async () => {
    const body = await jsonOf<Export>(await apiFetch(`/v1/viewers/${newViewerId()}/export`));
    expect(body.viewer['transactions']).toEqual([]);
    expect(body.stores['storePurchases']).toEqual([]);
  });
});

/** Where a text is found, of everything that the platform has. */
async function placesOf(text: string, objects: readonly string[]): Promise<string[]> {
  const found = (store: string, parts: Record<string, unknown>): string[] =>
    Object.entries(parts)
      .filter(([name, part]) => `${name} ${JSON.stringify(part)}`.includes(text))
      .map(([name]) => `${store} ${name}`);
  const dumps = await Promise.all(objects.map(async (viewer) => found('object', await search.object(viewer))));
  const log = lines.some((line) => line.includes(text)) ? ['log'] : [];
  return [...found('D1', await search.d1()), ...dumps.flat(), ...found('R2', await search.r2()), ...log];
}

describe('a viewer who is erased', () => {
  test('is in no table, no object, no file and no line of log any more', async () => {
    const { viewer, guest, reference } = await busyPerson();
    const objects = [viewer, guest];
    expect(await placesOf(viewer, objects)).toEqual(
      expect.arrayContaining(['D1 store_purchases', 'D1 webhook_events', 'D1 idempotent_requests', 'object merge_out']),
    );
    expect(await statusOf(await erase(viewer))).toBe(204);
    for (const id of objects) expect(await placesOf(id, objects)).toEqual([]);
    expect(await placesOf(`"${reference}"`, objects)).toEqual([]);
    const log = async () =>
      (await (await apiFetch('/v1/audit-log?limit=100')).text()).includes('DELETE /v1/viewers/:viewerId');
    await expect.poll(log, { timeout: 60_000 }).toBe(true);
    expect(await placesOf(viewer, objects)).toEqual([]);
  });

  test('is erased in full by the retry of a call that broke off after the object was emptied', async () => {
    const { viewer, guest } = await busyPerson();
    const files = Object.keys(await search.r2()).length;
    await search.call(viewer, 'erase', { nowMs: Date.now(), asGuest: false });
    expect((await placesOf(viewer, [guest])).length).toBeGreaterThan(3);
    expect((await placesOf(guest, [viewer])).length).toBeGreaterThan(0);
    expect(await statusOf(await erase(viewer))).toBe(204);
    for (const id of [viewer, guest]) expect(await placesOf(id, [viewer, guest])).toEqual([]);
    expect(Object.keys(await search.r2())).toHaveLength(files + 2);
  });

  test('leaves books that add up, under a name that leads nowhere', async () => {
    const { viewer, guest } = await busyPerson();
    const before = new Set(Object.keys(await search.r2()));
    expect(await statusOf(await erase(viewer))).toBe(204);
    const kept = Object.entries(await search.r2()).filter(([key]) => key.startsWith('erased/') && !before.has(key));
    // The viewer's, and the guest's from before.
    expect(kept).toHaveLength(2);
    for (const [key, text] of kept) {
      const subject = /^erased\/([\w-]{20})\.json$/.exec(key)?.[1] ?? '';
      const { transactions } = JSON.parse(text) as { transactions: { amounts: Record<string, number> }[] };
      for (const { amounts } of transactions) expect(Object.values(amounts).reduce((a, b) => a + b, 0)).toBe(0);
      const objects = [JSON.stringify(await search.object(viewer)), JSON.stringify(await search.object(guest))];
      expect(objects.join('')).not.toContain(subject);
    }
    const [purchase] = await search.sql<{ viewer_id: string; account_token: string | null }>(
      "SELECT * FROM store_purchases WHERE viewer_id LIKE 'erased-%' ORDER BY rowid DESC LIMIT 1",
    );
    expect(kept.map(([key]) => `erased-${key.slice(7, 27)}`)).toContain(purchase?.viewer_id);
    expect(purchase?.account_token).toBeNull();
  });

  test('stays erased: nothing comes in, no token is made, and tokens and passes from before are refused', async () => {
    const { viewer, token } = await busyPerson();
    const backend = await makeBackendKey();
    const prefix = await mediaPrefix(episode.paid, token);
    expect(await statusOf(await edgeFetch(`${prefix}/v0/0.m4s`))).toBe(200);
    expect(await statusOf(await erase(viewer))).toBe(204);
    expect(await statusOf(await erase(viewer))).toBe(204);
    await expectProblem(await sendCredit(viewer, { coins: 5, kind: 'paid' }), 'viewer-erased');
    await expectProblem(await sendUnlock(viewer, episode.paid), 'viewer-erased');
    await expectProblem(await apiFetch('/v1/viewer-tokens', { json: { viewerId: viewer } }), 'viewer-erased');
    await expectProblem(await apiFetch(`/v1/viewers/${viewer}/grants`, { json: { scope: 'all' } }), 'viewer-erased');
    await expectProblem(await apiFetch(`/v1/viewers/${viewer}/export`), 'viewer-erased');
    await expectProblem(await apiFetch(`/v1/viewers/${viewer}/store-account`, { method: 'POST' }), 'viewer-erased');
    await expectProblem(await apiFetch(`/v1/viewers/${viewer}/revocations`, { method: 'POST' }), 'viewer-erased');
    await expectProblem(await mergeInto(viewer, newViewerId()), 'viewer-erased');
    await expectProblem(await mergeInto(newViewerId(), viewer), 'viewer-erased');
    expect((await wallet(viewer)).coins).toBe(0);
    // The backend's own signature is as good as ever; the viewer is not.
    for (const each of [token, await signToken(backend, viewer)]) {
      await expectProblem(await edgeFetch('/v1/me/wallet', asViewer(each)), 'token-revoked');
      await expectProblem(await playlist(episode.free, each), 'token-revoked');
    }
    const segment = async (): Promise<number> => statusOf(await edgeFetch(`${prefix}/v0/0.m4s`));
    await expect.poll(segment, { timeout: 60_000, interval: 500 }).toBe(403);
  });

  test('as a part of another one is erased with that one', async () => {
    const { viewer, guest } = await busyPerson();
    const refused = await expectProblem(await erase(guest), 'viewer-merged');
    expect(refused['viewerId']).toBe(viewer);
  });

  test.each([false, true])(
    'was the target of a guest that never arrived: the guest can be erased, also one that has forgotten it (%s)',
    async (isForgotten) => {
      const [viewer, guest] = [newViewerId(), newViewerId()];
      await credit(guest, 7);
      const key = { idempotencyKey: 'k', requestSha256: 's', nowMs: Date.now() };
      await search.call(viewer, 'openMerge', { ...key, guest, openUntilMs: Date.now() - 1 });
      const { transferId } = await search.call<{ transferId: string }>(guest, 'beginMerge', {
        ...key,
        guest,
        target: viewer,
      });
      await expectProblem(await erase(guest), 'viewer-merged');
      expect(await statusOf(await erase(viewer))).toBe(204);
      if (isForgotten) await search.call(guest, 'finishMerge', transferId);
      expect(await statusOf(await erase(guest))).toBe(204);
      expect(await statusOf(await erase(guest))).toBe(204);
      for (const id of [viewer, guest]) expect(await placesOf(id, [viewer, guest])).toEqual([]);
      await expectProblem(await sendCredit(guest, { coins: 5, kind: 'paid' }), 'viewer-erased');
    },
  );

  test('leaves everybody else as they were', async () => {
    const [{ viewer }, other] = [await busyPerson(), await busyPerson()];
    const before = await search.object(other.viewer);
    await statusOf(await erase(viewer));
    expect(await search.object(other.viewer)).toEqual(before);
    expect(await placesOf(other.viewer, [])).toEqual(
      expect.arrayContaining([
        'D1 store_accounts',
        'D1 store_purchases',
        'D1 webhook_events',
        'D1 idempotent_requests',
      ]),
    );
  });
});
