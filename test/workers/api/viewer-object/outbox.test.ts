/** @see security.md LED-20, REL-4 */
import { runDurableObjectAlarm } from 'cloudflare:test';
import { describe, expect, test } from 'vitest';
import { ledgerMessage, type LedgerMessage } from '../../../../workers/api/projection/ledger-message.ts';
import { unlockAutomatically } from '../../../../workers/api/viewer-object/auto-unlock.ts';
import { unlockBundle } from '../../../../workers/api/viewer-object/bundle.ts';
import { credit } from '../../../../workers/api/viewer-object/credit.ts';
import { applyMerge, beginMerge } from '../../../../workers/api/viewer-object/merge.ts';
import { OUTBOX } from '../../../../workers/api/viewer-object/outbox-schema.ts';
import { drainOutbox, nextWakeMs } from '../../../../workers/api/viewer-object/outbox.ts';
import { refund } from '../../../../workers/api/viewer-object/refund.ts';
import { migrate, MIGRATIONS } from '../../../../workers/api/viewer-object/schema.ts';
import { unlock } from '../../../../workers/api/viewer-object/unlock.ts';
import { startWait } from '../../../../workers/api/viewer-object/waits.ts';
import { migratedDb } from './support/database.ts';
import { breakingAt } from './support/faults.ts';
import {
  bundleOf,
  creditOf,
  HOUR_MS,
  inside,
  newViewer,
  NOW_MS,
  refundOf,
  unlockOf,
  type ViewerStub,
} from './support/viewer.ts';

/** Past the object's methods, so that no alarm sends what a test looks at. */
type Step = (storage: DurableObjectStorage) => unknown;
const run = (viewer: ViewerStub, ...steps: Step[]): Promise<void> =>
  inside(viewer, (_, storage) => steps.forEach((step) => step(storage)));

const pending = (viewer: ViewerStub): Promise<{ id: string; source: string }[]> =>
  inside(viewer, (sql) => sql.exec<{ id: string; source: string }>('SELECT id, source FROM outbox').toArray());
const sealed = (viewer: ViewerStub): Promise<string[]> =>
  inside(viewer, (sql) =>
    sql
      .exec<{ id: string }>('SELECT id FROM txns')
      .toArray()
      .map(({ id }) => id),
  );

/** Everything that is due, as it would be sent. */
function sent(viewer: ViewerStub, nowMs: number = NOW_MS): Promise<LedgerMessage[]> {
  return inside(viewer, async (_, storage) => {
    const messages: LedgerMessage[] = [];
    const sendBatch = async (batch: Iterable<{ body: LedgerMessage }>) => {
      for (const { body } of batch) messages.push(ledgerMessage.parse(JSON.parse(JSON.stringify(body))));
    };
    await drainOutbox(storage, { sendBatch } as unknown as Queue<LedgerMessage>, 'v', nowMs);
    return messages;
  });
}
const unlocksOf = (messages: readonly LedgerMessage[]) => messages.flatMap(({ unlocks }) => unlocks);

const waitOf = (episodeId: string, hours = 6) => ({
  idempotencyKey: crypto.randomUUID(),
  requestSha256: `wait ${episodeId}`,
  episodeId,
  seriesId: 'ser_1',
  hours,
  nowMs: NOW_MS,
});

describe('a move of coins', () => {
  test('that breaks off at any of its statements leaves neither the move nor its row; a whole one leaves both', async () => {
    const viewer = newViewer();
    const moves: Step[] = [
      (storage) => credit(storage, creditOf(50, { idempotencyKey: 'c' })),
      (storage) => unlockBundle(storage, bundleOf({ ep_1: 10, ep_2: 10 }, 18, { idempotencyKey: 'b' })),
      (storage) => unlock(storage, unlockOf('ep_3', 10, { idempotencyKey: 'u' })),
      (storage) => {
        const [{ id } = { id: '' }] = storage.sql.exec<{ id: string }>('SELECT id FROM unlocks LIMIT 1').toArray();
        refund(storage, refundOf(id, { idempotencyKey: 'r' }));
      },
    ];
    for (const [index, move] of moves.entries()) {
      let ended = '';
      for (let breakAt = 0; ended !== 'whole'; breakAt++) {
        ended = await inside(viewer, (_, storage) => {
          try {
            move(breakingAt(storage, breakAt, { statements: 0 }));
            return 'whole';
          } catch (thrown) {
            return String(thrown);
          }
        });
        expect((await pending(viewer)).length, `${breakAt}: ${ended}`).toBe(ended === 'whole' ? index + 1 : index);
      }
      expect((await pending(viewer)).map(({ id }) => id).toSorted()).toEqual((await sealed(viewer)).toSorted());
    }
  });

  test('that the viewer’s own rule takes back leaves no row', async () => {
    const viewer = newViewer();
    await run(viewer, (storage) => credit(storage, creditOf(20)));
    await run(viewer, (storage) => unlockAutomatically(storage, unlockOf('ep_1', 10)));
    expect(await pending(viewer)).toHaveLength(1);
  });

  test('cannot be sealed by any code without its row', async () => {
    const viewer = newViewer();
    await inside(viewer, (sql) => {
      sql.exec("INSERT INTO txns (id, seq, kind, created_at) VALUES ('t', 1, 'transfer-out', 1)");
      sql.exec("UPDATE txns SET sealed = 1, result = '{}' WHERE id = 't'");
    });
    expect(await pending(viewer)).toEqual([{ id: 't', source: 'txn' }]);
  });
});

describe('the outbox', () => {
  test('is emptied by the object’s alarm soon after the call, without another one', async () => {
    await migratedDb();
    const viewer = newViewer();
    await viewer.credit(creditOf(20));
    await viewer.unlock(unlockOf('ep_1', 10));
    await expect.poll(() => pending(viewer), { timeout: 50_000 }).toEqual([]);
    expect(await inside(viewer, (_, storage) => storage.getAlarm())).toBeNull();
    expect(await runDurableObjectAlarm(viewer)).toBe(false);
  });

  test('keeps its rows while the queue takes none, and asks again later', async () => {
    const viewer = newViewer();
    await run(
      viewer,
      (storage) => credit(storage, creditOf(20)),
      (storage) => unlock(storage, unlockOf('ep_1', 10)),
    );
    const full = { sendBatch: () => Promise.reject(new Error('the queue is full')) };
    await inside(viewer, (_, storage) => drainOutbox(storage, full, 'v', NOW_MS));
    expect(await pending(viewer)).toHaveLength(2);
    const againMs = await inside(viewer, (sql) => nextWakeMs(sql, NOW_MS));
    expect(againMs).toBeGreaterThan(NOW_MS);
    expect(await sent(viewer, NOW_MS)).toEqual([]);
    const kinds = (await sent(viewer, againMs ?? 0)).map(({ txn }) => String(txn?.kind));
    expect(new Set(kinds)).toEqual(new Set(['credit', 'unlock']));
    expect(await pending(viewer)).toEqual([]);
  });

  test('sends all the rest when one row cannot be read or sent, and comes back to that one ever later', async () => {
    const viewer = newViewer();
    await run(viewer, (storage) => credit(storage, creditOf(200)));
    for (let n = 0; n < 70; n++) await run(viewer, (storage) => unlock(storage, unlockOf(`ep_${n}`, 1)));
    const [poison = ''] = (await sealed(viewer)).slice(30);
    // Points at nothing, by a fault or a hand.
    await inside(viewer, (sql) =>
      sql.exec("INSERT INTO outbox (id, source, tell, due_at) VALUES ('txn_gone', 'txn', 1, 0)"),
    );
    const told: string[] = [];
    const sendBatch = async (batch: Iterable<{ body: LedgerMessage }>) => {
      const ids = [...batch].map(({ body }) => body.txn?.id ?? '');
      if (ids.includes(poison)) throw new Error('the message is too large');
      told.push(...ids);
    };
    const drain = (nowMs: number) =>
      inside(viewer, (_, storage) =>
        drainOutbox(storage, { sendBatch } as unknown as Queue<LedgerMessage>, 'v', nowMs),
      );
    let nowMs = NOW_MS;
    const waitsMs: number[] = [];
    for (let round = 0; round < 8; round++) {
      await drain(nowMs);
      const atMs = (await inside(viewer, (sql) => nextWakeMs(sql, nowMs))) ?? 0;
      waitsMs.push(atMs - nowMs);
      nowMs = atMs;
    }
    expect((await pending(viewer)).map(({ id }) => id).toSorted()).toEqual(['txn_gone', poison].toSorted());
    expect(told.toSorted()).toEqual((await sealed(viewer)).filter((id) => id !== poison).toSorted());
    expect(waitsMs.slice(-2)).toEqual([300_000, 300_000]);
  });

  test('waits while a merge is open, whose next time no call pushes away', async () => {
    const guest = newViewer();
    const request = { idempotencyKey: 'k', requestSha256: 's', guest: 'g', target: 't', nowMs: NOW_MS };
    await inside(guest, (_, storage) => beginMerge(storage, request));
    const wakes = await inside(guest, (sql) => [0, 10_000, 29_999, 30_000].map((ms) => nextWakeMs(sql, NOW_MS + ms)));
    expect(wakes.map((at) => (at ?? 0) - NOW_MS)).toEqual([30_000, 30_000, 30_000, 60_000]);
  });

  test('of an object from before there was one brings the whole history along, and tells nobody', async () => {
    const viewer = newViewer();
    await inside(viewer, (sql, storage) => {
      credit(storage, creditOf(20));
      unlock(storage, unlockOf('ep_1', 10));
      for (const name of ['outbox_txns', 'outbox_ads', 'outbox_brought', 'outbox_waits', 'outbox_waits_given_up'])
        sql.exec(`DROP TRIGGER ${name}`);
      sql.exec('DROP TRIGGER outbox_merged');
      const older = MIGRATIONS.indexOf(OUTBOX);
      const made = [
        ...MIGRATIONS.slice(older)
          .join('')
          .matchAll(/CREATE TABLE (\w+)/g),
      ].map(([, name]) => name ?? '');
      for (const name of made.toReversed()) sql.exec(`DROP TABLE ${name}`);
      sql.exec('UPDATE schema_version SET version = ?', older);
      migrate(storage);
    });
    const messages = await sent(viewer);
    expect(messages.map(({ txn, tell }) => `${txn?.kind} ${tell}`).toSorted()).toEqual([
      'credit false',
      'unlock false',
    ]);
  });

  test('sends a guest’s hundreds of unlocks in messages that a queue takes', async () => {
    const [viewer, guest] = [newViewer(), newViewer()];
    const request = { idempotencyKey: 'k', requestSha256: 's', guest: 'g', target: 't', nowMs: NOW_MS };
    await run(guest, (storage) => {
      credit(storage, creditOf(1_000));
      for (let n = 0; n < 450; n++) unlock(storage, unlockOf(`ep_${n}`, 2));
    });
    const begun = await inside(guest, (_, storage) => beginMerge(storage, request));
    if (begun.outcome !== 'begun') throw new Error(begun.outcome);
    await run(viewer, (storage) => applyMerge(storage, { ...begun, nowMs: NOW_MS }));
    const messages = await sent(viewer);
    expect(messages.map(({ unlocks }) => unlocks.length)).toEqual([200, 200, 50]);
    expect(Math.max(...messages.map((message) => JSON.stringify(message).length))).toBeLessThan(128_000);
    expect(unlocksOf(await sent(guest)).filter(({ end }) => end?.kind === 'transfer-out')).toHaveLength(900);
  });
});

describe('a wait', () => {
  test('is told when it is over, and not before', async () => {
    const viewer = newViewer();
    await run(viewer, (storage) => startWait(storage, waitOf('ep_1')));
    const overMs = NOW_MS + 6 * HOUR_MS;
    expect(await inside(viewer, (sql) => nextWakeMs(sql, NOW_MS))).toBe(overMs);
    expect(await sent(viewer, overMs - 1)).toEqual([]);
    const [told] = await sent(viewer, overMs);
    expect(told).toMatchObject({ txn: null, tell: true, unlocks: [{ method: 'wait', coins: 0, createdAtMs: overMs }] });
  });

  test('that was given up, or overtaken by coins, is no unlock', async () => {
    const viewer = newViewer();
    await run(
      viewer,
      (storage) => credit(storage, creditOf(20)),
      (storage) => startWait(storage, waitOf('ep_1')),
      (storage) => unlock(storage, unlockOf('ep_1', 10)),
      (storage) => startWait(storage, waitOf('ep_2')),
      (storage) => unlock(storage, unlockOf('ep_2', 10)),
    );
    // The first one was given up for the second, which runs on.
    expect((await pending(viewer)).filter(({ source }) => source === 'wait')).toHaveLength(1);
    expect(unlocksOf(await sent(viewer, NOW_MS + 24 * HOUR_MS)).map(({ method }) => method)).toEqual([
      'coins',
      'coins',
    ]);
    expect(await pending(viewer)).toEqual([]);
  });
});
