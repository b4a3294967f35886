/** What happens to a viewer's coins, as an operator's backend and reports see it. @see security.md LED-20, REL-3 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { UnlockWire } from '#core/catalog/feed-wire.ts';
import { apiFetch } from '../../support/edge.ts';
import { expectProblem, jsonOf } from '../support/http.ts';
import { createSeries, publishedEpisode } from '../support/library.ts';
import { newViewerId } from '../support/tokens.ts';
import { credit, mergeInto, unlock } from '../support/viewers.ts';
import { isSigned, startReceiver, type Received, type Receiver } from './receiver.ts';
import { createEndpoint, newPath, ownPlatform, type OwnPlatform } from './support.ts';

vi.mock('../../support/edge.ts', () => import('../support/own-edge.ts'));

let own: OwnPlatform;
let receiver: Receiver;
let seriesId = '';
let episodes: string[] = [];

beforeAll(async () => {
  receiver = await startReceiver();
  own = await ownPlatform({});
  const rental = { coins: 4, hours: 48 };
  seriesId = (await createSeries({ freeEpisodes: 1, coinPrice: 10, rental })).id;
  const all = [];
  for (const number of [1, 2, 3]) all.push((await publishedEpisode(seriesId, number)).id);
  episodes = all.slice(1);
});

afterAll(async () => {
  await own.stop();
  await receiver.stop();
});

interface Body {
  readonly type: string;
  readonly timestamp: string;
  readonly data: Readonly<Record<string, unknown>>;
}
const bodyOf = ({ body }: Received): Body => JSON.parse(body) as Body;

async function received(at: string, count: number): Promise<Received[]> {
  await expect.poll(() => receiver.of(at).length, { timeout: 60_000, interval: 50 }).toBe(count);
  return receiver.of(at).toSorted((a, b) => a.id.localeCompare(b.id));
}

interface ReportRow {
  readonly episodeId: string | null;
  readonly method: string;
  readonly unlocks: number;
  readonly coins: number;
  readonly refunded: number;
  readonly refundedCoins: number;
}

async function report(query = ''): Promise<ReportRow[]> {
  const at = `/v1/reports/unlocks?series=${seriesId}${query}`;
  return (await jsonOf<{ items: ReportRow[] }>(await apiFetch(at))).items;
}

function refund(viewer: string, unlockId: string): Promise<Response> {
  const headers = { 'idempotency-key': randomUUID() };
  return apiFetch(`/v1/viewers/${viewer}/refunds`, { json: { unlockId }, headers });
}

const rebuild = async (viewer: string): Promise<number> => {
  const answer = await apiFetch(`/v1/viewers/${viewer}/projection/rebuild`, { method: 'POST' });
  return (await jsonOf<{ queued: number }>(answer, 202)).queued;
};

describe('a credit, an unlock and its refund', () => {
  test('reach the operator’s backend, signed, each once, and the report; a rebuild tells nobody again', async () => {
    const at = newPath();
    const { secret } = await createEndpoint(receiver.origin + at);
    const viewerId = newViewerId();
    const [episodeId = ''] = episodes;
    await credit(viewerId, 25, { reference: `pay-${viewerId}` });
    const { id: unlockId } = await unlock(viewerId, episodeId);
    await jsonOf(await refund(viewerId, unlockId), 201);

    const calls = await received(at, 3);
    expect(calls.every((call) => isSigned(call, secret))).toBe(true);
    const [credited, unlocked, refunded] = calls.map(bodyOf);
    expect(credited).toMatchObject({
      type: 'wallet.credited',
      data: { viewerId, coins: 25, kind: 'paid', reference: `pay-${viewerId}`, expiresAt: null },
    });
    const same = { viewerId, unlockId, episodeId, coins: 10 };
    expect(unlocked).toMatchObject({ type: 'viewer.unlocked', data: { ...same, method: 'coins' } });
    expect(refunded).toMatchObject({ type: 'viewer.refunded', data: same });

    const row = { episodeId, method: 'coins', unlocks: 1, coins: 10, refunded: 1, refundedCoins: 10 };
    await expect.poll(() => report()).toEqual([{ seriesId, ...row }]);
    expect(await rebuild(viewerId)).toBe(3);
    const other = newViewerId();
    await credit(other, 1);
    await received(at, 4);
    expect(await report()).toEqual([{ seriesId, ...row }]);
  });

  test('of a guest are counted once, whoever has them in the end', async () => {
    const [viewerId, guest] = [newViewerId(), newViewerId()];
    const episodeId = episodes[1] ?? '';
    await credit(guest, 25);
    const headers = { 'idempotency-key': randomUUID() };
    const json = { episodeId, method: 'rental' };
    await jsonOf<UnlockWire>(await apiFetch(`/v1/viewers/${guest}/unlocks`, { json, headers }), 201);
    await jsonOf(await mergeInto(viewerId, guest), 201);
    const rentals = async () => (await report()).filter(({ method }) => method === 'rental');
    const row = { seriesId, episodeId, method: 'rental', unlocks: 1, coins: 4, refunded: 0, refundedCoins: 0 };
    await expect.poll(rentals, { timeout: 60_000 }).toEqual([row]);
    await rebuild(guest);
    await rebuild(viewerId);
    const at = newPath();
    await createEndpoint(receiver.origin + at, { events: ['wallet.credited'] });
    await credit(viewerId, 1);
    await received(at, 1);
    expect(await rentals()).toEqual([row]);
  });
});

describe('a chargeback that closes what its payment had opened', () => {
  test('tells the backend of each unlock that it took away, as a refund does', async () => {
    const at = newPath();
    await createEndpoint(receiver.origin + at, { events: ['viewer.refunded'] });
    const viewerId = newViewerId();
    await credit(viewerId, 25, { reference: `pay-${viewerId}` });
    const { id: first } = await unlock(viewerId, episodes[0] ?? '');
    const { id: second } = await unlock(viewerId, episodes[1] ?? '');
    const json = { reference: `pay-${viewerId}`, policy: 'revoke' };
    await jsonOf(await apiFetch(`/v1/viewers/${viewerId}/chargebacks`, { json }), 201);
    const told = (await received(at, 2)).map(bodyOf);
    expect(told.map(({ type, data }) => [type, data['viewerId'], data['unlockId'], data['coins']])).toEqual(
      expect.arrayContaining([
        ['viewer.refunded', viewerId, first, 10],
        ['viewer.refunded', viewerId, second, 10],
      ]),
    );
  });
});

describe('the report', () => {
  test('is asked for by series and by time', async () => {
    const future = new Date(Date.now() + 3_600_000).toISOString();
    expect(await report(`&from=${future}&to=2100-01-01T00:00:00Z`)).toEqual([]);
    expect((await report('&by=series')).map(({ episodeId, method }) => [episodeId, method])).toEqual([
      [null, 'coins'],
      [null, 'rental'],
    ]);
  });

  test.each(['from=yesterday', 'by=viewer', 'from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z', 'serie=x'])(
    'with %s is refused',
    async (query) => {
      await expectProblem(await apiFetch(`/v1/reports/unlocks?${query}`), 'invalid-request');
    },
  );
});
