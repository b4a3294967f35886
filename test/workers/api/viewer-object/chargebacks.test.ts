import { describe, expect, test } from 'vitest';
import {
  audit,
  bought,
  chargebackOf,
  creditOf,
  HOUR_MS,
  newViewer,
  NOW_MS,
  refundOf,
  rentOf,
  unlockOf,
  type ViewerStub,
} from './support/viewer.ts';

const END = NOW_MS + 1_000;
const walletOf = (viewer: ViewerStub, nowMs = NOW_MS) => viewer.wallet({ nowMs });

/** 20 bonus coins, then 30 paid ones of payment `p`; two episodes at 20 each, the second of them paid with `p`. */
async function spent(): Promise<{ viewer: ViewerStub; first: string; second: string }> {
  const viewer = newViewer();
  await viewer.credit(creditOf(20, { kind: 'bonus' }));
  await viewer.credit(creditOf(30, { reference: 'p' }));
  const [first = ''] = await bought(viewer.unlock(unlockOf('ep_1', 20)));
  const [second = ''] = await bought(viewer.unlock(unlockOf('ep_2', 20)));
  return { viewer, first, second };
}

describe('a payment that is taken back', () => {
  test('with all its coins unspent takes just them', async () => {
    const viewer = newViewer();
    await viewer.credit(creditOf(5));
    await viewer.credit(creditOf(30, { reference: 'p' }));
    expect(await viewer.chargeback(chargebackOf('p'))).toMatchObject({
      outcome: 'charged-back',
      chargeback: { coins: 30, takenCoins: 30, debtCoins: 0 },
      wallet: { coins: 5, debtCoins: 0 },
    });
    expect(await audit(viewer)).toEqual([]);
  });

  test('leaves what was spent as a debt: nothing is sold, and coins that come in pay it back first', async () => {
    const { viewer } = await spent();
    await viewer.credit(creditOf(7));
    expect(await viewer.chargeback(chargebackOf('p'))).toMatchObject({
      chargeback: { coins: 30, takenCoins: 10, debtCoins: 20 },
      wallet: { coins: 7, debtCoins: 20 },
    });
    expect(await viewer.unlock(unlockOf('ep_3', 5))).toEqual({ outcome: 'debt', debtCoins: 20 });
    expect((await viewer.rent(rentOf('ep_3', 5))).outcome).toBe('debt');
    expect(await viewer.credit(creditOf(15))).toMatchObject({ wallet: { coins: 7, debtCoins: 5 } });
    expect(await viewer.credit(creditOf(15))).toMatchObject({ wallet: { coins: 17, debtCoins: 0 } });
    expect(await walletOf(viewer)).toMatchObject({ coins: 17, debtCoins: 0 });
    expect((await viewer.unlock(unlockOf('ep_3', 5))).outcome).toBe('unlocked');
    const { items } = await viewer.ledger({ beforeSeq: null, limit: 10 });
    expect(items.map(({ kind, coins, debtCoins }) => [kind, coins, debtCoins]).slice(0, 6)).toEqual([
      ['unlock', -5, 0],
      ['repay', -5, -5],
      ['credit', 15, 0],
      ['repay', -15, -15],
      ['credit', 15, 0],
      ['chargeback', -10, 20],
    ]);
    expect(await audit(viewer)).toEqual([]);
  });

  test('closes what it had opened where the policy says so, and other coins in it come back', async () => {
    const viewer = newViewer();
    await viewer.credit(creditOf(5, { kind: 'bonus' }));
    await viewer.credit(creditOf(30, { reference: 'p' }));
    await viewer.unlock(unlockOf('ep_1', 20));
    const reply = await viewer.chargeback(chargebackOf('p', { policy: 'revoke' }));
    expect(reply).toMatchObject({
      chargeback: { coins: 30, takenCoins: 30, debtCoins: 0, absorbedCoins: 0, revoked: [{ episodeId: 'ep_1' }] },
      wallet: { coins: 5, bonus: 5, debtCoins: 0 },
      passesRevokedAtSeconds: NOW_MS / 1_000,
    });
    expect((await viewer.state({ episodeIds: ['ep_1'], nowMs: NOW_MS })).unlocks).toEqual([]);
    expect(await audit(viewer)).toEqual([]);
  });

  test('gives nothing back of another payment that was taken back before: what the operator bore stays the operator’s', async () => {
    const viewer = newViewer();
    await viewer.credit(creditOf(10, { reference: 'first' }));
    await viewer.credit(creditOf(10, { reference: 'second' }));
    await viewer.unlock(unlockOf('ep_1', 20));
    await viewer.chargeback(chargebackOf('first', { policy: 'absorb' }));
    expect(await viewer.chargeback(chargebackOf('second', { policy: 'revoke' }))).toMatchObject({
      chargeback: { coins: 10, takenCoins: 10, absorbedCoins: 0, revoked: [{ episodeId: 'ep_1' }] },
      wallet: { coins: 0, debtCoins: 0 },
    });
    expect((await walletOf(viewer)).coins).toBe(0);
    expect(await audit(viewer)).toEqual([]);
  });

  test('pays a debt with what comes back of other payments, as a refund does', async () => {
    const viewer = newViewer();
    await viewer.credit(creditOf(10, { reference: 'first' }));
    await viewer.credit(creditOf(10, { reference: 'second' }));
    await viewer.unlock(unlockOf('ep_1', 5));
    await viewer.unlock(unlockOf('ep_2', 9));
    await viewer.unlock(unlockOf('ep_3', 6));
    await viewer.chargeback(chargebackOf('first', { policy: 'debt' }));
    expect(await viewer.chargeback(chargebackOf('second', { policy: 'revoke' }))).toMatchObject({
      chargeback: {
        coins: 10,
        takenCoins: 10,
        absorbedCoins: 0,
        revoked: [{ episodeId: 'ep_3' }, { episodeId: 'ep_2' }],
      },
      wallet: { coins: 0, debtCoins: 5 },
    });
    expect(await audit(viewer)).toEqual([]);
  });

  test('cannot close a rental that is over: the operator bears that', async () => {
    const viewer = newViewer();
    await viewer.credit(creditOf(30, { reference: 'p' }));
    await viewer.rent(rentOf('ep_1', 20));
    await viewer.startRental({ episodeId: 'ep_1', nowMs: NOW_MS });
    const nowMs = NOW_MS + 48 * HOUR_MS;
    expect(await viewer.chargeback(chargebackOf('p', { policy: 'revoke', nowMs }))).toMatchObject({
      chargeback: { takenCoins: 10, absorbedCoins: 20, revoked: [] },
    });
    expect(await audit(viewer)).toEqual([]);
  });

  test('is borne by the operator where the policy says so; a refund does not give its coins out again', async () => {
    const { viewer, second } = await spent();
    expect(await viewer.chargeback(chargebackOf('p', { policy: 'absorb' }))).toMatchObject({
      chargeback: { takenCoins: 10, debtCoins: 0, absorbedCoins: 20 },
      wallet: { coins: 0, debtCoins: 0 },
    });
    expect(await viewer.refund(refundOf(second))).toMatchObject({ outcome: 'refunded', wallet: { coins: 0 } });
    expect((await walletOf(viewer)).coins).toBe(0);
    expect(await audit(viewer)).toEqual([]);
  });

  test('whose debt was paid back gives a refund in full; before that, a refund pays the debt', async () => {
    const { viewer, first, second } = await spent();
    await viewer.chargeback(chargebackOf('p'));
    expect(await viewer.refund(refundOf(first))).toMatchObject({ wallet: { coins: 0, debtCoins: 0 } });
    expect(await viewer.refund(refundOf(second))).toMatchObject({ wallet: { coins: 20, debtCoins: 0 } });
    expect(await audit(viewer)).toEqual([]);
  });

  test('owes nothing for coins that had lapsed', async () => {
    const viewer = newViewer();
    await viewer.credit(creditOf(30, { reference: 'p', expiresAtMs: END }));
    await viewer.unlock(unlockOf('ep_1', 12));
    expect(await viewer.chargeback(chargebackOf('p', { nowMs: END }))).toMatchObject({
      chargeback: { coins: 30, takenCoins: 0, debtCoins: 12 },
    });
    expect(await audit(viewer)).toEqual([]);
  });

  test('is taken back once, whoever says so and however often', async () => {
    const { viewer } = await spent();
    const policies = ['debt', 'revoke', 'absorb'] as const;
    const replies = await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        viewer.chargeback(chargebackOf('p', { policy: policies[index % 3] ?? 'debt' })),
      ),
    );
    expect(replies.filter(({ outcome }) => outcome === 'charged-back')).toHaveLength(1);
    expect(replies.filter(({ outcome }) => outcome === 'replayed')).toHaveLength(29);
    expect(await walletOf(viewer)).toMatchObject({ coins: 0, debtCoins: 20 });
  });

  test('before it came waits for it, and takes it when it comes', async () => {
    const viewer = newViewer();
    expect(await viewer.chargeback(chargebackOf('p'))).toEqual({ outcome: 'parked' });
    expect(await viewer.chargeback(chargebackOf('p'))).toEqual({ outcome: 'parked' });
    expect(await viewer.credit(creditOf(30, { reference: 'p' }))).toMatchObject({
      outcome: 'credited',
      wallet: { coins: 0 },
    });
    expect(await walletOf(viewer)).toMatchObject({ coins: 0, debtCoins: 0 });
    expect((await viewer.chargeback(chargebackOf('p'))).outcome).toBe('replayed');
    expect(await audit(viewer)).toEqual([]);
  });
});
