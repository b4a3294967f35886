/** Purchases in Google Play, with a Google of our own that this platform asks. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { startPlatform, type Platform } from '../../../scripts/platform/index.ts';
import { edgeFetch } from '../../support/edge.ts';
import { withClock } from '../support/clock.ts';
import * as play from '../support/google-play.ts';
import { expectProblem, jsonOf, statusOf } from '../support/http.ts';
import { createSeries, publishedEpisode } from '../support/library.ts';
import { ownEdge } from '../support/own-edge.ts';
import { accountToken, assign, bringPurchase, parked, putProduct } from '../support/stores.ts';
import { newViewerId, viewerToken } from '../support/tokens.ts';
import { access, ledger, wallet } from '../support/viewers.ts';

vi.mock('../../support/edge.ts', () => import('../support/own-edge.ts'));

const HOUR_MS = 3_600_000;
const dataDir = mkdtempSync(path.join(tmpdir(), 'cliffhanger-google-play-'));
let platform: Platform;
let google: play.FakeGoogle;
let episodeId = '';
const lines: string[] = [];
const log = (line: string): void => void lines.push(line);

beforeAll(async () => {
  google = await play.startFakeGoogle();
  platform = await startPlatform({
    port: 0,
    dataDir,
    secrets: ownEdge.secrets,
    demo: true,
    log,
    vars: google.vars,
    // A secret that only those have who sell in this store, so that wrangler.toml does not list it.
    adapt: (workers) =>
      withClock(workers).map((worker) =>
        worker['name'] === 'cliffhanger-api'
          ? { ...worker, bindings: { ...(worker['bindings'] as object), ...google.vars } }
          : worker,
      ),
  });
  ownEdge.origin = platform.origin;
  await putProduct('google-play', 'coins_100', { coins: 100 });
  await putProduct('google-play', 'vip_weekly', { pass: 'vip', coins: 20 });
  await putProduct('google-play', 'vip_for_good', { pass: 'vip' });
  episodeId = (await publishedEpisode((await createSeries({ coinPrice: 10, passes: ['vip'] })).id)).id;
});

afterAll(async () => {
  await platform?.stop();
  await google?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

afterEach(() => {
  google.apiStatus = 200;
  google.acknowledgeStatus = 200;
});

async function buyer(): Promise<{ viewer: string; account: { obfuscatedExternalAccountId: string } }> {
  const viewer = newViewerId();
  return { viewer, account: { obfuscatedExternalAccountId: await accountToken(viewer) } };
}

const coinsOf = async (viewer: string): Promise<number> => (await wallet(viewer)).coins;
const acknowledgements = ({ purchaseToken }: play.FakePurchase): string[] =>
  google.acknowledged.filter((each) => each.includes(purchaseToken)).map((each) => each.split(':').at(-1) ?? '');

describe('a purchase that Google tells of', () => {
  test('is asked for, credited by packs, and consumed so that it can be bought again', async () => {
    const { viewer, account } = await buyer();
    const made = play.purchase(google, { quantity: 2, ...account });
    expect(await jsonOf(await play.push(play.bought(made, 'coins_100')))).toEqual({ received: true });
    expect(await coinsOf(viewer)).toBe(200);
    expect(acknowledgements(made)).toEqual(['consume']);
  });

  test('is one credit, however often and by whom it comes', async () => {
    const { viewer, account } = await buyer();
    const made = play.purchase(google, account);
    const messageId = 'the-same-message';
    await jsonOf(await play.push(play.bought(made, 'coins_100'), { messageId }));
    await jsonOf(await play.push(play.bought(made, 'coins_100'), { messageId }));
    await jsonOf(await play.push(play.bought(made, 'coins_100')));
    const brought = { store: 'google-play', productId: 'coins_100', purchaseToken: made.purchaseToken };
    const answer = await jsonOf(await bringPurchase(await viewerToken(viewer), brought));
    expect(answer).toMatchObject({
      state: 'applied',
      reference: `google-play:${made.orderId}`,
      wallet: { coins: 100 },
    });
    expect((await ledger(viewer)).length).toBe(1);
    expect(acknowledgements(made)).toEqual(['consume']);
  });

  test('credits once when fifty deliveries come at once', async () => {
    const { viewer, account } = await buyer();
    const made = play.purchase(google, account);
    const answers = await Promise.all(Array.from({ length: 50 }, () => play.push(play.bought(made, 'coins_100'))));
    expect([...new Set(await Promise.all(answers.map(statusOf)))]).toEqual([200]);
    expect((await ledger(viewer)).map(({ coins }) => coins)).toEqual([100]);
    expect(acknowledgements(made)).toEqual(['consume']);
  });

  test('while Google’s API is down is asked for again, and then credited once', async () => {
    const { viewer, account } = await buyer();
    const made = play.purchase(google, account);
    const messageId = 'comes-again';
    for (const status of [500, 429, 403]) {
      google.apiStatus = status;
      await expectProblem(await play.push(play.bought(made, 'coins_100'), { messageId }), 'temporarily-unavailable');
    }
    expect(await coinsOf(viewer)).toBe(0);
    google.apiStatus = 200;
    await jsonOf(await play.push(play.bought(made, 'coins_100'), { messageId }));
    await jsonOf(await play.push(play.bought(made, 'coins_100'), { messageId }));
    expect(await coinsOf(viewer)).toBe(100);
  });

  test.each<readonly [string, object]>([
    ['not paid yet', { purchaseState: 2 }],
    ['made by a licence tester', { purchaseType: 0 }],
  ])('and that is %s brings nothing and is not acknowledged', async (_, fields) => {
    const { viewer, account } = await buyer();
    const made = play.purchase(google, { ...account, ...fields });
    await jsonOf(await play.push(play.bought(made, 'coins_100')));
    const brought = { store: 'google-play', productId: 'coins_100', purchaseToken: made.purchaseToken };
    await expectProblem(await bringPurchase(await viewerToken(viewer), brought), 'purchase-not-accepted');
    expect(await coinsOf(viewer)).toBe(0);
    expect(acknowledgements(made)).toEqual([]);
  });

  test('and that Google does not know brings nothing', async () => {
    const unknown = { purchaseToken: 'none-such', orderId: 'none' };
    expect(await statusOf(await play.push(play.bought(unknown, 'coins_100')))).toBe(200);
  });

  test('of another app brings nothing, nor does a test', async () => {
    const { viewer, account } = await buyer();
    const made = play.purchase(google, account);
    const foreign = { ...play.bought(made, 'coins_100'), packageName: 'com.example.other' };
    expect(await statusOf(await play.push(foreign))).toBe(200);
    expect(await statusOf(await play.push({ testNotification: { version: '1.0' } }))).toBe(200);
    expect(await coinsOf(viewer)).toBe(0);
  });

  test('under the name of another product brings nothing, whoever tells of it', async () => {
    const { viewer, account } = await buyer();
    await putProduct('google-play', 'coins_1000', { coins: 1_000 });
    const made = play.purchase(google, { productId: 'coins_100', ...account });
    const brought = { store: 'google-play', productId: 'coins_1000', purchaseToken: made.purchaseToken };
    await expectProblem(await bringPurchase(await viewerToken(viewer), brought), 'purchase-not-accepted');
    await jsonOf(await play.push(play.bought(made, 'coins_1000')));
    expect(await coinsOf(viewer)).toBe(0);
    await jsonOf(await play.push(play.bought(made, 'coins_100')));
    expect(await coinsOf(viewer)).toBe(100);
  });

  test('whose older state arrives after a newer one does not come back', async () => {
    const { viewer, account } = await buyer();
    const made = play.purchase(google, account);
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    google.held.set(made.purchaseToken, released);
    const older = play.push(play.bought(made, 'coins_100'));
    await expect.poll(() => google.held.size).toBe(0);
    google.purchases.set(made.purchaseToken, { ...google.purchases.get(made.purchaseToken), purchaseState: 1 });
    await jsonOf(await play.push(play.bought(made, 'coins_100')));
    release();
    await jsonOf(await older);
    expect([await coinsOf(viewer), acknowledgements(made)]).toEqual([0, []]);
  });

  test('of somebody unknown waits, unacknowledged, until an operator names the viewer', async () => {
    const viewer = newViewerId();
    const made = play.purchase(google, {});
    await jsonOf(await play.push(play.bought(made, 'coins_100')));
    expect(acknowledgements(made)).toEqual([]);
    const waiting = await parked(`google-play:${made.orderId}`);
    expect(waiting).toMatchObject({ reason: 'account-unknown' });
    await jsonOf(await assign(waiting?.id ?? '', viewer));
    await platform.runScheduled();
    expect(await coinsOf(viewer)).toBe(100);
    expect(acknowledgements(made)).toEqual(['consume']);
  });
});

describe('a subscription', () => {
  test('opens its pass until its end, credits its coins with each order, and is acknowledged', async () => {
    const { viewer, account } = await buyer();
    const fields = { externalAccountIdentifiers: account };
    const made = play.subscription(google, 'vip_weekly', Date.now() + HOUR_MS, fields);
    await jsonOf(await play.push(play.renewed(made)));
    expect(await access(viewer, episodeId)).toMatchObject({ access: 'full', basis: 'pass' });
    expect(acknowledgements(made)).toEqual(['acknowledge']);
    const expiryTime = new Date(Date.now() + HOUR_MS).toISOString();
    const paidBy = (latestSuccessfulOrderId: string) => [
      { productId: 'vip_weekly', expiryTime, latestSuccessfulOrderId },
    ];
    const change = (more: object): void =>
      void google.purchases.set(made.purchaseToken, { ...google.purchases.get(made.purchaseToken), ...more });
    change({ latestOrderId: `${made.orderId}..0`, lineItems: paidBy(`${made.orderId}..0`) });
    await jsonOf(await play.push(play.renewed(made)));
    await jsonOf(await play.push(play.renewed(made)));
    expect((await ledger(viewer)).map(({ coins }) => coins)).toEqual([20, 20]);
    // The next renewal is declined: there is an order, and nobody has paid it.
    change({ latestOrderId: `${made.orderId}..1`, subscriptionState: 'SUBSCRIPTION_STATE_IN_GRACE_PERIOD' });
    await jsonOf(await play.push(play.renewed(made)));
    expect((await ledger(viewer)).map(({ coins }) => coins)).toEqual([20, 20]);
    expect(await access(viewer, episodeId)).toMatchObject({ access: 'full', basis: 'pass' });
  });

  test('that is on hold or over opens nothing', async () => {
    const { viewer, account } = await buyer();
    const fields = { externalAccountIdentifiers: account };
    const made = play.subscription(google, 'vip_weekly', Date.now() + HOUR_MS, fields);
    await jsonOf(await play.push(play.renewed(made)));
    google.purchases.set(made.purchaseToken, {
      ...google.purchases.get(made.purchaseToken),
      subscriptionState: 'SUBSCRIPTION_STATE_ON_HOLD',
    });
    await jsonOf(await play.push(play.renewed(made)));
    expect(await access(viewer, episodeId)).toMatchObject({ access: 'locked' });
  });

  test('that was bought once and for good has no end', async () => {
    const { viewer, account } = await buyer();
    const made = play.purchase(google, account);
    await jsonOf(await play.push(play.bought(made, 'vip_for_good')));
    expect(await access(viewer, episodeId)).toMatchObject({ access: 'full', basis: 'pass', until: null });
    expect(acknowledgements(made)).toEqual(['acknowledge']);
    await jsonOf(await play.push(play.voided(made)));
    expect(await access(viewer, episodeId)).toMatchObject({ access: 'locked' });
  });
});

describe('a voided purchase', () => {
  test('that comes before its purchase leaves nothing to credit', async () => {
    const { viewer, account } = await buyer();
    const made = play.purchase(google, account);
    await jsonOf(await play.push(play.voided(made)));
    await jsonOf(await play.push(play.bought(made, 'coins_100')));
    expect(await coinsOf(viewer)).toBe(0);
    expect(acknowledgements(made)).toEqual([]);
  });

  test('whose coins were credited takes them back', async () => {
    const { viewer, account } = await buyer();
    const made = play.purchase(google, account);
    await jsonOf(await play.push(play.bought(made, 'coins_100')));
    for (const _ of [1, 2]) await jsonOf(await play.push(play.voided(made)));
    expect(await coinsOf(viewer)).toBe(0);
  });

  test('of which only some packs were given back is left to the operator', async () => {
    const { viewer, account } = await buyer();
    const made = play.purchase(google, { quantity: 2, ...account });
    await jsonOf(await play.push(play.bought(made, 'coins_100')));
    await jsonOf(await play.push(play.voided(made, 2)));
    expect(await coinsOf(viewer)).toBe(200);
  });
});

describe('what Google did not push', () => {
  const nowSeconds = Math.floor(Date.now() / 1_000);
  const foreign = generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey;

  test.each<readonly [string, play.PushTokenParts]>([
    ['for another audience', { claims: { aud: 'https://edge.example.com/other' } }],
    ['for no audience', { claims: { aud: undefined } }],
    ['of another service account', { claims: { email: 'push@other.iam.gserviceaccount.com' } }],
    ['of an account that is not verified', { claims: { email_verified: false } }],
    ['of nobody', { claims: { email: undefined } }],
    ['of another issuer', { claims: { iss: 'https://accounts.example.com' } }],
    ['that is over', { claims: { iat: nowSeconds - 7_200, exp: nowSeconds - 3_600 } }],
    ['without an end', { claims: { exp: undefined } }],
    ['of a key that Google has not', { kid: 'google-2' }],
    ['signed by somebody else', { key: foreign }],
  ])('is refused: a token %s', async (_, parts) => {
    const { viewer, account } = await buyer();
    const made = play.purchase(google, account);
    const token = await play.pushToken(parts);
    await expectProblem(await play.push(play.bought(made, 'coins_100'), { token }), 'store-signature-invalid');
    expect(await coinsOf(viewer)).toBe(0);
  });

  test.each([null, 'token', 'eyJhbGciOiJub25lIn0.e30.'])('is refused: the token %j', async (token) => {
    await expectProblem(await play.push({}, { token }), 'store-signature-invalid');
  });

  test('makes us ask for Google’s keys once in half a minute, whatever keys it names', async () => {
    const before = google.keysAsked;
    const tokens = await Promise.all(
      Array.from({ length: 20 }, (_, index) => play.pushToken({ kid: `forged-${index}` })),
    );
    const answers = await Promise.all(tokens.map((token) => play.push({}, { token })));
    expect([...new Set(await Promise.all(answers.map(statusOf)))]).toEqual([401]);
    expect(google.keysAsked - before).toBeLessThanOrEqual(1);
  });
});

describe('an acknowledgement that Google does not take', () => {
  test('leaves the coins, and is tried again by the cron until it is taken', async () => {
    const { viewer, account } = await buyer();
    const made = play.purchase(google, account);
    google.acknowledgeStatus = 503;
    await jsonOf(await play.push(play.bought(made, 'coins_100')));
    expect(await coinsOf(viewer)).toBe(100);
    google.acknowledgeStatus = 200;
    await platform.runScheduled();
    expect(acknowledgements(made)).toEqual([]);
    await statusOf(await edgeFetch('/v1/nothing', { headers: { 'x-later-ms': String(2 * 60_000) } }));
    await platform.runScheduled();
    await platform.runScheduled();
    expect(acknowledgements(made)).toEqual(['consume']);
    expect(await coinsOf(viewer)).toBe(100);
  });
});

describe('the log', () => {
  test('names no purchase token, no token of Google, no key, no payment and no viewer', async () => {
    const { viewer, account } = await buyer();
    const made = play.purchase(google, account);
    google.apiStatus = 500;
    const token = await play.pushToken();
    await statusOf(await play.push(play.bought(made, 'coins_100'), { token }));
    await vi.waitFor(() => expect(lines.join('\n')).toContain('500'), { timeout: 60_000 });
    const text = lines.join('\n');
    const secrets = [viewer, account.obfuscatedExternalAccountId, token.split('.')[2] ?? 'none', play.ACCESS_TOKEN];
    const purchases = [...google.purchases].flatMap(([name, each]) => [
      name,
      'orderId' in each ? String(each.orderId) : name,
    ]);
    for (const secret of [...secrets, ...purchases, 'PRIVATE KEY']) expect(text).not.toContain(secret);
  });
});
