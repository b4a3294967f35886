/** Races of one viewer's calls, each late by chance before it comes and before its answer is read. */
import { describe, expect, test } from 'vitest';
import type { ViewerRpc } from '../../../../workers/shared/viewer/rpc.ts';
import {
  audit,
  bought,
  bundleOf,
  chargebackOf,
  creditOf,
  inside,
  newViewer,
  NOW_MS,
  refundOf,
  rentOf,
  unlockOf,
  type ViewerStub,
} from './support/viewer.ts';

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, Math.random() * 20));

type Methods = Readonly<Record<string, (request: unknown) => Promise<unknown>>>;

/** The same viewer over a slow way there and back. */
function slow(viewer: ViewerStub): ViewerRpc {
  return new Proxy({} as ViewerRpc, {
    get: (_, method) => async (request: unknown) => {
      await pause();
      // As a property: a stub's methods are not functions that could be taken along.
      const reply = await (viewer as unknown as Methods)[String(method)]?.(request);
      await pause();
      return reply;
    },
  });
}

const hundred = <T>(make: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: 100 }, (_, index) => make(index)));

/** What all transactions of a kind moved out of the wallet. */
async function takenBy(viewer: ViewerStub, kind: string): Promise<number> {
  const { items } = await viewer.ledger({ beforeSeq: null, limit: 1_000 });
  return items.reduce((sum, entry) => sum - (entry.kind === kind ? entry.coins : 0), 0);
}

describe('a hundred late calls at once', () => {
  test('before and after coins expire consume each coin once: spent or lapsed', async () => {
    for (let round = 0; round < 3; round++) {
      const viewer = newViewer();
      const expiresAtMs = NOW_MS + 1_000;
      for (let lot = 0; lot < 7; lot++) await viewer.credit(creditOf(23, { kind: 'bonus', expiresAtMs }));
      const late = slow(viewer);
      await hundred(async (index) => {
        const nowMs = NOW_MS + (Math.random() < 0.9 ? 0 : 1_000);
        if (index % 5 === 0) await late.credit(creditOf(1, { nowMs }));
        else await late.unlock(unlockOf(`ep_${index}`, 5, { nowMs }));
      });
      await viewer.credit(creditOf(1, { nowMs: expiresAtMs }));
      const { coins } = await viewer.wallet({ nowMs: expiresAtMs });
      expect((await takenBy(viewer, 'unlock')) + (await takenBy(viewer, 'lapse')) + coins).toBe(7 * 23 + 21);
      const overdrawn = await inside(viewer, (sql) =>
        sql
          .exec('SELECT lot_id FROM draws JOIN lots ON id = lot_id GROUP BY lot_id HAVING SUM(coins) > MAX(amount)')
          .toArray(),
      );
      expect(overdrawn).toEqual([]);
      expect(await audit(viewer)).toEqual([]);
    }
  });

  test('of all kinds keep the books: bundles, rentals, refunds and a chargeback against unlocks', async () => {
    for (let round = 0; round < 3; round++) {
      const viewer = newViewer();
      await viewer.credit(creditOf(400, { reference: 'payment-1' }));
      await viewer.credit(creditOf(90, { kind: 'bonus' }));
      const [first = ''] = await bought(viewer.unlock(unlockOf('ep_0', 10)));
      const late = slow(viewer);
      const outcomes = await hundred(async (index) => {
        const episodes = { [`ep_${index % 40}`]: 10, [`ep_${(index + 1) % 40}`]: 10 };
        switch (index % 6) {
          case 0:
            return (await late.refund(refundOf(first))).outcome;
          case 1:
            return (await late.unlockBundle(bundleOf(episodes, 15))).outcome;
          case 2:
            return (await late.rent(rentOf(`ep_${index % 40}`, 3))).outcome;
          case 3:
            return index < 50
              ? 'none'
              : (await late.chargeback(chargebackOf('payment-1', { policy: 'revoke' }))).outcome;
          default:
            return (await late.unlock(unlockOf(`ep_${index % 40}`, 10))).outcome;
        }
      });
      expect(outcomes.filter((outcome) => outcome === 'refunded').length).toBeLessThanOrEqual(1);
      expect(outcomes.filter((outcome) => outcome === 'charged-back')).toHaveLength(1);
      const twice = await inside(viewer, (sql) =>
        sql
          .exec(
            `SELECT episode_id FROM unlocks WHERE method = 'coins' AND id NOT IN (SELECT unlock_id FROM unlock_ends)
             GROUP BY episode_id HAVING COUNT(*) > 1`,
          )
          .toArray(),
      );
      expect(twice).toEqual([]);
      expect(await audit(viewer)).toEqual([]);
    }
  });

  test('of which one erases the viewer leave nothing that came after it', async () => {
    const viewer = newViewer();
    await viewer.credit(creditOf(500));
    const late = slow(viewer);
    const replies = await hundred(async (index) =>
      index === 50
        ? late.erase({ nowMs: NOW_MS, asGuest: false })
        : index % 2 === 0
          ? late.credit(creditOf(3))
          : late.unlock(unlockOf(`ep_${index}`, 2)),
    );
    const erased = replies[50];
    if (erased?.outcome !== 'erased' || erased.pending === null) throw new Error('not erased');
    const done = replies.filter(({ outcome }) => outcome === 'credited' || outcome === 'unlocked').length;
    // One more for the coins at the beginning, and one for what was left.
    expect(erased.pending.ledger).toHaveLength(done + 2);
    expect(replies.filter(({ outcome }) => outcome === 'merged')).toHaveLength(99 - done);
    expect((await viewer.exportAll()).tables['transactions']).toEqual([]);
  });
});
