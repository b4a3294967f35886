/** A pass that a store renews, bought by a guest who is part of a viewer by now. */
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, test } from 'vitest';
import { moveStoreRows } from '../../../../workers/api/db/move-store-rows.ts';
import { openDb, type Db } from '../../../../workers/api/http/context.ts';
import { followPurchase } from '../../../../workers/api/stores/follow-purchase.ts';
import { migratedDb } from './support/database.ts';
import { merge, pair } from './support/merges.ts';
import { DAY_MS, NOW_MS, type ViewerStub } from './support/viewer.ts';

let db: Db;
const product = `vip-${crypto.randomUUID()}`;

beforeAll(async () => {
  db = await migratedDb();
  await env.DB.prepare(
    `INSERT INTO store_products (store, product_id, coins, bonus_coins, pass, updated_at)
     VALUES ('app-store', ?, 0, 0, 'vip', 0)`,
  )
    .bind(product)
    .run();
});

/** One payment of the pass, which lasts until then. */
async function paid(viewerId: string, chain: string, untilMs: number): Promise<string> {
  const reference = `app-store:${crypto.randomUUID()}`;
  await env.DB.prepare(
    `INSERT INTO store_purchases (id, store, reference, product_id, quantity, chain, viewer_id, purchased_at, expires_at,
       as_of_at, version, credit, round, created_at, updated_at)
     VALUES (?1, 'app-store', ?1, ?2, 1, ?3, ?4, 0, ?5, 0, 1, 'done', 0, 0, 0)`,
  )
    .bind(reference, product, chain, viewerId, untilMs)
    .run();
  return reference;
}

const endsOf = async (viewer: ViewerStub) =>
  (await viewer.state({ episodeIds: [], nowMs: NOW_MS })).grants.map(({ expiresAtMs }) => expiresAtMs);

const CHAIN = () => crypto.randomUUID();

describe('a pass that a guest had bought', () => {
  test('is renewed for the viewer also where the merge moves the payments while the renewal is followed', async () => {
    const both = pair();
    const { guest, target } = both.request;
    const reference = await paid(guest, CHAIN(), NOW_MS + DAY_MS);
    await merge(both);
    // The merge's last step on the database comes between the two reads of one step.
    let isMoved = false;
    const prepare = (query: string): D1PreparedStatement => {
      const statement = env.DB.prepare(query);
      if (isMoved || !query.includes('pr.pass')) return statement;
      isMoved = true;
      return bound(statement, () => moveStoreRows(env.DB, guest, target)) as unknown as D1PreparedStatement;
    };
    const slow = openDb({ prepare, batch: env.DB.batch.bind(env.DB) } as unknown as D1Database);
    await followPurchase(env, slow, reference, NOW_MS);
    expect(isMoved).toBe(true);
    expect(await endsOf(both.viewer)).toEqual([NOW_MS + DAY_MS]);
  });

  test('lasts as long as the longest of its payments, also where one still stands under the guest’s name', async () => {
    const both = pair();
    const { guest, target } = both.request;
    const chain = CHAIN();
    await merge(both);
    const first = await paid(target, chain, NOW_MS + DAY_MS);
    // By a call that had read whose it is before the merge.
    const renewal = await paid(guest, chain, NOW_MS + 2 * DAY_MS);
    await followPurchase(env, db, renewal, NOW_MS);
    expect(await endsOf(both.viewer)).toEqual([NOW_MS + 2 * DAY_MS]);
    await env.DB.prepare('UPDATE store_purchases SET version = version + 1 WHERE reference = ?').bind(first).run();
    await followPurchase(env, db, first, NOW_MS);
    expect(await endsOf(both.viewer), 'after a late word on the payment before').toEqual([NOW_MS + 2 * DAY_MS]);
  });
});

/** The statement, whatever it is bound to, with something that comes before it. */
function bound(statement: D1PreparedStatement, first: () => Promise<void>): object {
  return {
    bind: (...values: unknown[]) => bound(statement.bind(...values), first),
    async all() {
      await first();
      return statement.all();
    },
    async raw() {
      await first();
      return statement.raw();
    },
  };
}
