import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { apiFetch, edgeFetch } from '../../support/edge.ts';
import { expectProblem, jsonOf, statusOf } from '../support/http.ts';
import { accountToken } from '../support/stores.ts';
import { newViewerId, viewerToken } from '../support/tokens.ts';
import { asViewer } from '../support/viewers.ts';

describe('a product of a store', () => {
  const path = `/v1/products/app-store/pack_${randomUUID().slice(0, 8)}`;

  test('is set, read, changed as a whole and taken away', async () => {
    const gives = { coins: 500, bonusCoins: 50, bonusExpiresAfterDays: 30 };
    expect(await jsonOf(await apiFetch(path, { method: 'PUT', json: gives }))).toMatchObject({ ...gives, pass: null });
    await jsonOf(await apiFetch(path, { method: 'PUT', json: { pass: 'vip', passDays: 7 } }));
    expect(await jsonOf(await apiFetch(path))).toMatchObject({ coins: 0, bonusCoins: 0, pass: 'vip', passDays: 7 });
    expect(await statusOf(await apiFetch(path, { method: 'DELETE' }))).toBe(204);
    await expectProblem(await apiFetch(path), 'not-found');
    await expectProblem(await apiFetch(path, { method: 'DELETE' }), 'not-found');
  });

  test.each([
    {},
    { coins: 0 },
    { coins: -1 },
    { coins: 1.5 },
    { coins: '100' },
    { coins: 10_000_000 },
    { coins: 1, bonusExpiresAfterDays: 0 },
    { pass: 'VIP!' },
    { coins: 1, price: 1 },
  ])('is not made of %j', async (json) => {
    await expectProblem(await apiFetch(path, { method: 'PUT', json }), 'invalid-request');
  });

  test('is of a store that there is', async () => {
    await expectProblem(await apiFetch('/v1/products/other/coins', { method: 'PUT', json: { coins: 1 } }), 'not-found');
  });
});

describe('a viewer’s name for the stores', () => {
  test('is a UUID, always the same, the same for app and backend, and another viewer’s is another', async () => {
    const viewer = newViewerId();
    const token = await accountToken(viewer);
    expect(token).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(await accountToken(viewer)).toBe(token);
    const own = await edgeFetch('/v1/me/store-account', { method: 'POST', ...asViewer(await viewerToken(viewer)) });
    expect(await jsonOf(own, 201)).toEqual({ accountToken: token });
    expect(await accountToken(newViewerId())).not.toBe(token);
  });
});

describe('a store that is not set up', () => {
  test.each([
    ['/v1/store-notifications/app-store', { signedPayload: 'a.b.c' }],
    ['/v1/store-notifications/google-play', { message: { messageId: '1', data: 'e30' } }],
  ])('answers so at %s', async (path, json) => {
    await expectProblem(await apiFetch(path, { json }), 'store-not-configured');
  });

  test.each([
    { store: 'app-store', signedTransaction: 'a.b.c' },
    { store: 'google-play', productId: 'p', purchaseToken: 't' },
  ])('takes no purchase: %j', async (json) => {
    const headers = { authorization: `Bearer ${await viewerToken(newViewerId())}` };
    await expectProblem(await apiFetch('/v1/me/purchases', { json, headers }), 'store-not-configured');
  });
});
