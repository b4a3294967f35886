/** @see security.md LED-20, REL-1, REL-3 */
import { createExecutionContext, createMessageBatch, getQueueResult } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, test } from 'vitest';
import { consume } from '../../../../workers/api/projection/consume.ts';
import type { LedgerMessage } from '../../../../workers/api/projection/ledger-message.ts';
import { quarantine, forgetQuarantined } from '../../../../workers/api/projection/quarantine.ts';
import { drainOutbox, enqueueAll } from '../../../../workers/api/viewer-object/outbox.ts';
import { hashViewer } from '../../../../workers/shared/keys/viewer-hash.ts';
import { migratedDb } from './support/database.ts';
import { merge, requestOf } from './support/merges.ts';
import {
  bought,
  bundleOf,
  chargebackOf,
  creditOf,
  DAY_MS,
  inside,
  newViewer,
  NOW_MS,
  refundOf,
  rentOf,
  unlockOf,
} from './support/viewer.ts';

const bindings = env as unknown as ApiEnv;
beforeAll(async () => void (await migratedDb()));

interface Sent {
  readonly id: string;
  readonly body: unknown;
}

/** One batch through the consumer, and what became of each message. */
async function consumed(bodies: readonly Sent[], queue = 'cliffhanger-ledger', using: ApiEnv = bindings) {
  const messages = bodies.map(({ id, body }) => ({ id, body, timestamp: new Date(NOW_MS), attempts: 1 }));
  const batch = createMessageBatch(queue, messages);
  const ctx = createExecutionContext();
  await consume(batch, using, ctx);
  const { explicitAcks, retryMessages } = await getQueueResult(batch, ctx);
  return { acked: explicitAcks, retried: retryMessages.map(({ msgId }) => msgId) };
}
const named = (messages: readonly LedgerMessage[]): Sent[] =>
  messages.map((body) => ({ id: crypto.randomUUID(), body }));

/** The rows of these viewers alone: other tests share the database. */
async function rows(viewerIds: readonly string[]): Promise<string> {
  const hashes = JSON.stringify(await Promise.all(viewerIds.map((id) => hashViewer(bindings.MASTER_SECRET, id))));
  const of = (table: string, order: string) =>
    env.DB.prepare(
      `SELECT * FROM ${table} WHERE viewer_hash IN (SELECT value FROM json_each(?)) ORDER BY ${order}`,
    ).bind(hashes);
  const results = await env.DB.batch([of('ledger_txns', 'txn_id'), of('ledger_unlocks', 'unlock_id, viewer_hash')]);
  return JSON.stringify(
    results.map((result) => result.results),
    null,
    1,
  );
}

async function emptied(viewerIds: readonly string[]): Promise<void> {
  for (const id of viewerIds) {
    const hash = await hashViewer(bindings.MASTER_SECRET, id);
    for (const table of ['ledger_txns', 'ledger_unlocks'])
      await env.DB.prepare(`DELETE FROM ${table} WHERE viewer_hash = ?`).bind(hash).run();
  }
}

const ROWS_OF_OBJECT = `SELECT (SELECT COUNT(*) FROM txns) + (SELECT COUNT(*) FROM unlocks)
  + (SELECT COUNT(*) FROM brought_unlocks) + (SELECT COUNT(*) FROM waits) AS n`;

/** The history of a guest and of the viewer that it became; answers how many rows it must make. */
async function history(): Promise<{ viewerIds: string[]; expected: number }> {
  const [target, guestId] = [crypto.randomUUID(), crypto.randomUUID()];
  const [viewer, guest] = [newViewer(target), newViewer(guestId)];
  await guest.credit(creditOf(60, { reference: 'g' }));
  await guest.unlock(unlockOf('ep_1', 10));
  await guest.rent(rentOf('ep_2', 4));
  await guest.startWait({ ...unlockOf('ep_3', 0), seriesId: 'ser_1', hours: 1, nowMs: NOW_MS - 2 * 3_600_000 });
  await viewer.credit(creditOf(9, { kind: 'bonus', expiresAtMs: NOW_MS + 1 }));
  await viewer.credit(creditOf(80, { reference: 'p' }));
  const [first = ''] = await bought(viewer.unlockBundle(bundleOf({ ep_4: 10, ep_5: 10 }, 18)));
  await viewer.refund(refundOf(first));
  await viewer.unlock(unlockOf('ep_1', 10));
  await merge({ viewer, guest, request: requestOf(guestId, target) });
  await viewer.chargeback(chargebackOf('p', { policy: 'revoke', nowMs: NOW_MS + DAY_MS }));
  const counts = [viewer, guest].map((each) => inside(each, (sql) => sql.exec<{ n: number }>(ROWS_OF_OBJECT).one().n));
  return { viewerIds: [target, guestId], expected: (await Promise.all(counts)).reduce((sum, n) => sum + n, 0) };
}

/** The whole history as the object sends it, kept instead of sent. */
function messagesOf(viewerId: string): Promise<LedgerMessage[]> {
  return inside(newViewer(viewerId), async (sql, storage) => {
    const messages: LedgerMessage[] = [];
    const sendBatch = async (batch: Iterable<{ body: LedgerMessage }>) =>
      void messages.push(...[...batch].map(({ body }) => body));
    enqueueAll(sql);
    await drainOutbox(storage, { sendBatch } as unknown as Queue<LedgerMessage>, viewerId, Date.now() + DAY_MS);
    return messages;
  });
}

/** As they were sent when it happened: an unlock did not know of its end yet. */
function asItHappened(message: LedgerMessage): LedgerMessage {
  if (message.txn?.kind === 'refund' || message.txn?.kind === 'transfer-out') return message;
  return { ...message, unlocks: message.unlocks.map((unlock) => ({ ...unlock, end: null })) };
}

function shuffled<T>(items: readonly T[], seed: number): T[] {
  let state = seed;
  const next = (): number => (state = (state * 48_271) % 2_147_483_647);
  return items
    .map((item) => ({ item, at: next() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

describe('the projection', () => {
  test(
    'that was told live is what a rebuild from the objects makes of empty tables',
    { timeout: 120_000 },
    async () => {
      const { viewerIds, expected } = await history();
      const told = async () => (JSON.parse(await rows(viewerIds)) as unknown[][]).flat().length;
      await expect.poll(told, { timeout: 50_000, interval: 100 }).toBe(expected);
      const live = await rows(viewerIds);
      expect(live).toContain('transfer-out');
      expect(live).toContain('"wait"');
      await emptied(viewerIds);
      expect(await told()).toBe(0);
      for (const id of viewerIds) await newViewer(id).rebuildProjection();
      await expect.poll(() => rows(viewerIds), { timeout: 50_000, interval: 100 }).toBe(live);
    },
  );

  test('is the same after each message thrice, in any order', { timeout: 120_000 }, async () => {
    const { viewerIds } = await history();
    const messages = (await Promise.all(viewerIds.map(messagesOf))).flat().map(asItHappened);
    for (const id of viewerIds) await expect.poll(() => inside(newViewer(id), (_, s) => s.getAlarm())).toBeNull();
    await emptied(viewerIds);
    await consumed(named(messages));
    const once = await rows(viewerIds);
    expect(once.length).toBeGreaterThan(2_000);
    for (const seed of [1, 2, 3, 4, 5]) {
      await emptied(viewerIds);
      await consumed(named(shuffled([...messages, ...messages, ...messages], seed)));
      expect(await rows(viewerIds), `seed ${seed}`).toBe(once);
    }
  });

  test('takes nothing of a viewer who was erased while it was on its way', async () => {
    const [left, stays] = [crypto.randomUUID(), crypto.randomUUID()];
    const unlock = { id: 'unl_e', episodeId: 'ep_1', method: 'coins' as const, coins: 5, createdAtMs: 1, end: null };
    const told = (viewerId: string): LedgerMessage => ({ v: 1, viewerId, tell: false, txn: null, unlocks: [unlock] });
    await newViewer(left).erase({ nowMs: Date.now(), asGuest: false });
    const { acked } = await consumed(named([told(left), told(stays)]));
    expect(acked).toHaveLength(2);
    expect(await rows([left])).not.toContain('unl_e');
    expect(await rows([stays])).toContain('unl_e');
  });

  test('takes an unlock and its end in either order', async () => {
    const viewerId = crypto.randomUUID();
    const unlock = { id: 'unl_a', episodeId: 'ep_1', method: 'coins' as const, coins: 5, createdAtMs: 1, end: null };
    const open: LedgerMessage = { v: 1, viewerId, tell: false, txn: null, unlocks: [unlock] };
    const ended = { ...open, unlocks: [{ ...unlock, end: { kind: 'refund' as const, atMs: 2 } }] };
    await consumed(named([open, ended]));
    const inOrder = await rows([viewerId]);
    await emptied([viewerId]);
    await consumed(named([ended, open, open]));
    expect(await rows([viewerId])).toBe(inOrder);
    expect(inOrder).toContain('"end_kind": "refund"');
  });
});

describe('a message', () => {
  const quarantined = async (id: string) =>
    env.DB.prepare('SELECT queue, body, reason FROM quarantined_messages WHERE id = ?').bind(id).first();
  const good = (): LedgerMessage => ({
    v: 1,
    viewerId: crypto.randomUUID(),
    tell: false,
    txn: {
      id: `txn_${crypto.randomUUID()}`,
      kind: 'credit',
      paid: 5,
      bonus: 0,
      debtCoins: 0,
      reference: null,
      createdAtMs: NOW_MS,
      expiresAtMs: null,
    },
    unlocks: [],
  });

  test.each<[string, unknown]>([
    ['that is a text', 'x'],
    ['that is null', null],
    ['of a version to come', { ...good(), v: 2 }],
    ['of a kind that there is not', { ...good(), txn: { ...good().txn, kind: 'gift' } }],
    ['with half a coin', { ...good(), txn: { ...good().txn, paid: 0.5 } }],
    ['with more than there should be', { ...good(), more: 1 }],
    ['of nobody', { ...good(), viewerId: '../' }],
  ])('%s is put away and not sent again, and the one beside it counts', async (_, body) => {
    const [bad, beside] = [crypto.randomUUID(), good()];
    const result = await consumed([{ id: bad, body }, ...named([beside])]);
    expect(result.acked).toHaveLength(2);
    expect(result.retried).toEqual([]);
    expect(await quarantined(bad)).toMatchObject({ queue: 'cliffhanger-ledger', body: JSON.stringify(body) });
    expect(await rows([beside.viewerId])).toContain(beside.txn?.id);
  });

  test.each(['cliffhanger-ledger-dlq', 'cliffhanger-beacons-dlq'])(
    'that %s holds is kept for a person',
    async (queue) => {
      const sent = { id: crypto.randomUUID(), body: good() };
      expect((await consumed([sent], queue)).acked).toEqual([sent.id]);
      await consumed([sent], queue);
      expect(await quarantined(sent.id)).toMatchObject({ queue, reason: 'given up by its queue' });
    },
  );

  test('comes again while the database does not answer', async () => {
    const down = {
      prepare: () => {
        throw new Error('D1 is down');
      },
    } as unknown as D1Database;
    const sent = named([good(), good()]);
    const result = await consumed(sent, 'cliffhanger-ledger', { ...bindings, DB: down });
    expect(result).toEqual({ acked: [], retried: sent.map(({ id }) => id) });
  });

  test('that was put away is forgotten after a month', async () => {
    const db = await migratedDb();
    const id = crypto.randomUUID();
    await quarantine(db, 'q', { id, body: 1, timestamp: new Date(NOW_MS) }, 'r');
    await forgetQuarantined(db, NOW_MS + 30 * DAY_MS);
    expect(await quarantined(id)).not.toBeNull();
    await forgetQuarantined(db, NOW_MS + 30 * DAY_MS + 1);
    expect(await quarantined(id)).toBeNull();
  });
});
