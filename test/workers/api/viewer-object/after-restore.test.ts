/** An object that was set back in time moves no coin until a person has looked. @see security.md LED-24 */
import { evictDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, test } from 'vitest';
import { hashViewer } from '../../../../workers/shared/keys/viewer-hash.ts';
import { migratedDb } from './support/database.ts';
import {
  bundleOf,
  chargebackOf,
  creditOf,
  newViewer,
  NOW_MS,
  refundOf,
  rentOf,
  unlockOf,
  type ViewerStub,
} from './support/viewer.ts';

beforeAll(async () => {
  await migratedDb();
});

/** Tells reports of transactions that the object does not have, as after a restore; then the session ends. */
async function setBack(viewer: ViewerStub, name: string, lost: readonly string[]): Promise<void> {
  const viewerHash = await hashViewer(env.MASTER_SECRET, name);
  for (const id of lost) {
    await env.DB.prepare(
      "INSERT INTO ledger_txns (txn_id, viewer_hash, kind, paid, bonus, debt_coins, created_at) VALUES (?, ?, 'unlock', -5, 0, 0, 1)",
    )
      .bind(`${id}-${name}`, viewerHash)
      .run();
  }
  await viewer.wallet({ nowMs: NOW_MS });
  await evictDurableObject(viewer);
}

const adjustment = { ...creditOf(1), reason: 'r', actor: 'a', apiKeyId: 'k', approvalCoins: null };
const merging = { idempotencyKey: 'm', requestSha256: 's', nowMs: NOW_MS };
const MOVES: Readonly<Record<string, (viewer: ViewerStub) => Promise<unknown>>> = {
  credit: (viewer) => viewer.credit(creditOf(5)),
  unlock: (viewer) => viewer.unlock(unlockOf('ep_1', 5)),
  'unlock without asking': (viewer) => viewer.unlockAutomatically(unlockOf('ep_1', 5)),
  rental: (viewer) => viewer.rent(rentOf('ep_1', 5)),
  bundle: (viewer) => viewer.unlockBundle(bundleOf({ ep_1: 5, ep_2: 5 }, 9)),
  refund: (viewer) => viewer.refund(refundOf('unl_x')),
  chargeback: (viewer) => viewer.chargeback(chargebackOf('p')),
  correction: (viewer) => viewer.adjust(adjustment),
  'approval of a correction': (viewer) =>
    viewer.decideAdjustment({ id: 'x', apiKeyId: 'k', isApproved: true, nowMs: NOW_MS }),
  'merge of a guest': (viewer) => viewer.openMerge({ ...merging, guest: 'g', openUntilMs: NOW_MS + 1 }),
  'merge into another': (viewer) => viewer.beginMerge({ ...merging, guest: 'g', target: 't' }),
  'taking a guest in': async (viewer) => {
    const begun = await newViewer().beginMerge({ ...merging, guest: 'g', target: 't' });
    if (begun.outcome !== 'begun') throw new Error(begun.outcome);
    return viewer.applyMerge({ ...begun, nowMs: NOW_MS });
  },
};

async function refusal(move: () => Promise<unknown> | undefined): Promise<string> {
  try {
    return `moved: ${JSON.stringify(await move())}`;
  } catch (thrown) {
    return String(thrown);
  }
}

describe('an object that lacks what it has told before', () => {
  test('tells an erasure whether it has a guest: that moves nothing', async () => {
    const name = `asked-${crypto.randomUUID()}`;
    const viewer = newViewer(name);
    await setBack(viewer, name, ['a']);
    const asked = { transferId: 'mrg_x', transfer: null, nowMs: NOW_MS };
    expect(await viewer.applyMerge(asked)).toEqual({ outcome: 'unknown' });
    expect(await refusal(() => viewer.credit(creditOf(5)))).toContain('the ledger is being reconciled');
  });

  test.each(Object.keys(MOVES))('refuses the %s, and answers reads', async (move) => {
    const name = `set-back-${crypto.randomUUID()}`;
    const viewer = newViewer(name);
    await viewer.credit(creditOf(20));
    await setBack(viewer, name, ['a', 'b', 'c']);
    expect(await refusal(() => MOVES[move]?.(viewer))).toContain('the ledger is being reconciled');
    expect((await viewer.wallet({ nowMs: NOW_MS })).coins).toBe(20);
    expect((await viewer.state({ episodeIds: ['ep_1'], nowMs: NOW_MS })).coins).toBe(20);
    await evictDurableObject(viewer);
    expect(await refusal(() => MOVES[move]?.(viewer))).toContain('the ledger is being reconciled');
  });

  test('says which, moves coins again once that was accepted, and is not stopped by the same ones again', async () => {
    const name = `set-back-${crypto.randomUUID()}`;
    const viewer = newViewer(name);
    await viewer.credit(creditOf(20));
    await setBack(viewer, name, ['a', 'b', 'c']);
    expect(await refusal(() => viewer.credit(creditOf(1)))).toContain('the ledger is being reconciled');
    const { missing } = await viewer.compareLedger([`a-${name}`, `b-${name}`, `c-${name}`]);
    expect(missing).toEqual([`a-${name}`, `b-${name}`, `c-${name}`]);
    await viewer.resumeLedger({ accepted: missing });
    expect((await viewer.credit(creditOf(1))).outcome).toBe('credited');
    await evictDurableObject(viewer);
    expect((await viewer.credit(creditOf(1))).outcome).toBe('credited');
    await setBack(viewer, name, ['d']);
    expect(await refusal(() => viewer.credit(creditOf(1)))).toContain('the ledger is being reconciled');
  });
});

describe('an object that has all it has told', () => {
  test('moves coins, whether reports have heard of all of it, of some, or do not answer', async () => {
    const viewer = newViewer();
    for (let n = 0; n < 3; n++) {
      expect((await viewer.credit(creditOf(1))).outcome).toBe('credited');
      await evictDurableObject(viewer);
    }
  });

  test('is stopped and released by hand', async () => {
    const viewer = newViewer();
    await viewer.stopLedger({ nowMs: NOW_MS });
    expect(await refusal(() => viewer.credit(creditOf(1)))).toContain('the ledger is being reconciled');
    expect(await viewer.compareLedger([])).toEqual({ stoppedAtMs: NOW_MS, missing: [] });
    await viewer.resumeLedger({ accepted: [] });
    expect((await viewer.credit(creditOf(1))).outcome).toBe('credited');
  });
});
