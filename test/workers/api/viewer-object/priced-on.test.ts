/** A price rests on what the viewer may play without it; where that is another by the debit, nothing is debited. */
import { describe, expect, test } from 'vitest';
import type { GrantRequest, UnlockReply } from '../../../../workers/shared/viewer/rpc.ts';
import {
  audit,
  bundleOf,
  creditOf,
  HOUR_MS,
  newViewer,
  NOW_MS,
  rentOf,
  unlockOf,
  type ViewerStub,
} from './support/viewer.ts';

const VIP: GrantRequest = { scope: 'all', targetId: null, pass: 'vip', expiresAtMs: null, nowMs: NOW_MS };

/** Each debit there is, of ep_1 among others. */
const DEBITS: Readonly<
  Record<string, (viewer: ViewerStub, grantsVersion: string, nowMs: number) => Promise<UnlockReply>>
> = {
  unlock: (viewer, grantsVersion, nowMs) => viewer.unlock(unlockOf('ep_1', 10, { grantsVersion, nowMs })),
  rental: (viewer, grantsVersion, nowMs) => viewer.rent(rentOf('ep_1', 4, { grantsVersion, nowMs })),
  bundle: (viewer, grantsVersion, nowMs) =>
    viewer.unlockBundle(bundleOf({ ep_2: 10, ep_1: 10 }, 15, { grantsVersion, nowMs })),
  'automatic unlock': (viewer, grantsVersion, nowMs) =>
    viewer.unlockAutomatically(unlockOf('ep_1', 10, { grantsVersion, nowMs })) as Promise<UnlockReply>,
};

const versionOf = async (viewer: ViewerStub, nowMs: number = NOW_MS): Promise<string> =>
  (await viewer.state({ episodeIds: [], nowMs })).grantsVersion;

/** Between the look and the debit; all that may open an episode. */
const BETWEEN: Readonly<Record<string, (viewer: ViewerStub) => Promise<unknown>>> = {
  'a pass came in': (viewer) => viewer.grant(VIP),
  'a store sold a pass': (viewer) =>
    viewer.putGrant({ reference: 'sub', version: 1, pass: 'vip', expiresAtMs: null, nowMs: NOW_MS }),
  'an ad opened it': async (viewer) => {
    const ad = { episodeId: 'ep_1', seriesId: 'ser_1', network: null, adsPerUnlock: 1, dailyCap: 9, nowMs: NOW_MS };
    const intent = await viewer.openAdIntent(ad);
    if (intent.outcome !== 'opened') throw new Error(intent.outcome);
    await viewer.countAd({ intentId: intent.id, network: 'n', transactionId: 't', nowMs: NOW_MS });
  },
  'a wait for it ended': (viewer) =>
    viewer.startWait({ ...unlockOf('ep_1', 0, { nowMs: NOW_MS - HOUR_MS }), seriesId: 'ser_1', hours: 1 }),
};

describe.each(Object.keys(BETWEEN))('when %s between price and debit', (between) => {
  test.each(Object.keys(DEBITS))('the %s takes nothing and says that something changed', async (debit) => {
    const viewer = newViewer();
    await viewer.credit(creditOf(100));
    await viewer.setAutoUnlock({ enabled: true, dailyCapCoins: 100, nowMs: NOW_MS });
    const seen = await versionOf(viewer);
    await BETWEEN[between]?.(viewer);
    expect(await DEBITS[debit]?.(viewer, seen, NOW_MS)).toEqual({ outcome: 'changed' });
    expect((await viewer.wallet({ nowMs: NOW_MS })).coins).toBe(100);
    expect(await audit(viewer)).toEqual([]);
  });
});

describe('the version of what was given', () => {
  test('is another when a grant comes, is renewed, is taken away or ends, and the same when nothing of that happens', async () => {
    const viewer = newViewer();
    const renewed = { reference: 'sub', pass: 'vip', nowMs: NOW_MS };
    const seen = [await versionOf(viewer)];
    const granted = await viewer.grant(VIP);
    seen.push(await versionOf(viewer));
    await viewer.putGrant({ ...renewed, version: 1, expiresAtMs: NOW_MS + HOUR_MS });
    seen.push(await versionOf(viewer));
    await viewer.putGrant({ ...renewed, version: 2, expiresAtMs: NOW_MS + 2 * HOUR_MS });
    seen.push(await versionOf(viewer));
    await viewer.credit(creditOf(5));
    expect(await versionOf(viewer)).toBe(seen.at(-1));
    await viewer.revokeGrant({ grantId: 'id' in granted ? granted.id : '', nowMs: NOW_MS });
    seen.push(await versionOf(viewer));
    expect(new Set(seen).size).toBe(5);
    expect(await versionOf(viewer, NOW_MS + 3 * HOUR_MS)).toBe(seen[0]);
  });

  test('that is still the same lets everything be bought', async () => {
    for (const debit of Object.values(DEBITS)) {
      const viewer = newViewer();
      await viewer.credit(creditOf(100));
      await viewer.setAutoUnlock({ enabled: true, dailyCapCoins: 100, nowMs: NOW_MS });
      await viewer.grant({ ...VIP, pass: 'another' });
      expect(await debit(viewer, await versionOf(viewer), NOW_MS)).toMatchObject({ outcome: 'unlocked' });
    }
  });
});
