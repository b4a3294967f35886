import { runDurableObjectAlarm } from 'cloudflare:test';
import { beforeAll, expect, test } from 'vitest';
import { credit } from '../../../../workers/api/viewer-object/credit.ts';
import { unlock } from '../../../../workers/api/viewer-object/unlock.ts';
import { migratedDb } from './support/database.ts';
import { merge, pair } from './support/merges.ts';
import { audit, chargebackOf, creditOf, HOUR_MS, inside, NOW_MS, unlockOf, type ViewerStub } from './support/viewer.ts';

// A guest's own alarm tells stores too.
beforeAll(async () => void (await migratedDb()));

/** As long as a reference may be. */
const paymentOf = (index: number): string => `${index}-${'p'.repeat(200)}`.slice(0, 200);
const KEPT = 1_200;
const SPENT = 1_500;

/** More than 32 MB with the wallets of their time, and more than 2 MB without. From inside, as each would take a call; what comes then is called as ever. */
async function pay(guest: ViewerStub): Promise<void> {
  await inside(guest, (_, storage) => {
    for (let index = 0; index < SPENT; index++) {
      credit(storage, creditOf(1, { reference: paymentOf(index) }));
      unlock(storage, unlockOf(`ep_${index}`, 1));
    }
    for (let index = SPENT; index < SPENT + KEPT; index++)
      credit(storage, creditOf(1, { reference: paymentOf(index), expiresAtMs: NOW_MS + HOUR_MS + index }));
  });
}

test('a guest with thousands of payments becomes part of a viewer: nothing is too large to be stored or sent', async () => {
  const both = pair();
  const { viewer, guest } = both;
  await pay(guest);
  await merge(both);
  expect(await viewer.wallet({ nowMs: NOW_MS })).toMatchObject({ coins: KEPT });
  const { unlocks } = await viewer.state({ episodeIds: ['ep_0', `ep_${SPENT - 1}`], nowMs: NOW_MS });
  expect(unlocks).toHaveLength(2);
  const late = creditOf(1, { reference: paymentOf(0) });
  expect(await viewer.credit(late)).toMatchObject({
    outcome: 'replayed',
    credit: { coins: 1 },
    wallet: { coins: KEPT },
  });
  expect(await viewer.chargeback(chargebackOf(paymentOf(1)))).toMatchObject({ chargeback: { debtCoins: 1 } });
  for (const each of [viewer, guest]) expect(await audit(each)).toEqual([]);
  const left = await inside(guest, (sql) => sql.exec('SELECT * FROM merge_out_parts').toArray());
  expect(left, 'the guest forgets what it has handed over').toEqual([]);
}, 180_000);

const MAX_ROW_BYTES = 2_000_000;

test('a large guest whose caller was lost is kept in rows of less than 2 MB, and taken in by its own alarm whole', async () => {
  const both = pair();
  const { viewer, guest, request } = both;
  await guest.credit(creditOf(7));
  // Two UTF-16 units each, so that a cut may fall between them.
  const reason = '🎬'.repeat(250);
  await inside(guest, (sql) => {
    for (let index = 0; index < 3_000; index++)
      sql.exec(
        "INSERT INTO parked_chargebacks (reference, policy, reason, created_at) VALUES (?, 'debt', ?, ?)",
        `unknown-${index}-${'x'.repeat(index % 2)}`,
        reason,
        NOW_MS,
      );
  });
  await viewer.openMerge(request);
  await guest.beginMerge(request);
  const rows = await inside(guest, (sql) =>
    sql
      .exec<{ bytes: number }>(
        `SELECT LENGTH(CAST(transfer AS BLOB)) AS bytes FROM merge_out
         UNION ALL SELECT LENGTH(CAST(part AS BLOB)) FROM merge_out_parts`,
      )
      .toArray()
      .map(({ bytes }) => bytes),
  );
  expect(rows.reduce((total, bytes) => total + bytes, 0)).toBeGreaterThan(MAX_ROW_BYTES);
  expect(Math.max(...rows)).toBeLessThan(MAX_ROW_BYTES);
  expect(await runDurableObjectAlarm(guest)).toBe(true);
  expect(await viewer.wallet({ nowMs: NOW_MS })).toMatchObject({ coins: 7 });
  const reasons = await inside(viewer, (sql) =>
    sql.exec<{ reason: string }>('SELECT DISTINCT reason FROM parked_chargebacks').toArray(),
  );
  expect(reasons).toEqual([{ reason }]);
}, 180_000);
