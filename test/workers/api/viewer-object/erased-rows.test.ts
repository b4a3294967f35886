/**
 * An erasure in D1 and whoever writes at the same moment, step by step: from outside nobody can stand between the two.
 * @see security.md PRV-5
 */
import { createExecutionContext, createMessageBatch } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import * as purchases from '../../../../workers/api/db/store-purchases.ts';
import { rememberAccount } from '../../../../workers/api/db/stores.ts';
import { forgetViewerRows } from '../../../../workers/api/db/viewer-rows.ts';
import { insertEndpoint } from '../../../../workers/api/db/webhook-endpoints.ts';
import type { Db } from '../../../../workers/api/http/context.ts';
import { sweep } from '../../../../workers/api/ingest/sweep.ts';
import { consume } from '../../../../workers/api/projection/consume.ts';
import { sweepPurchases } from '../../../../workers/api/stores/sweep-purchases.ts';
import { hashViewer } from '../../../../workers/shared/keys/viewer-hash.ts';
import { migratedDb } from './support/database.ts';
import { DAY_MS, NOW_MS } from './support/viewer.ts';

const bindings = env as unknown as ApiEnv;
let db: Db;
beforeAll(async () => void (db = await migratedDb()));
beforeEach(async () => {
  for (const table of ['store_purchases', 'webhook_events', 'webhook_endpoints', 'erased_viewers'])
    await env.DB.exec(`DELETE FROM ${table}`);
});

async function person(): Promise<purchases.PurchaseOwner> {
  const viewerId = crypto.randomUUID();
  return { viewerId, viewerHash: await hashViewer(bindings.MASTER_SECRET, viewerId) };
}

const erasedFromD1 = (who: purchases.PurchaseOwner): Promise<void> =>
  forgetViewerRows(env.DB, { ...who, pseudonym: `erased-${crypto.randomUUID()}`, untilMs: NOW_MS + 30 * DAY_MS });

/** A payment as a store tells of it. */
async function stated(more: Partial<Parameters<typeof purchases.recordPurchase>[1]> = {}): Promise<string> {
  const reference = `app-store:${crypto.randomUUID()}`;
  const purchase = { store: 'app-store' as const, reference, productId: 'pack', quantity: 1, chain: reference };
  const dates = { purchasedAtMs: NOW_MS, expiresAtMs: null, graceUntilMs: null, revokedAtMs: null, asOfMs: NOW_MS };
  await purchases.recordPurchase(db, { ...purchase, accountToken: null, ...dates, ...more }, NOW_MS);
  return reference;
}

async function read(reference: string): Promise<purchases.LoadedPurchase> {
  const loaded = await purchases.loadPurchase(db, reference);
  if (loaded === null) throw new Error('no such purchase');
  return loaded;
}

const ORDER = { coins: 5, bonusCoins: 0, bonusExpiresAtMs: null };
const viewerOf = async (reference: string) => (await read(reference)).purchase.viewerId;

async function count(table: string, where: string, value: string): Promise<number> {
  const row = await env.DB.prepare(`SELECT COUNT(*) AS n FROM ${table} WHERE ${where}`)
    .bind(value)
    .first<{ n: number }>();
  return row?.n ?? -1;
}

describe('a sweep of stores that is under way while a viewer is erased', () => {
  test('does not write the viewer back into a payment that the account’s token named', async () => {
    const who = await person();
    await rememberAccount(db, who.viewerId, who, NOW_MS);
    const reference = await stated({ accountToken: who.viewerId });
    const { purchase, viewerId } = await read(reference);
    expect(viewerId).toBe(who.viewerId);
    await erasedFromD1(who);
    await env.DB.exec('DELETE FROM erased_viewers');
    await purchases.beginCredit(db, purchase, ORDER, who, NOW_MS);
    expect(await viewerOf(reference)).toBeNull();
  });

  test('does not write the viewer back into a payment that had the viewer’s id', async () => {
    const who = await person();
    const reference = await stated();
    expect(await purchases.claimPurchase(db, reference, who)).toBe(true);
    const { purchase } = await read(reference);
    await erasedFromD1(who);
    await env.DB.exec('DELETE FROM erased_viewers');
    await purchases.beginCredit(db, purchase, ORDER, who, NOW_MS);
    expect(await viewerOf(reference)).toMatch(/^erased-/);
  });

  test('does not write the viewer into a renewal that was the viewer’s by the payment before it', async () => {
    const who = await person();
    await purchases.claimPurchase(db, await stated({ chain: 'c' }), who);
    const renewal = await stated({ chain: 'c' });
    const { purchase, viewerId } = await read(renewal);
    expect(viewerId).toBe(who.viewerId);
    await erasedFromD1(who);
    await purchases.beginCredit(db, purchase, ORDER, who, NOW_MS);
    expect(await viewerOf(renewal)).toBeNull();
  });

  test('nor does what the store says of it later, or of its renewals, lead from the pseudonym to the account again', async () => {
    const who = await person();
    await rememberAccount(db, who.viewerId, who, NOW_MS);
    const told = { chain: 'c', accountToken: who.viewerId };
    const reference = await stated(told);
    await purchases.beginCredit(db, (await read(reference)).purchase, ORDER, who, NOW_MS);
    await erasedFromD1(who);
    await stated({ ...told, reference, revokedAtMs: NOW_MS, asOfMs: NOW_MS + 1 });
    await stated(told);
    expect(await viewerOf(reference)).toMatch(/^erased-/);
    expect((await read(reference)).purchase.revokedAt).toBe(NOW_MS);
    expect(await count('store_purchases', 'chain = ?', 'c')).toBe(2);
    expect(await count('store_purchases', 'account_token = ?', who.viewerId)).toBe(0);
    // Of somebody who was not erased it is kept.
    expect((await read(await stated({ accountToken: 'another' }))).purchase.accountToken).toBe('another');
  });

  test('nor does a call that claims a payment, is assigned one, or asks for the store’s token', async () => {
    const who = await person();
    await erasedFromD1(who);
    const reference = await stated();
    expect(await purchases.claimPurchase(db, reference, who)).toBe(false);
    const { purchase } = await read(reference);
    expect(await purchases.park(db, purchase, 'account-unknown', NOW_MS)).toBe(true);
    expect(await purchases.assignPurchase(db, purchase.id, who)).toBeUndefined();
    await rememberAccount(db, who.viewerId, who, NOW_MS);
    expect(await count('store_accounts', 'viewer_id = ?', who.viewerId)).toBe(0);
    const other = await person();
    expect(await purchases.assignPurchase(db, purchase.id, other)).toMatchObject({ viewerId: other.viewerId });
  });

  test('goes on to the others where one fails each time', async () => {
    const who = await person();
    const references: string[] = [];
    for (let made = 0; made < 51; made++) {
      const reference = await stated();
      await purchases.claimPurchase(db, reference, who);
      await purchases.beginCredit(db, (await read(reference)).purchase, ORDER, who, NOW_MS + made);
      references.push(reference);
    }
    const tried: string[] = [];
    const VIEWERS = {
      getByName: () => ({
        credit: async ({ reference }: { reference: string }) => {
          tried.push(reference);
          throw new Error('down');
        },
      }),
    } as unknown as ApiEnv['VIEWERS'];
    await sweepPurchases({ ...bindings, VIEWERS }, db, NOW_MS + 120_000);
    expect(tried).toEqual(references.slice(0, 50));
    await sweepPurchases({ ...bindings, VIEWERS }, db, NOW_MS + 121_000);
    expect(tried.slice(50)).toEqual(references.slice(50));
  });
});

describe('a message of a viewer who is erased between the consumer’s look and its write', () => {
  const bodyOf = (viewerId: string) => ({
    v: 1,
    viewerId,
    tell: true,
    txn: {
      id: `txn_${viewerId}`,
      kind: 'unlock',
      paid: -5,
      bonus: 0,
      debtCoins: 0,
      reference: null,
      createdAtMs: NOW_MS,
      expiresAtMs: null,
    },
    unlocks: [{ id: `unl_${viewerId}`, episodeId: 'ep_1', method: 'coins', coins: 5, createdAtMs: NOW_MS, end: null }],
  });

  async function consumed(queue: string, bodies: readonly unknown[]): Promise<void> {
    const messages = bodies.map((body) => ({
      id: crypto.randomUUID(),
      body,
      timestamp: new Date(NOW_MS),
      attempts: 1,
    }));
    await consume(createMessageBatch(queue, messages), bindings, createExecutionContext());
  }

  async function left({ viewerId, viewerHash }: purchases.PurchaseOwner): Promise<number[]> {
    return Promise.all([
      count('ledger_txns', 'viewer_hash = ?', viewerHash),
      count('ledger_unlocks', 'viewer_hash = ?', viewerHash),
      count('webhook_events', 'instr(payload, ?) > 0', viewerId),
      count('quarantined_messages', 'instr(body, ?) > 0', viewerId),
    ]);
  }

  test('leaves no row: no fact, no event, nothing in the quarantine; others’ do', async () => {
    const [gone, stays] = [await person(), await person()];
    const endpoint = { id: `whe_${gone.viewerId}`, url: 'https://a.example/', description: null, events: null };
    await insertEndpoint(db, { ...endpoint, secretSealed: 'x', createdAt: NOW_MS });
    await erasedFromD1(gone);
    const bodies = [bodyOf(gone.viewerId), bodyOf(stays.viewerId)];
    await consumed('cliffhanger-ledger', bodies);
    await consumed('cliffhanger-ledger-dlq', bodies);
    expect(await left(gone)).toEqual([0, 0, 0, 0]);
    expect(await left(stays)).toEqual([1, 1, 1, 1]);
    await erasedFromD1(stays);
    expect((await left(stays)).slice(2), 'an erasure takes events and the quarantine').toEqual([0, 0]);
  });

  test('that was malformed and put away names the viewer no more, nor do events from before there were hashes', async () => {
    const who = await person();
    await consumed('cliffhanger-ledger', [{ viewerId: who.viewerId }, { who: [who.viewerId] }]);
    await env.DB.prepare(
      "INSERT INTO webhook_events (id, type, payload, created_at) VALUES (?1, 'wallet.credited', ?2, 1)",
    )
      .bind(`evt_${who.viewerId}`, JSON.stringify({ data: { viewerId: who.viewerId } }))
      .run();
    expect((await left(who)).slice(2)).toEqual([1, 2]);
    await erasedFromD1(who);
    expect((await left(who)).slice(2)).toEqual([0, 0]);
  });

  test('is remembered for thirty days', async () => {
    const who = await person();
    await erasedFromD1(who);
    const isKnown = async () => count('erased_viewers', 'viewer_hash = ?', who.viewerHash);
    await sweep(db, NOW_MS + 30 * DAY_MS - 1);
    expect(await isKnown()).toBe(1);
    await sweep(db, NOW_MS + 30 * DAY_MS);
    expect(await isKnown()).toBe(0);
  });
});

test('an erasure finds the viewer’s events by an index, however many others there are', async () => {
  const plans: string[] = [];
  const batch = vi.fn(async (statements: D1PreparedStatement[]) => statements.map(() => ({ results: [] })));
  const prepare = (statement: string) => {
    plans.push(statement);
    return env.DB.prepare(statement);
  };
  const who = await person();
  const watched = { prepare, batch } as unknown as D1Database;
  await forgetViewerRows(watched, { ...who, pseudonym: 'erased-x', untilMs: NOW_MS });
  const deletes = plans.filter((statement) => /FROM (webhook_events|quarantined_messages)/.test(statement));
  expect(deletes).toHaveLength(4);
  for (const statement of deletes) {
    const { results } = await env.DB.prepare(`EXPLAIN QUERY PLAN ${statement}`).bind('x').all<{ detail: string }>();
    expect(results.map(({ detail }) => detail).join('\n'), statement).toMatch(
      /SEARCH \w+ USING (COVERING )?INDEX \w+_viewer/,
    );
  }
});
