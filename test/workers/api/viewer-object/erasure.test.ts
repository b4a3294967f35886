import { runDurableObjectAlarm } from 'cloudflare:test';
import { describe, expect, test } from 'vitest';
import { endTombstone } from '../../../../workers/api/viewer-object/erase.ts';
import { EXPORTED_TABLES, TABLES_LEFT_OUT } from '../../../../workers/api/viewer-object/export.ts';
import {
  audit,
  bought,
  chargebackOf,
  creditOf,
  DAY_MS,
  inside,
  newViewer,
  NOW_MS,
  refundOf,
  rentOf,
  unlockOf,
  type ViewerStub,
} from './support/viewer.ts';

function tablesOf(viewer: ViewerStub): Promise<string[]> {
  return inside(viewer, (sql) =>
    sql
      .exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'")
      .toArray()
      .map(({ name }) => name)
      .filter((name) => !/^(sqlite|_cf)_/.test(name)),
  );
}

/** How many rows each table has that has any. */
function rowsOf(viewer: ViewerStub): Promise<Record<string, number>> {
  return tablesOf(viewer).then((tables) =>
    inside(viewer, (sql) =>
      Object.fromEntries(
        tables
          .map((table) => [table, sql.exec(`SELECT * FROM ${table}`).toArray().length] as const)
          .filter(([, rows]) => rows > 0),
      ),
    ),
  );
}

/** A bit of everything that a viewer leaves behind. */
async function busyViewer(): Promise<ViewerStub> {
  const viewer = newViewer();
  await viewer.credit(creditOf(50, { reference: 'payment-canary' }));
  await viewer.credit(creditOf(9, { kind: 'bonus', expiresAtMs: NOW_MS + 1 }));
  const [unlockId = ''] = await bought(viewer.unlock(unlockOf('ep_1', 10)));
  await bought(viewer.unlock(unlockOf('ep_2', 10)));
  await viewer.rent(rentOf('ep_3', 4));
  await viewer.refund(refundOf(unlockId, { reason: 'reason-canary', idempotencyKey: 'key-canary' }));
  await viewer.chargeback(chargebackOf('unknown-payment'));
  await viewer.grant({ scope: 'all', targetId: null, pass: 'vip', expiresAtMs: null, nowMs: NOW_MS });
  await viewer.setResume({ seriesId: 'ser_1', episodeId: 'ep_1', positionSeconds: 3, atMs: NOW_MS });
  await viewer.setAutoUnlock({ enabled: true, dailyCapCoins: 5, nowMs: NOW_MS });
  await viewer.startWait({
    idempotencyKey: 'w',
    requestSha256: 'w',
    episodeId: 'ep_4',
    seriesId: 'ser_1',
    hours: 3,
    nowMs: NOW_MS,
  });
  const ad = { episodeId: 'ep_5', seriesId: 'ser_1', network: null, adsPerUnlock: 1, dailyCap: 9, nowMs: NOW_MS };
  const intent = await viewer.openAdIntent(ad);
  if (intent.outcome !== 'opened') throw new Error(intent.outcome);
  await viewer.countAd({ intentId: intent.id, network: 'n', transactionId: 'ad-canary', nowMs: NOW_MS });
  const order = {
    stream: 's',
    deviceId: 'device-canary',
    issuedAtSeconds: NOW_MS / 1_000,
    maxStreams: 2,
    maxDevices: 2,
  };
  await viewer.heartbeat({ order: { ...order, holdMs: 60_000 }, nowMs: NOW_MS });
  return viewer;
}

const erasing = { nowMs: NOW_MS + 5_000, asGuest: false };

async function erased(viewer: ViewerStub, request = erasing) {
  const reply = await viewer.erase(request);
  if (reply.outcome !== 'erased') throw new Error(reply.outcome);
  return reply;
}

describe('the export of a viewer', () => {
  test('has every table of the object, or a reason why not', async () => {
    const decided = new Set([...Object.keys(EXPORTED_TABLES), ...Object.keys(TABLES_LEFT_OUT)]);
    const tables = await tablesOf(newViewer());
    expect(tables.filter((table) => !decided.has(table))).toEqual([]);
    expect(Object.keys(EXPORTED_TABLES).filter((table) => !tables.includes(table))).toEqual([]);
    expect(Object.values(TABLES_LEFT_OUT).filter((reason) => reason.length < 20)).toEqual([]);
  });

  test('has every row of every table', async () => {
    const viewer = await busyViewer();
    const { tables } = await viewer.exportAll();
    const rows = await rowsOf(viewer);
    for (const [table, name] of Object.entries(EXPORTED_TABLES))
      expect(tables[name]?.length, table).toBe(rows[table] ?? 0);
    expect(Object.keys(rows).length).toBeGreaterThan(18);
    const text = JSON.stringify(tables);
    for (const canary of ['payment', 'reason', 'key', 'ad', 'device']) expect(text).toContain(`${canary}-canary`);
  });
});

describe('a viewer who is erased', () => {
  test('leaves amounts that add up, and no episode, key, reason or id', async () => {
    const viewer = await busyViewer();
    const { coins } = await viewer.wallet({ nowMs: NOW_MS });
    const { pending } = await erased(viewer);
    const ledger = pending?.ledger ?? [];
    const sum = (amounts: Readonly<Record<string, number>>): number =>
      Object.values(amounts).reduce((total, amount) => total + amount, 0);
    expect(ledger.map(({ amounts }) => sum(amounts))).toEqual(ledger.map(() => 0));
    expect(ledger.at(-1)).toMatchObject({ kind: 'erasure', amounts: { 'system:erased': coins } });
    const left = ledger.reduce((total, { amounts }) => total + (amounts['wallet:paid'] ?? 0), 0);
    expect(left).toBe(0);
    expect(ledger[0]).toMatchObject({ kind: 'credit', reference: 'payment-canary' });
    expect(JSON.stringify(ledger)).not.toMatch(/ep_|txn_|unl_|(reason|key|ad|device)-canary/);
  });

  test('has nothing but the tombstone once the ledger is put away', async () => {
    const viewer = await busyViewer();
    const before = await erased(viewer);
    expect(await erased(viewer, { ...erasing, nowMs: NOW_MS + 9_000 })).toEqual(before);
    await viewer.finishErasure();
    expect(await rowsOf(viewer)).toEqual({ schema_version: 1, accounts: 9, erasure: 1, revocation: 1 });
    expect((await erased(viewer)).pending).toBeNull();
    const all = await inside(viewer, (sql) => JSON.stringify(sql.exec('SELECT * FROM erasure').toArray()));
    expect(all).toContain('"subject":null,"guests":null');
    expect(await audit(viewer)).toEqual([]);
  });

  test('takes nothing in, and gives nothing out', async () => {
    const viewer = await busyViewer();
    await erased(viewer);
    const gone = { outcome: 'merged', into: null };
    expect(await viewer.credit(creditOf(5, { reference: 'payment-canary' }))).toEqual(gone);
    expect(await viewer.unlock(unlockOf('ep_1', 10))).toEqual(gone);
    expect(await viewer.grant({ scope: 'all', targetId: null, pass: null, expiresAtMs: null, nowMs: NOW_MS })).toEqual(
      gone,
    );
    expect(await viewer.setResume({ seriesId: 's', episodeId: 'e', positionSeconds: 1, atMs: NOW_MS })).toEqual(gone);
    expect(await viewer.chargeback(chargebackOf('payment-canary'))).toEqual(gone);
    const merge = { idempotencyKey: 'k', requestSha256: 's', nowMs: NOW_MS };
    expect(await viewer.openMerge({ ...merge, guest: 'g', openUntilMs: NOW_MS + 1 })).toEqual(gone);
    expect(await viewer.beginMerge({ ...merge, guest: 'g', target: 't' })).toEqual(gone);
    const state = await viewer.state({ episodeIds: ['ep_1', 'ep_2', 'ep_3', 'ep_5'], nowMs: NOW_MS });
    expect(state).toMatchObject({ coins: 0, unlocks: [], waits: [], grants: [] });
    expect(state.revokedAtSeconds).toBe((NOW_MS + 5_000) / 1_000 + 30 * 86_400);
  });

  test('is as one who never was when the thirty days are over, and not before', async () => {
    const viewer = await busyViewer();
    const { untilMs } = await erased(viewer);
    await viewer.finishErasure();
    expect(untilMs).toBe(erasing.nowMs + 30 * DAY_MS);
    expect(await inside(viewer, (_, storage) => storage.getAlarm())).toBe(untilMs);
    await runDurableObjectAlarm(viewer);
    expect((await viewer.credit(creditOf(5))).outcome).toBe('merged');
    expect(await inside(viewer, (_, storage) => storage.getAlarm())).toBe(untilMs);
    await inside(viewer, (_, storage) => endTombstone(storage, untilMs));
    expect(await viewer.tombstone()).toBeNull();
    expect((await viewer.credit(creditOf(5))).outcome).toBe('credited');
    expect(await rowsOf(viewer)).not.toHaveProperty('revocation');
  });

  test('is kept beyond that while the ledger is not put away', async () => {
    const viewer = await busyViewer();
    const { untilMs, pending } = await erased(viewer);
    await inside(viewer, (_, storage) => endTombstone(storage, untilMs + DAY_MS));
    expect((await erased(viewer)).pending).toEqual(pending);
  });

  test('was nobody before: the ledger is empty', async () => {
    expect((await erased(newViewer())).pending).toMatchObject({ ledger: [], guests: [] });
  });

  test('who was merged into another is erased with that one only', async () => {
    const [viewer, guest] = [newViewer(), newViewer()];
    await guest.credit(creditOf(5));
    const request = { idempotencyKey: 'k', requestSha256: 's', guest: 'guest-1', target: 'target-1', nowMs: NOW_MS };
    await viewer.openMerge({ ...request, openUntilMs: NOW_MS + 60_000 });
    expect((await viewer.erase(erasing)).outcome).toBe('busy');
    const begun = await guest.beginMerge(request);
    if (begun.outcome !== 'begun') throw new Error(begun.outcome);
    expect((await guest.erase({ ...erasing, asGuest: true })).outcome).toBe('busy');
    await viewer.applyMerge({ ...begun, nowMs: NOW_MS });
    await guest.finishMerge(begun.transferId);
    const { transferId } = begun;
    expect(await guest.erase(erasing)).toEqual({ outcome: 'merged', into: 'target-1', transferId, isHandedOver: true });
    expect((await erased(viewer)).pending?.guests).toEqual(['guest-1']);
    await erased(guest, { ...erasing, asGuest: true });
    await guest.finishErasure();
    expect(await rowsOf(guest)).not.toHaveProperty('merge_out');
  });
});
