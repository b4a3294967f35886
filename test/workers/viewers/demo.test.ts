import { describe, expect, test } from 'vitest';
import type { DemoSessionWire, WalletWire } from '#core/catalog/feed-wire.ts';
import { edgeFetch } from '../../support/edge.ts';
import { expectProblem, jsonOf } from '../support/http.ts';

const post = (path: string, headers: Record<string, string> = {}) => edgeFetch(path, { method: 'POST', headers });
const session = async () => jsonOf<DemoSessionWire>(await post('/v1/demo/session'), 201);

describe('a guest of the demo page', () => {
  test('gets a viewer of its own, with a token that works and coins to spend', async () => {
    const [one, other] = [await session(), await session()];
    expect(one.viewerId).not.toBe(other.viewerId);
    const mine = await jsonOf<WalletWire>(
      await edgeFetch('/v1/me/wallet', { headers: { authorization: `Bearer ${one.token}` } }),
    );
    expect(mine).toMatchObject({ coins: 25, paid: 0, bonus: 25 });
  });

  test('gets more coins for asking, once a key', async () => {
    const { token } = await session();
    const headers = { authorization: `Bearer ${token}`, 'idempotency-key': 'more' };
    for (const _ of [1, 2])
      expect((await jsonOf<WalletWire>(await post('/v1/demo/coins', headers), 201)).coins).toBe(75);
  });

  test('gets none without a token', async () => {
    await expectProblem(await post('/v1/demo/coins', { 'idempotency-key': 'more' }), 'token-missing');
  });
});
