import { describe, expect, test } from 'vitest';
import { unlockBundle } from '../../../../workers/api/viewer-object/bundle.ts';
import { chargeback } from '../../../../workers/api/viewer-object/chargeback.ts';
import { credit } from '../../../../workers/api/viewer-object/credit.ts';
import { applyMerge, beginMerge } from '../../../../workers/api/viewer-object/merge.ts';
import { refund } from '../../../../workers/api/viewer-object/refund.ts';
import { unlock } from '../../../../workers/api/viewer-object/unlock.ts';
import { breakingAt } from './support/faults.ts';
import {
  audit,
  bundleOf,
  chargebackOf,
  creditOf,
  dump,
  inside,
  newViewer,
  NOW_MS,
  refundOf,
  unlockOf,
  type ViewerStub,
} from './support/viewer.ts';

type Operation = (storage: DurableObjectStorage) => unknown;

/** Runs the operation once for each of its statements, broken off there; nothing may be left of any of them. */
async function breakEverywhere(viewer: ViewerStub, operation: Operation): Promise<number> {
  const before = await dump(viewer);
  for (let breakAt = 0; ; breakAt++) {
    const counted = { statements: 0 };
    const ended = await inside(viewer, (_, storage) => {
      try {
        operation(breakingAt(storage, breakAt, counted));
        return 'whole';
      } catch (thrown) {
        return String(thrown);
      }
    });
    if (ended === 'whole') return breakAt;
    expect(ended).toContain('broken off');
    expect(await dump(viewer), `after statement ${breakAt}`).toBe(before);
    expect(await audit(viewer)).toEqual([]);
  }
}

describe('an operation that breaks off at any of its statements', () => {
  test('leaves nothing of an unlock, lapsed coins included; then the same one goes through', async () => {
    const viewer = newViewer();
    await viewer.credit(creditOf(5, { kind: 'bonus', expiresAtMs: NOW_MS + 1 }));
    await viewer.credit(creditOf(6, { kind: 'bonus' }));
    await viewer.credit(creditOf(20));
    const request = unlockOf('ep_1', 10, { nowMs: NOW_MS + 1 });
    expect(await breakEverywhere(viewer, (storage) => unlock(storage, request))).toBeGreaterThan(10);
    expect((await viewer.unlock(request)).outcome).toBe('replayed');
    expect((await viewer.wallet({ nowMs: NOW_MS + 1 })).coins).toBe(16);
    expect(await audit(viewer)).toEqual([]);
  });

  test('leaves nothing of a credit; then the same one goes through', async () => {
    const viewer = newViewer();
    const request = creditOf(10);
    expect(await breakEverywhere(viewer, (storage) => credit(storage, request))).toBeGreaterThan(5);
    expect((await viewer.credit(request)).outcome).toBe('replayed');
    expect((await viewer.wallet({ nowMs: NOW_MS })).coins).toBe(10);
  });

  test('leaves nothing of a bundle, a refund, a chargeback; then each goes through', async () => {
    const viewer = newViewer();
    await viewer.credit(creditOf(6, { kind: 'bonus' }));
    await viewer.credit(creditOf(40, { reference: 'p' }));
    const bundle = bundleOf({ ep_1: 10, ep_2: 10 }, 18);
    expect(await breakEverywhere(viewer, (storage) => unlockBundle(storage, bundle))).toBeGreaterThan(15);
    const again = await viewer.unlockBundle(bundle);
    expect(again.outcome).toBe('replayed');
    const request = refundOf('unlocks' in again ? (again.unlocks[0]?.id ?? '') : '');
    expect(await breakEverywhere(viewer, (storage) => refund(storage, request))).toBeGreaterThan(8);
    expect((await viewer.refund(request)).outcome).toBe('replayed');
    const takeBack = chargebackOf('p', { policy: 'revoke' });
    expect(await breakEverywhere(viewer, (storage) => chargeback(storage, takeBack))).toBeGreaterThan(15);
    expect((await viewer.wallet({ nowMs: NOW_MS })).coins).toBe(6);
  });

  test('leaves nothing of either half of a merge; then each goes through', async () => {
    const [viewer, guest] = [newViewer(), newViewer()];
    await guest.credit(creditOf(3, { reference: 'first' }));
    await guest.unlock(unlockOf('ep_3', 3));
    await guest.chargeback(chargebackOf('first'));
    await guest.credit(creditOf(3, { reference: 'second' }));
    for (const each of [viewer, guest]) {
      await each.credit(creditOf(20));
      await each.unlock(unlockOf('ep_1', 10));
    }
    await guest.unlock(unlockOf('ep_2', 5));
    const request = { idempotencyKey: 'k', requestSha256: 's', guest: 'g', target: 't', nowMs: NOW_MS };
    expect(await breakEverywhere(guest, (storage) => beginMerge(storage, request))).toBeGreaterThan(10);
    const begun = await guest.beginMerge(request);
    if (begun.outcome !== 'begun') throw new Error(begun.outcome);
    const arrival = { ...begun, nowMs: NOW_MS };
    expect(await breakEverywhere(viewer, (storage) => applyMerge(storage, arrival))).toBeGreaterThan(15);
    expect((await viewer.applyMerge(arrival)).outcome).toBe('replayed');
    expect((await viewer.wallet({ nowMs: NOW_MS })).coins).toBe(25);
  });
});
