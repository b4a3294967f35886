/** A store goes on speaking of payments of a viewer who is erased, on a platform whose bindings can be broken. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startPlatform, type Platform } from '../../../scripts/platform/index.ts';
import { apiFetch } from '../../support/edge.ts';
import { chaosHeader, withChaos } from '../degradation/chaos.ts';
import * as store from '../support/app-store.ts';
import { expectProblem, jsonOf, statusOf } from '../support/http.ts';
import { ownEdge } from '../support/own-edge.ts';
import { accountToken, assign, parked, putProduct } from '../support/stores.ts';
import { newViewerId } from '../support/tokens.ts';
import { wallet } from '../support/viewers.ts';

vi.mock('../../support/edge.ts', () => import('../support/own-edge.ts'));

const dataDir = mkdtempSync(path.join(tmpdir(), 'cliffhanger-erased-buyer-'));
let platform: Platform | undefined;

beforeAll(async () => {
  const vars = {
    APP_STORE_BUNDLE_ID: store.BUNDLE_ID,
    APP_STORE_APP_APPLE_ID: String(store.APP_APPLE_ID),
    APP_STORE_ROOT_SHA256: store.ROOT_SHA256,
  };
  const log = (): void => undefined;
  const secrets = ownEdge.secrets;
  platform = await startPlatform({ port: 0, dataDir, secrets, demo: false, log, vars, adapt: withChaos });
  ownEdge.origin = platform.origin;
  await putProduct('app-store', 'coins_100', { coins: 100 });
});

afterAll(async () => {
  await platform?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

async function buyer(): Promise<{ viewer: string; appAccountToken: string }> {
  const viewer = newViewerId();
  return { viewer, appAccountToken: await accountToken(viewer) };
}

describe('a purchase of a viewer who is erased', () => {
  const erase = (viewer: string, headers = {}): Promise<Response> =>
    apiFetch(`/v1/viewers/${viewer}`, { method: 'DELETE', headers });
  const broken = chaosHeader({ break: { MEDIA: 'throw', DB: 'throw' } });

  test('is received and waits for a person, also while the erasure is not through: the store must not go on trying', async () => {
    const { viewer, appAccountToken } = await buyer();
    const began = store.transaction({ productId: 'coins_100', appAccountToken });
    const down = chaosHeader({ break: { VIEWERS: 'throw' } });
    const signed = store.signJws(store.notification('ONE_TIME_CHARGE', { transaction: began }));
    await expectProblem(await store.deliver(signed, down), 'temporarily-unavailable');
    expect(await statusOf(await erase(viewer, broken))).toBeGreaterThanOrEqual(500);
    const late = store.transaction({ productId: 'coins_100', appAccountToken });
    expect(await jsonOf(await store.deliver(signed))).toEqual({ received: true });
    expect(await jsonOf(await store.notify('ONE_TIME_CHARGE', late))).toEqual({ received: true });
    const references = [began, late].map(({ transactionId }) => `app-store:${transactionId}`);
    for (const reference of references) expect(await parked(reference)).toMatchObject({ reason: 'viewer-erased' });
    expect(await statusOf(await erase(viewer))).toBe(204);
    expect(await jsonOf(await store.notify('ONE_TIME_CHARGE', late))).toEqual({ received: true });
    const { id = '' } = (await parked(references[1] ?? '')) ?? {};
    await expectProblem(await assign(id, viewer), 'viewer-erased');
    const heir = newViewerId();
    await jsonOf(await assign(id, heir));
    expect((await wallet(heir)).coins).toBe(100);
  });

  test('that had brought its coins is given back by the store without anybody owing', async () => {
    const { viewer, appAccountToken } = await buyer();
    const bought = store.transaction({ productId: 'coins_100', appAccountToken });
    await jsonOf(await store.notify('ONE_TIME_CHARGE', bought));
    expect(await statusOf(await erase(viewer, broken))).toBeGreaterThanOrEqual(500);
    const refunded = { ...bought, signedDate: Date.now(), revocationDate: Date.now() };
    expect(await jsonOf(await store.notify('REFUND', refunded))).toEqual({ received: true });
    expect(await statusOf(await erase(viewer))).toBe(204);
  });
});
