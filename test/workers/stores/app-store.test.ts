/** Purchases in the App Store, signed under a root of our own, which this platform pins in place of Apple's. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startPlatform, type Platform } from '../../../scripts/platform/index.ts';
import { chaosHeader, withChaos } from '../degradation/chaos.ts';
import { FORGERIES, forger } from '../support/app-store-forgeries.ts';
import * as store from '../support/app-store.ts';
import { expectProblem, jsonOf, statusOf } from '../support/http.ts';
import { createSeries, publishedEpisode } from '../support/library.ts';
import { ownEdge } from '../support/own-edge.ts';
import { accountToken, assign, bringPurchase, parked, putProduct } from '../support/stores.ts';
import { newViewerId, viewerToken } from '../support/tokens.ts';
import { access, ledger, mergeInto, sendCredit, unlock, wallet } from '../support/viewers.ts';

vi.mock('../../support/edge.ts', () => import('../support/own-edge.ts'));

const HOUR_MS = 3_600_000;
const dataDir = mkdtempSync(path.join(tmpdir(), 'cliffhanger-app-store-'));
let platform: Platform;
let episodeId = '';
const lines: string[] = [];
const log = (line: string): void => void lines.push(line);

beforeAll(async () => {
  const vars = {
    APP_STORE_BUNDLE_ID: store.BUNDLE_ID,
    APP_STORE_APP_APPLE_ID: String(store.APP_APPLE_ID),
    APP_STORE_ROOT_SHA256: store.ROOT_SHA256,
  };
  platform = await startPlatform({
    port: 0,
    dataDir,
    secrets: ownEdge.secrets,
    demo: true,
    log,
    vars,
    adapt: withChaos,
  });
  ownEdge.origin = platform.origin;
  await putProduct('app-store', 'coins_100', { coins: 100 });
  await putProduct('app-store', 'coins_500', { coins: 500, bonusCoins: 50, bonusExpiresAfterDays: 30 });
  await putProduct('app-store', 'vip_weekly', { pass: 'vip' });
  episodeId = (await publishedEpisode((await createSeries({ coinPrice: 10, passes: ['vip'] })).id)).id;
});

afterAll(async () => {
  await platform?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

/** A viewer that the app has told the store of. */
async function buyer(): Promise<{ viewer: string; appAccountToken: string }> {
  const viewer = newViewerId();
  return { viewer, appAccountToken: await accountToken(viewer) };
}

const coinsOf = async (viewer: string): Promise<number> => (await wallet(viewer)).coins;

describe('a purchase that Apple tells of', () => {
  test('puts the coins of its product into the buyer’s wallet, paid and bonus apart', async () => {
    const { viewer, appAccountToken } = await buyer();
    const bought = store.transaction({ productId: 'coins_500', appAccountToken: appAccountToken.toUpperCase() });
    expect(await jsonOf(await store.notify('ONE_TIME_CHARGE', bought))).toEqual({ received: true });
    const { paid, bonus, lots } = await wallet(viewer);
    expect({ paid, bonus }).toEqual({ paid: 500, bonus: 50 });
    const bonusEnd = Date.parse(lots.find(({ kind }) => kind === 'bonus')?.expiresAt ?? '');
    expect(Math.abs(bonusEnd - Date.now() - 30 * 24 * HOUR_MS)).toBeLessThan(HOUR_MS);
  });

  test('counts its packs', async () => {
    const { viewer, appAccountToken } = await buyer();
    await jsonOf(
      await store.notify(
        'ONE_TIME_CHARGE',
        store.transaction({ productId: 'coins_100', appAccountToken, quantity: 3 }),
      ),
    );
    expect(await coinsOf(viewer)).toBe(300);
  });

  test('is one credit, however often and in whatever message it comes', async () => {
    const { viewer, appAccountToken } = await buyer();
    const bought = store.transaction({ productId: 'coins_100', appAccountToken });
    const signed = store.signJws(store.notification('ONE_TIME_CHARGE', { transaction: bought }));
    await jsonOf(await store.deliver(signed));
    await jsonOf(await store.deliver(signed));
    await jsonOf(await store.notify('ONE_TIME_CHARGE', bought));
    await jsonOf(await store.notify('CONSUMPTION_REQUEST', bought));
    const token = await viewerToken(viewer);
    const brought = { store: 'app-store', signedTransaction: store.signJws(bought) };
    expect(await jsonOf(await bringPurchase(token, brought))).toMatchObject({
      state: 'applied',
      wallet: { coins: 100 },
    });
    expect((await ledger(viewer)).map(({ coins }) => coins)).toEqual([100]);
  });

  test('credits once when fifty deliveries come at once, from the store and from the app', async () => {
    const { viewer, appAccountToken } = await buyer();
    const token = await viewerToken(viewer);
    const bought = store.transaction({ productId: 'coins_500', appAccountToken });
    const brought = { store: 'app-store', signedTransaction: store.signJws(bought) };
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        index % 5 === 0 ? bringPurchase(token, brought) : store.notify('ONE_TIME_CHARGE', bought),
      ),
    );
    const statuses = await Promise.all(answers.map(statusOf));
    expect(statuses.filter((status) => status !== 200)).toEqual([]);
    await jsonOf(await store.notify('ONE_TIME_CHARGE', bought));
    expect((await ledger(viewer)).map(({ coins }) => coins).toSorted((a, b) => a - b)).toEqual([50, 500]);
  });

  test('is not doubled by a backend that credits the same payment', async () => {
    const { viewer, appAccountToken } = await buyer();
    const bought = store.transaction({ productId: 'coins_100', appAccountToken });
    const reference = `app-store:${bought.transactionId}`;
    await jsonOf(await sendCredit(viewer, { coins: 70, kind: 'paid', reference }), 201);
    await jsonOf(await store.notify('ONE_TIME_CHARGE', bought));
    expect(await coinsOf(viewer)).toBe(70);
  });

  test('of another kind than coins, such as a test, is received and changes nothing', async () => {
    expect(await jsonOf(await store.deliver(store.signJws(store.notification('TEST'))))).toEqual({ received: true });
  });
});

describe('a purchase that comes while the viewer’s object is down', () => {
  const down = { VIEWERS: 'throw' } as const;

  test('is asked for again, and is then one credit', async () => {
    const { viewer, appAccountToken } = await buyer();
    const bought = store.transaction({ productId: 'coins_100', appAccountToken });
    const signed = store.signJws(store.notification('ONE_TIME_CHARGE', { transaction: bought }));
    await expectProblem(await store.deliver(signed, chaosHeader({ break: down })), 'temporarily-unavailable');
    expect(await coinsOf(viewer)).toBe(0);
    await jsonOf(await store.deliver(signed));
    await jsonOf(await store.deliver(signed));
    expect(await coinsOf(viewer)).toBe(100);
  });

  test('is credited by the cron when the store does not come again', async () => {
    const { viewer, appAccountToken } = await buyer();
    const bought = store.transaction({ productId: 'coins_100', appAccountToken });
    const signed = store.signJws(store.notification('ONE_TIME_CHARGE', { transaction: bought }));
    const twoMinutesAgo = chaosHeader({ break: down, laterMs: -120_000 });
    await expectProblem(await store.deliver(signed, twoMinutesAgo), 'temporarily-unavailable');
    await platform.runScheduled();
    expect(await coinsOf(viewer)).toBe(100);
  });

  test('keeps what its product gave when it began, whatever that gives by then', async () => {
    const { viewer, appAccountToken } = await buyer();
    await putProduct('app-store', 'coins_sale', { coins: 30 });
    const bought = store.transaction({ productId: 'coins_sale', appAccountToken });
    const signed = store.signJws(store.notification('ONE_TIME_CHARGE', { transaction: bought }));
    await expectProblem(await store.deliver(signed, chaosHeader({ break: down })), 'temporarily-unavailable');
    await putProduct('app-store', 'coins_sale', { coins: 20 });
    await jsonOf(await store.deliver(signed));
    expect(await coinsOf(viewer)).toBe(30);
  });
});

describe('what was paid for once', () => {
  test('is credited once when it is restored under another id', async () => {
    const { viewer, appAccountToken } = await buyer();
    const bought = store.transaction({ productId: 'coins_100', type: 'Non-Consumable', appAccountToken });
    await jsonOf(await store.notify('ONE_TIME_CHARGE', bought));
    await jsonOf(await store.notify('ONE_TIME_CHARGE', { ...bought, transactionId: `${bought.transactionId}9` }));
    expect(await coinsOf(viewer)).toBe(100);
  });

  test('brings a family that shares it no coins', async () => {
    const { viewer, appAccountToken } = await buyer();
    const shared = { productId: 'coins_100', inAppOwnershipType: 'FAMILY_SHARED', appAccountToken };
    await jsonOf(await store.notify('ONE_TIME_CHARGE', store.transaction(shared)));
    expect(await coinsOf(viewer)).toBe(0);
  });
});

describe('a purchase that the app brings', () => {
  test('puts the coins there before the store’s own message, and that one adds none', async () => {
    const { viewer, appAccountToken } = await buyer();
    const bought = store.transaction({ productId: 'coins_100', appAccountToken });
    const brought = { store: 'app-store', signedTransaction: store.signJws(bought) };
    const answer = await jsonOf(await bringPurchase(await viewerToken(viewer), brought));
    expect(answer).toMatchObject({
      reference: `app-store:${bought.transactionId}`,
      state: 'applied',
      viewerId: viewer,
    });
    await jsonOf(await store.notify('ONE_TIME_CHARGE', bought));
    expect(await coinsOf(viewer)).toBe(100);
  });

  test('goes to the viewer whom it names, not to the one who brings it', async () => {
    const { viewer, appAccountToken } = await buyer();
    const other = newViewerId();
    const bought = store.transaction({ productId: 'coins_100', appAccountToken });
    const brought = { store: 'app-store', signedTransaction: store.signJws(bought) };
    await expectProblem(await bringPurchase(await viewerToken(other), brought), 'conflict');
    expect([await coinsOf(viewer), await coinsOf(other)]).toEqual([100, 0]);
  });

  test('without a name is the first one’s who brings it, and nobody else’s', async () => {
    const [first, second] = [newViewerId(), newViewerId()];
    const bought = store.transaction({ productId: 'coins_100' });
    const brought = { store: 'app-store', signedTransaction: store.signJws(bought) };
    expect(await jsonOf(await bringPurchase(await viewerToken(first), brought))).toMatchObject({ state: 'applied' });
    await expectProblem(await bringPurchase(await viewerToken(second), brought), 'conflict');
    expect([await coinsOf(first), await coinsOf(second)]).toEqual([100, 0]);
  });
});

describe('a purchase of which something is not known', () => {
  test('waits for its viewer, and an operator can name one, once', async () => {
    const viewer = newViewerId();
    const bought = store.transaction({
      productId: 'coins_100',
      appAccountToken: '11111111-2222-8333-8444-555555555555',
    });
    await jsonOf(await store.notify('ONE_TIME_CHARGE', bought));
    const waiting = await parked(`app-store:${bought.transactionId}`);
    expect(waiting).toMatchObject({ reason: 'account-unknown', productId: 'coins_100' });
    expect(await jsonOf(await assign(waiting?.id ?? '', viewer))).toMatchObject({ state: 'applied', viewerId: viewer });
    await expectProblem(await assign(waiting?.id ?? '', newViewerId()), 'not-found');
    await jsonOf(await store.notify('ONE_TIME_CHARGE', bought));
    expect(await coinsOf(viewer)).toBe(100);
    expect(await parked(`app-store:${bought.transactionId}`)).toBeUndefined();
  });

  test('waits for its product, and is paid out when that is set', async () => {
    const { viewer, appAccountToken } = await buyer();
    const bought = store.transaction({ productId: 'coins_new', appAccountToken });
    await jsonOf(await store.notify('ONE_TIME_CHARGE', bought));
    expect(await parked(`app-store:${bought.transactionId}`)).toMatchObject({ reason: 'product-unknown' });
    expect(await coinsOf(viewer)).toBe(0);
    await putProduct('app-store', 'coins_new', { coins: 7 });
    expect(await coinsOf(viewer)).toBe(7);
  });
});

describe('a refund', () => {
  test('that comes before its purchase leaves nothing to credit', async () => {
    const { viewer, appAccountToken } = await buyer();
    const bought = store.transaction({ productId: 'coins_100', appAccountToken, signedDate: Date.now() - 5_000 });
    const refunded = { ...bought, signedDate: Date.now(), revocationDate: Date.now() };
    await jsonOf(await store.notify('REFUND', refunded));
    await jsonOf(await store.notify('ONE_TIME_CHARGE', bought));
    expect(await coinsOf(viewer)).toBe(0);
  });

  test('that was itself taken back gives the coins', async () => {
    const { viewer, appAccountToken } = await buyer();
    const bought = store.transaction({ productId: 'coins_100', appAccountToken, signedDate: Date.now() - 5_000 });
    await jsonOf(await store.notify('REFUND', { ...bought, signedDate: Date.now() - 3_000 }));
    await jsonOf(await store.notify('REFUND_REVERSED', { ...bought, signedDate: Date.now() }));
    expect(await coinsOf(viewer)).toBe(100);
  });

  test('of coins that were credited takes them back, once, and what was spent of them is owed', async () => {
    const { viewer, appAccountToken } = await buyer();
    const bought = store.transaction({ productId: 'coins_100', appAccountToken, signedDate: Date.now() - 5_000 });
    await jsonOf(await store.notify('ONE_TIME_CHARGE', bought));
    const refunded = { ...bought, signedDate: Date.now(), revocationDate: Date.now() };
    await unlock(viewer, episodeId);
    for (const _ of [1, 2]) await jsonOf(await store.notify('REFUND', refunded));
    expect(await wallet(viewer)).toMatchObject({ coins: 0, debtCoins: 10 });
    expect((await ledger(viewer)).filter(({ kind }) => kind === 'chargeback')).toHaveLength(1);
  });
});

describe('a subscription', () => {
  const weekly = (appAccountToken: string, more: object): store.TransactionFields =>
    store.transaction({ productId: 'vip_weekly', type: 'Auto-Renewable Subscription', appAccountToken, ...more });

  test('and coins of a guest are found with the viewer that the guest became', async () => {
    const guest = await buyer();
    const viewer = newViewerId();
    const { appAccountToken } = guest;
    const bought = store.transaction({ productId: 'coins_100', appAccountToken, signedDate: Date.now() - 5_000 });
    await jsonOf(await store.notify('ONE_TIME_CHARGE', bought));
    const pass = weekly(appAccountToken, { expiresDate: Date.now() + HOUR_MS });
    await jsonOf(await store.notify('SUBSCRIBED', pass));
    await jsonOf(await mergeInto(viewer, guest.viewer), 201);
    expect(await coinsOf(viewer)).toBe(100);
    expect(await access(viewer, episodeId)).toMatchObject({ access: 'full', basis: 'pass' });
    const late = store.transaction({ productId: 'coins_100', appAccountToken });
    await jsonOf(await store.notify('ONE_TIME_CHARGE', late));
    expect(await coinsOf(viewer)).toBe(200);
    await jsonOf(await store.notify('REFUND', { ...bought, signedDate: Date.now(), revocationDate: Date.now() }));
    expect(await coinsOf(viewer)).toBe(100);
    const ended = { ...pass, signedDate: Date.now() + 1_000, revocationDate: Date.now() };
    await jsonOf(await store.notify('REVOKE', ended));
    expect(await access(viewer, episodeId)).toMatchObject({ access: 'locked' });
  });

  test('opens what its pass opens, until its end; a renewal moves the end; an end that came ends it', async () => {
    const { viewer, appAccountToken } = await buyer();
    const first = weekly(appAccountToken, { expiresDate: Date.now() + HOUR_MS, signedDate: Date.now() - 3_000 });
    await jsonOf(await store.notify('SUBSCRIBED', first));
    const until = async (): Promise<number> => Date.parse((await access(viewer, episodeId)).until ?? '');
    expect(await access(viewer, episodeId)).toMatchObject({ access: 'full', basis: 'pass' });
    expect(Math.abs((await until()) - Date.now() - HOUR_MS)).toBeLessThan(60_000);
    const chain = { originalTransactionId: first.transactionId };
    const second = weekly(appAccountToken, { ...chain, expiresDate: Date.now() + 3 * HOUR_MS });
    await jsonOf(await store.notify('DID_RENEW', second));
    expect(Math.abs((await until()) - Date.now() - 3 * HOUR_MS)).toBeLessThan(60_000);
    await jsonOf(await store.notify('SUBSCRIBED', first));
    expect(Math.abs((await until()) - Date.now() - 3 * HOUR_MS)).toBeLessThan(60_000);
    await jsonOf(
      await store.notify('REVOKE', { ...second, signedDate: Date.now() + 1_000, revocationDate: Date.now() }),
    );
    expect(Math.abs((await until()) - Date.now() - HOUR_MS)).toBeLessThan(60_000);
  });

  test('that names nobody stays with the viewer who brought it, or to whom an operator gave it', async () => {
    for (const how of ['brought', 'assigned']) {
      const viewer = newViewerId();
      const first = store.transaction({
        productId: 'vip_weekly',
        type: 'Auto-Renewable Subscription',
        expiresDate: Date.now() + HOUR_MS,
      });
      const signedTransaction = store.signJws(first);
      await jsonOf(await store.notify('SUBSCRIBED', first));
      const waiting = await parked(`app-store:${first.transactionId}`);
      await (how === 'brought'
        ? jsonOf(await bringPurchase(await viewerToken(viewer), { store: 'app-store', signedTransaction }))
        : jsonOf(await assign(waiting?.id ?? '', viewer)));
      const { transactionId: _first, ...same } = first;
      const again = { ...same, expiresDate: Date.now() + 5 * HOUR_MS };
      const second = store.transaction({ ...again, originalTransactionId: first.transactionId });
      const taker = await viewerToken(newViewerId());
      const stolen = { store: 'app-store', signedTransaction: store.signJws(second) };
      await expectProblem(await bringPurchase(taker, stolen), 'conflict');
      await jsonOf(await store.notify('DID_RENEW', second));
      const { basis, until } = await access(viewer, episodeId);
      expect(basis).toBe('pass');
      expect(Math.abs(Date.parse(until ?? '') - Date.now() - 5 * HOUR_MS)).toBeLessThan(60_000);
    }
  });

  test('that was left for a better one ends with that, though its own time is not over', async () => {
    const { viewer, appAccountToken } = await buyer();
    const first = weekly(appAccountToken, { expiresDate: Date.now() + 9 * HOUR_MS, signedDate: Date.now() - 3_000 });
    await jsonOf(await store.notify('SUBSCRIBED', first));
    await jsonOf(await store.notify('DID_CHANGE_RENEWAL_PREF', { ...first, isUpgraded: true, signedDate: Date.now() }));
    expect(await access(viewer, episodeId)).toMatchObject({ access: 'locked' });
  });

  test('whose renewal fails stays open for the time of grace, and no longer', async () => {
    const { viewer, appAccountToken } = await buyer();
    const lapsed = weekly(appAccountToken, { expiresDate: Date.now() - 1_000, signedDate: Date.now() - 3_000 });
    const renewal = {
      environment: 'Production',
      originalTransactionId: lapsed.transactionId,
      signedDate: Date.now(),
      gracePeriodExpiresDate: Date.now() + HOUR_MS,
    };
    await jsonOf(await store.notify('DID_FAIL_TO_RENEW', lapsed, { renewal }));
    expect(await access(viewer, episodeId)).toMatchObject({ access: 'full', basis: 'pass' });
    const { gracePeriodExpiresDate: _grace, ...over } = renewal;
    await jsonOf(await store.notify('GRACE_PERIOD_EXPIRED', { ...lapsed, signedDate: Date.now() }, { renewal: over }));
    expect(await access(viewer, episodeId)).toMatchObject({ access: 'locked' });
  });
});

describe('what Apple did not sign', () => {
  test.each(FORGERIES)('is refused: %s', async (_, make) => {
    await expectProblem(await store.deliver(make()), 'store-signature-invalid');
  });

  test('is refused inside a good notification too, and credits nobody', async () => {
    const { viewer, appAccountToken } = await buyer();
    const bought = store.transaction({ productId: 'coins_100', appAccountToken });
    const { signJws, notification } = store;
    const data = { signedTransactionInfo: signJws(bought, forger) };
    await expectProblem(
      await store.deliver(signJws(notification('ONE_TIME_CHARGE', { data }))),
      'store-signature-invalid',
    );
    const brought = { store: 'app-store', signedTransaction: signJws(bought, forger) };
    await expectProblem(await bringPurchase(await viewerToken(viewer), brought), 'store-signature-invalid');
    expect(await coinsOf(viewer)).toBe(0);
  });
});

describe('what Apple signed for somebody else', () => {
  test.each<readonly [string, object, object]>([
    ['a notification of the sandbox', { environment: 'Sandbox' }, {}],
    ['a notification of another bundle', { bundleId: 'com.example.other' }, {}],
    ['a notification of another app id', { appAppleId: 1 }, {}],
    ['a notification without an app id', { appAppleId: undefined }, {}],
    ['a transaction of another bundle in a good notification', {}, { bundleId: 'com.example.other' }],
    ['a transaction of the sandbox in a good notification', {}, { environment: 'Sandbox' }],
    ['a transaction of Xcode in a good notification', {}, { environment: 'Xcode' }],
    ['a transaction of half a pack', {}, { quantity: 0.5 }],
    ['a transaction of a million packs', {}, { quantity: 1_000_000 }],
  ])('counts for nothing: %s', async (_, data, fields) => {
    const { viewer, appAccountToken } = await buyer();
    const bought = store.transaction({ productId: 'coins_100', appAccountToken, ...fields });
    const signedTransactionInfo = store.signJws(bought);
    const parts = { data: { signedTransactionInfo, ...data } };
    const answer = await store.deliver(store.signJws(store.notification('ONE_TIME_CHARGE', parts)));
    await expectProblem(answer, 'purchase-not-accepted');
    expect(await coinsOf(viewer)).toBe(0);
  });
});

describe('the log', () => {
  test('tells of what is parked, and names no viewer, no payment and nothing signed', async () => {
    const { viewer, appAccountToken } = await buyer();
    const bought = store.transaction({ productId: 'coins_of_the_log', appAccountToken });
    const signed = store.signJws(store.notification('ONE_TIME_CHARGE', { transaction: bought }));
    await statusOf(await store.deliver(signed));
    await statusOf(await store.deliver(`${signed.slice(0, -4)}AAAA`));
    await statusOf(await store.deliver(signed, chaosHeader({ break: { DB: 'throw' } })));
    await vi.waitFor(() => expect(lines.join('\n')).toContain('purchase_parked'), { timeout: 60_000 });
    const text = lines.join('\n');
    const signature = signed.split('.')[2] ?? 'none';
    for (const secret of [viewer, appAccountToken, bought.transactionId, signature]) expect(text).not.toContain(secret);
  });
});
