import { runDurableObjectAlarm } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, test } from 'vitest';
import { migrate, MIGRATIONS } from '../../../../workers/api/viewer-object/schema.ts';
import { hashViewer } from '../../../../workers/shared/keys/viewer-hash.ts';
import { migratedDb } from './support/database.ts';
import { merge, pair, requestOf } from './support/merges.ts';
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

const bindings = env as unknown as ApiEnv;

// A guest's own alarm tells stores too.
beforeAll(async () => void (await migratedDb()));

describe('a guest who becomes part of a viewer', () => {
  test('brings each lot with its kind and end, and each unlock with what paid it', async () => {
    const both = pair();
    const { viewer, guest } = both;
    await guest.credit(creditOf(9, { kind: 'bonus', expiresAtMs: NOW_MS + DAY_MS }));
    await guest.credit(creditOf(20, { reference: 'p' }));
    const [id = ''] = await bought(guest.unlock(unlockOf('ep_1', 12)));
    await guest.rent(rentOf('ep_2', 4));
    await guest.startRental({ episodeId: 'ep_2', nowMs: NOW_MS });
    await merge(both);
    expect((await viewer.wallet({ nowMs: NOW_MS })).lots).toEqual([{ kind: 'paid', remaining: 13, expiresAtMs: null }]);
    await viewer.refund(refundOf(id));
    expect((await viewer.wallet({ nowMs: NOW_MS })).lots).toEqual([
      { kind: 'bonus', remaining: 9, expiresAtMs: NOW_MS + DAY_MS },
      { kind: 'paid', remaining: 16, expiresAtMs: null },
    ]);
    expect((await viewer.state({ episodeIds: ['ep_2'], nowMs: NOW_MS })).unlocks).toMatchObject([
      { method: 'rental', untilMs: NOW_MS + 2 * DAY_MS },
    ]);
    for (const each of [viewer, guest]) expect(await audit(each)).toEqual([]);
  });

  test('whose caller was lost after the guest had frozen is taken in by the guest’s own alarm, once', async () => {
    const both = pair();
    const { viewer, guest, request } = both;
    await guest.credit(creditOf(20));
    await viewer.openMerge(request);
    await guest.beginMerge(request);
    expect(await viewer.wallet({ nowMs: NOW_MS })).toMatchObject({ coins: 0 });
    expect(await runDurableObjectAlarm(guest)).toBe(true);
    expect(await viewer.wallet({ nowMs: NOW_MS })).toMatchObject({ coins: 20 });
    await merge(both);
    expect(await viewer.wallet({ nowMs: NOW_MS })).toMatchObject({ coins: 20 });
  });

  test('follows a viewer who became part of another one in between', async () => {
    const both = pair();
    const last = crypto.randomUUID();
    await both.guest.credit(creditOf(20));
    await both.guest.beginMerge(both.request);
    await merge({ viewer: newViewer(last), guest: both.viewer, request: requestOf(both.request.target, last) });
    await runDurableObjectAlarm(both.guest);
    expect(await newViewer(last).wallet({ nowMs: NOW_MS })).toMatchObject({ coins: 20 });
  });

  test.each([0, 61_000])(
    'and is the target of that viewer too, goes or stays as the ids say, also after %i ms: else both would be gone',
    async (laterMs) => {
      const [first = '', second = ''] = [crypto.randomUUID(), crypto.randomUUID()].toSorted((a, b) => (a < b ? -1 : 1));
      const [into, from] = [newViewer(second), newViewer(first)];
      const request = requestOf(first, second);
      const opposite = requestOf(second, first);
      await from.credit(creditOf(20));
      await into.openMerge(request);
      await from.openMerge(opposite);
      const nowMs = NOW_MS + laterMs;
      expect((await into.beginMerge({ ...opposite, nowMs })).outcome).toBe('opposite');
      const begun = await from.beginMerge({ ...request, nowMs });
      if (begun.outcome !== 'begun') throw new Error(begun.outcome);
      expect((await into.beginMerge({ ...opposite, nowMs })).outcome).toBe('opposite');
      await into.applyMerge({ ...begun, nowMs });
      expect(await into.wallet({ nowMs: NOW_MS })).toMatchObject({ coins: 20, mergedInto: null });
      expect(await from.openMerge(opposite), 'tried again').toEqual({ outcome: 'merged', into: second });
    },
  );

  test('cannot leave while it takes in a third one', async () => {
    const { viewer, guest, request } = pair();
    await viewer.openMerge(request);
    await guest.openMerge(requestOf(crypto.randomUUID(), request.guest));
    expect((await guest.beginMerge(request)).outcome).toBe('busy');
  });

  describe('whose target was erased before it took the guest in', () => {
    async function orphan() {
      const both = pair();
      await both.guest.credit(creditOf(20, { reference: 'orphan-canary' }));
      await both.viewer.openMerge(both.request);
      await both.guest.beginMerge(both.request);
      const erased = await both.viewer.erase({ nowMs: NOW_MS + 61_000, asGuest: false });
      expect(erased.outcome).toBe('erased');
      return both;
    }
    const rowsOf = (guest: ViewerStub): Promise<string> =>
      inside(guest, (sql) =>
        JSON.stringify(
          ['txns', 'merge_out', 'erased_txns', 'viewer_name'].map((table) =>
            sql.exec(`SELECT * FROM ${table}`).toArray(),
          ),
        ),
      );

    test('is erased too, everywhere, by its own alarm', async () => {
      const { guest, request } = await orphan();
      expect(await runDurableObjectAlarm(guest)).toBe(true);
      expect(await guest.credit(creditOf(1))).toEqual({ outcome: 'merged', into: null });
      expect(await rowsOf(guest)).toBe('[[],[],[],[]]');
      const tombstone = await guest.tombstone();
      expect(await inside(guest, (_, storage) => storage.getAlarm())).toBe(tombstone?.untilMs);
      const hash = await hashViewer(bindings.MASTER_SECRET, request.guest);
      const known = env.DB.prepare('SELECT until FROM erased_viewers WHERE viewer_hash = ?').bind(hash);
      expect(await known.first()).toEqual({ until: tombstone?.untilMs });
    });

    test('goes on with that where it broke off', async () => {
      const { guest } = await orphan();
      await guest.erase({ nowMs: NOW_MS + 62_000, asGuest: true, isOrphan: true });
      expect(await rowsOf(guest)).toContain('wallet:paid');
      expect(await runDurableObjectAlarm(guest)).toBe(true);
      expect(await rowsOf(guest)).toBe('[[],[],[],[]]');
    });
  });

  test('leaves nothing to be done twice: late retries of payments and chargebacks move no coin', async () => {
    const both = pair();
    const { viewer, guest } = both;
    const payment = creditOf(20, { reference: 'p' });
    await guest.credit(payment);
    await guest.unlock(unlockOf('ep_1', 12));
    await guest.chargeback(chargebackOf('p'));
    await merge(both);
    expect((await viewer.credit(payment)).outcome).toBe('replayed');
    expect((await viewer.chargeback(chargebackOf('p'))).outcome).toBe('replayed');
    expect(await viewer.wallet({ nowMs: NOW_MS })).toMatchObject({ coins: 0, debtCoins: 12 });
    expect((await guest.credit(payment)).outcome, 'as it was answered then').toBe('replayed');
    expect(await guest.credit(creditOf(1))).toEqual({ outcome: 'merged', into: both.request.target });
  });
});

describe('a payment of a guest that is taken back from the viewer', () => {
  const SPENT = { coins: 10, takenCoins: 0, absorbedCoins: 0 };

  test('is owed in full where it had paid a debt back, or the debt would be gone for nothing', async () => {
    const both = pair();
    const { viewer, guest } = both;
    await guest.credit(creditOf(10, { reference: 'first' }));
    await guest.unlock(unlockOf('ep_1', 10));
    await guest.chargeback(chargebackOf('first'));
    expect(await guest.credit(creditOf(10, { reference: 'second' }))).toMatchObject({ wallet: { debtCoins: 0 } });
    await merge(both);
    expect(await viewer.chargeback(chargebackOf('second'))).toMatchObject({
      outcome: 'charged-back',
      chargeback: { ...SPENT, debtCoins: 10 },
      wallet: { coins: 0, debtCoins: 10 },
    });
    expect((await viewer.chargeback(chargebackOf('second'))).outcome).toBe('replayed');
    expect(await audit(viewer)).toEqual([]);
  });

  test('is owed by whoever has it in the end, however many were merged', async () => {
    const both = pair();
    const last = crypto.randomUUID();
    await both.guest.credit(creditOf(10, { reference: 'first' }));
    await both.guest.unlock(unlockOf('ep_1', 10));
    await both.guest.chargeback(chargebackOf('first'));
    await both.guest.credit(creditOf(10, { reference: 'second' }));
    await merge(both);
    await merge({ viewer: newViewer(last), guest: both.viewer, request: requestOf(both.request.target, last) });
    expect(await newViewer(last).chargeback(chargebackOf('second'))).toMatchObject({
      chargeback: { ...SPENT, debtCoins: 10 },
    });
  });

  test('owes nothing for what had lapsed or was corrected away, and is not waited for', async () => {
    const both = pair();
    const { viewer, guest } = both;
    await guest.credit(creditOf(6, { reference: 'p', expiresAtMs: NOW_MS - 1, nowMs: NOW_MS - 2 }));
    await guest.credit(creditOf(4, { reference: 'q' }));
    const by = { apiKeyId: 'k', approvalCoins: null };
    const why = { ...by, kind: 'paid' as const, reason: 'given twice', actor: 'support', nowMs: NOW_MS };
    await guest.adjust({ ...why, coins: -4, idempotencyKey: 'a', requestSha256: 'a' });
    await merge(both);
    for (const [reference, coins] of [
      ['p', 6],
      ['q', 4],
    ] as const) {
      expect(await viewer.chargeback(chargebackOf(reference))).toMatchObject({
        outcome: 'charged-back',
        chargeback: { coins, takenCoins: 0, debtCoins: 0 },
      });
    }
    expect(await audit(viewer)).toEqual([]);
  });

  test('is applied at once where it had been waited for by the viewer', async () => {
    const both = pair();
    const { viewer, guest } = both;
    await guest.credit(creditOf(10, { reference: 'first' }));
    await guest.unlock(unlockOf('ep_1', 10));
    await guest.chargeback(chargebackOf('first'));
    await guest.credit(creditOf(10, { reference: 'second' }));
    expect((await viewer.chargeback(chargebackOf('second'))).outcome).toBe('parked');
    await merge(both);
    expect(await viewer.wallet({ nowMs: NOW_MS })).toMatchObject({ coins: 0, debtCoins: 10 });
    expect((await viewer.chargeback(chargebackOf('second'))).outcome).toBe('replayed');
  });

  test('and has not come is waited for by the viewer, as long as it was by the guest', async () => {
    const both = pair();
    await both.guest.chargeback(chargebackOf('p', { policy: 'revoke', reason: 'why', nowMs: NOW_MS - DAY_MS }));
    await merge(both);
    const waits = { reference: 'p', policy: 'revoke', reason: 'why', createdAtMs: NOW_MS - DAY_MS };
    expect(await both.viewer.parkedChargebacks()).toEqual([waits]);
    expect(await both.guest.parkedChargebacks()).toEqual([]);
  });

  test('is known also where its guest came before what it was spent on was kept: it is never waited for', async () => {
    const both = pair();
    await both.guest.credit(creditOf(6, { reference: 'p', expiresAtMs: NOW_MS - 1, nowMs: NOW_MS - 2 }));
    await merge(both);
    await inside(both.viewer, (sql) => sql.exec('DELETE FROM moved_coins'));
    const nothing = { coins: 0, takenCoins: 0, debtCoins: 0, absorbedCoins: 0 };
    expect(await both.viewer.chargeback(chargebackOf('p'))).toMatchObject({
      outcome: 'charged-back',
      chargeback: nothing,
    });
    expect(await both.viewer.chargeback(chargebackOf('p'))).toMatchObject({ outcome: 'replayed', chargeback: nothing });
  });
});

/** Tables, indexes and triggers, whatever way they came to be. */
const schemaOf = (viewer: ViewerStub): Promise<string[]> =>
  inside(viewer, (sql) =>
    sql
      .exec<{ sql: string }>(
        "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE '\\_cf%' ESCAPE '\\'",
      )
      .toArray()
      .map((row) => row.sql.replaceAll(/["\s]/g, ''))
      .toSorted((a, b) => a.localeCompare(b)),
  );

describe('an object from before bundles', () => {
  test.each([3, 9])(
    'keeps every coin, unlock and answer, and its unlocks can be refunded (version %i)',
    async (version) => {
      const viewer = newViewer();
      await inside(viewer, (sql, storage) => {
        const tables = sql
          .exec<{ name: string }>(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\' AND name NOT LIKE 'sqlite%'",
          )
          .toArray();
        sql.exec('PRAGMA defer_foreign_keys = on');
        const order = [
          'shares',
          'returns',
          'unlock_ends',
          'rentals',
          'unlocks',
          'draws',
          'lots',
          'entries',
          'txns',
          'accounts',
        ];
        const rest = tables.map(({ name }) => name).filter((name) => !order.includes(name));
        for (const name of [...order, ...rest]) sql.exec(`DROP TABLE ${name}`);
        sql.exec('CREATE TABLE schema_version (version INTEGER NOT NULL)');
        for (const migration of MIGRATIONS.slice(0, version)) sql.exec(migration);
        sql.exec('INSERT INTO schema_version (version) VALUES (?)', version);
        const result = JSON.stringify({
          unlock: { id: 'unl_old', episodeId: 'ep_1', coins: 7, createdAtMs: NOW_MS },
          wallet: { coins: 3, paid: 3, bonus: 0, lots: [] },
        });
        for (const statement of [
          "INSERT INTO txns (id, seq, kind, idempotency_key, request_sha256, created_at) VALUES ('t1', 1, 'credit', 'c', 's', 0)",
          "INSERT INTO entries VALUES ('t1', 'wallet:paid', 10), ('t1', 'system:issued', -10)",
          "INSERT INTO lots VALUES ('l1', 1, 'paid', 10, 10, NULL, 't1')",
          "UPDATE txns SET sealed = 1, result = '{}' WHERE id = 't1'",
          "INSERT INTO txns (id, seq, kind, idempotency_key, request_sha256, created_at) VALUES ('t2', 2, 'unlock', 'u', 'unlock ep_1', 0)",
          "INSERT INTO entries VALUES ('t2', 'wallet:paid', -7), ('t2', 'system:spent', 7)",
          "INSERT INTO draws VALUES ('t2', 'l1', 7)",
          "INSERT INTO unlocks VALUES ('unl_old', 'ep_1', 't2', 7, 0)",
          `UPDATE txns SET sealed = 1, result = '${result}' WHERE id = 't2'`,
        ])
          sql.exec(statement);
        migrate(storage);
      });
      expect(await audit(viewer)).toEqual([]);
      expect(await schemaOf(viewer), 'as in a new one').toEqual(await schemaOf(newViewer()));
      expect(await viewer.wallet({ nowMs: NOW_MS })).toMatchObject({ coins: 3 });
      expect(await viewer.unlock(unlockOf('ep_1', 7, { idempotencyKey: 'u' }))).toMatchObject({
        outcome: 'replayed',
        unlocks: [{ id: 'unl_old', method: 'coins', coins: 7 }],
      });
      expect(await viewer.refund(refundOf('unl_old'))).toMatchObject({ outcome: 'refunded', wallet: { coins: 10 } });
      expect(await audit(viewer)).toEqual([]);
      expect((await viewer.erase({ nowMs: NOW_MS, asGuest: false })).outcome).toBe('erased');
      expect(await schemaOf(viewer), 'after an erasure too').toEqual(await schemaOf(newViewer()));
    },
  );
});
