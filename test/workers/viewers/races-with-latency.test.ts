/**
 * Races over HTTP with waits of 0 to 20 ms around every await of the Worker and in front of the object's own calls.
 * @see security.md LED-4, LED-6, LED-7, LED-12, LED-26
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startPlatform, type Platform } from '../../../scripts/platform/index.ts';
import { apiFetch } from '../../support/edge.ts';
import { setAutoUnlock } from '../support/free-ways.ts';
import { expectProblem, jsonOf, statusOf } from '../support/http.ts';
import { withLatency } from '../support/latency.ts';
import { createSeries, publishedEpisode } from '../support/library.ts';
import { ownEdge } from '../support/own-edge.ts';
import { newViewerId, viewerToken } from '../support/tokens.ts';
import { credit, ledger, sendUnlock, wallet } from '../support/viewers.ts';

vi.mock('../../support/edge.ts', () => import('../support/own-edge.ts'));

const dataDir = mkdtempSync(path.join(tmpdir(), 'cliffhanger-races-'));
let platform: Platform | undefined;
/** A hundred for the ledger to choose among, ten coins each. */
const EPISODES = 100;
const ids: string[] = [];
let seriesId = '';

beforeAll(async () => {
  platform = await startPlatform({
    port: 0,
    dataDir,
    secrets: ownEdge.secrets,
    demo: false,
    log: () => {},
    adapt: withLatency,
  });
  ownEdge.origin = platform.origin;
  const policy = {
    coinPrice: 10,
    rental: { coins: 4, hours: 48 },
    passes: ['vip'],
    bundles: [{ kind: 'series', discountPercent: 90 }],
  };
  seriesId = (await createSeries(policy)).id;
  for (let number = 1; number <= EPISODES; number++) ids.push((await publishedEpisode(seriesId, number)).id);
});

afterAll(async () => {
  await platform?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Each as a client sends it: told to come again, it comes again with the same key. */
/** As a client would on a machine that has too much to do, half a minute long. */
const TRIES = 25;

async function hundred(send: (index: number, key: string) => Promise<Response>): Promise<Answer[]> {
  return Promise.all(
    Array.from({ length: 100 }, async (_, index) => {
      const key = randomUUID();
      for (let tries = 1; ; tries++) {
        const response = await send(index, key);
        const answer = { status: response.status, body: await response.text() };
        if (answer.status !== 503 || tries === TRIES) return answer;
        await sleep(tries * 100);
      }
    }),
  );
}

const count = (answers: readonly Answer[], status: number): number =>
  answers.filter((answer) => answer.status === status).length;

async function expectSound(viewer: string): Promise<void> {
  expect(await jsonOf(await apiFetch(`/v1/viewers/${viewer}/audit`))).toEqual({ findings: [], parkedChargebacks: [] });
}

const episode = (index: number): string => ids[index % EPISODES] ?? '';

/** What the three races find wrong: nothing. `prefix` of the keys says which object answers. */
async function lost(prefix: '' | 'naive-'): Promise<string[]> {
  const viewers = [newViewerId(), newViewerId(), newViewerId()] as const;
  await Promise.all(viewers.map((viewer, index) => credit(viewer, index === 2 ? 35 : 1_000)));
  const oneKey = await hundred(() => sendUnlock(viewers[0], episode(0), `${prefix}one-key`));
  const oneEpisode = await hundred((_, key) => sendUnlock(viewers[1], episode(0), prefix + key));
  const many = await hundred((index, key) => sendUnlock(viewers[2], episode(index), prefix + key));
  // An overloaded machine is no race.
  expect([...oneKey, ...oneEpisode, ...many].filter(({ status }) => ![200, 201, 402].includes(status))).toEqual([]);
  const unlockIds = new Set(oneEpisode.map(({ body }) => (JSON.parse(body) as { id: string }).id));
  return [
    // LED-4
    ...(count(oneKey, 201) === 100 && new Set(oneKey.map(({ body }) => body)).size === 1 ? [] : ['one key']),
    // LED-6
    ...(count(oneEpisode, 201) === 1 && count(oneEpisode, 200) === 99 && unlockIds.size === 1 ? [] : ['one episode']),
    // LED-7
    ...(count(many, 201) === 3 && count(many, 402) === 97 ? [] : ['coins for three']),
    ...(prefix === '' ? await Promise.all(viewers.map(debits)).then(wrongDebits) : []),
  ];
}

async function debits(viewer: string): Promise<number> {
  await expectSound(viewer);
  return (await ledger(viewer)).filter(({ kind }) => kind === 'unlock').length;
}

const wrongDebits = (found: readonly number[]): string[] =>
  JSON.stringify(found) === '[1,1,3]' ? [] : [`debits ${JSON.stringify(found)}`];

describe('a hundred unlocks at once, each await of them late by chance', () => {
  test(
    'of one key, one episode, or with coins for three: one debit, one debit, three',
    { timeout: 60_000 },
    async () => {
      for (let round = 0; round < 3; round++) expect(await lost('')).toEqual([]);
    },
  );

  test('are lost by an object that reads, waits and writes', { timeout: 60_000 }, async () => {
    const rounds: string[][] = [];
    for (let round = 0; round < 3; round++) rounds.push(await lost('naive-'));
    expect(rounds).toEqual(rounds.map(() => ['one key', 'one episode', 'coins for three']));
  });
});

describe('a pass that comes in between the price and the debit', () => {
  test.each<[string, () => object]>([
    ['an episode', () => ({ episodeId: episode(0), method: 'coins' })],
    ['an episode at the price shown', () => ({ episodeId: episode(0), method: 'coins', expectedCoins: 10 })],
    ['a rental', () => ({ episodeId: episode(0), method: 'rental' })],
    ['a bundle', () => ({ bundle: { kind: 'series', from: episode(0) }, method: 'coins' })],
  ])('takes no coins for %s: members never pay', async (_what, wanted) => {
    const viewer = newViewerId();
    await credit(viewer, 1_000);
    const headers = { 'idempotency-key': `vip-${randomUUID()}` };
    const sent = await apiFetch(`/v1/viewers/${viewer}/unlocks`, { json: wanted(), headers });
    await expectProblem(sent, 'unlock-not-needed');
    expect((await wallet(viewer)).coins).toBe(1_000);
    expect((await ledger(viewer)).map(({ kind }) => kind)).toEqual(['credit']);
  });

  test('takes no coins for a quote, nor for an unlock without asking', async () => {
    const viewer = newViewerId();
    await credit(viewer, 1_000);
    const key = (): object => ({ headers: { 'idempotency-key': `vip-${randomUUID()}` } });
    const asked = { json: { episodeId: episode(0), method: 'coins' } };
    const { id } = await jsonOf<{ id: string }>(await apiFetch(`/v1/viewers/${viewer}/quotes`, asked), 201);
    const sent = await apiFetch(`/v1/viewers/${viewer}/unlocks`, { json: { quoteId: id }, ...key() });
    await expectProblem(sent, 'unlock-not-needed');
    expect((await wallet(viewer)).coins).toBe(1_000);

    const another = newViewerId();
    await credit(another, 1_000);
    await setAutoUnlock(await viewerToken(another), true, 100);
    const auto = { ...asked.json, auto: true, expectedCoins: 10 };
    await expectProblem(
      await apiFetch(`/v1/viewers/${another}/unlocks`, { json: auto, ...key() }),
      'unlock-not-needed',
    );
    expect((await wallet(another)).coins).toBe(1_000);
  });
});

describe('what else happens at the same moment', () => {
  test('coins that expire meanwhile are spent or lapse, each once', { timeout: 60_000 }, async () => {
    const viewer = newViewerId();
    const soon = new Date(Date.now() + 900).toISOString();
    for (let lot = 0; lot < 5; lot++) await credit(viewer, 30, { kind: 'bonus', expiresAt: soon });
    const answers = await hundred(async (index, key) => {
      await new Promise((resolve) => setTimeout(resolve, index * 12));
      return index % 4 === 0 ? apiFetch(`/v1/viewers/${viewer}/wallet`) : sendUnlock(viewer, episode(index), key);
    });
    await new Promise((resolve) => setTimeout(resolve, 600));
    await credit(viewer, 1);
    const entries = await ledger(viewer);
    const coinsOf = (kind: string): number =>
      entries.reduce((sum, entry) => sum - (entry.kind === kind ? entry.coins : 0), 0);
    expect(coinsOf('unlock') + coinsOf('lapse')).toBe(150);
    expect(count(answers, 201) * 10).toBe(coinsOf('unlock'));
    expect((await wallet(viewer)).coins).toBe(1);
    await expectSound(viewer);
  });

  test(
    'the series in one debit or its episodes one by one: no episode is paid twice',
    { timeout: 60_000 },
    async () => {
      const viewer = newViewerId();
      await credit(viewer, 3_000);
      await hundred((index, key) =>
        index % 10 === 0
          ? apiFetch(`/v1/viewers/${viewer}/unlocks`, {
              json: { episodeId: episode(index), bundle: { kind: 'series' }, method: 'coins' },
              headers: { 'idempotency-key': key },
            })
          : sendUnlock(viewer, episode(index), key),
      );
      const { items } = await jsonOf<{ items: { episodeId: string; coins: number }[] }>(
        await apiFetch(`/v1/viewers/${viewer}/unlocks?limit=100`),
      );
      expect(new Set(items.map(({ episodeId }) => episodeId)).size).toBe(items.length);
      expect((await wallet(viewer)).coins).toBe(3_000 - items.reduce((sum, { coins }) => sum + coins, 0));
      expect(items.length).toBeGreaterThan(80);
      await expectSound(viewer);
    },
  );

  test('refunds of an unlock give it back once, whoever unlocks it again', { timeout: 60_000 }, async () => {
    const viewer = newViewerId();
    await credit(viewer, 1_000);
    const { id } = await jsonOf<{ id: string }>(await sendUnlock(viewer, episode(0)), 201);
    const answers = await hundred((index, key) =>
      index % 2 === 0
        ? apiFetch(`/v1/viewers/${viewer}/refunds`, {
            json: { unlockId: id },
            headers: { 'idempotency-key': key },
          })
        : sendUnlock(viewer, episode(0), key),
    );
    const refunds = (await ledger(viewer)).filter(({ kind }) => kind === 'refund');
    const unlocks = (await ledger(viewer)).filter(({ kind }) => kind === 'unlock');
    expect(refunds).toHaveLength(1);
    // The first, and at most one after the refund.
    expect([1, 2]).toContain(unlocks.length);
    expect((await wallet(viewer)).coins).toBe(1_010 - unlocks.length * 10);
    expect(answers.every(({ status }) => [200, 201, 409].includes(status))).toBe(true);
    await expectSound(viewer);
  });

  test('a chargeback takes the payment back once: what was spent is owed', { timeout: 60_000 }, async () => {
    const viewer = newViewerId();
    await credit(viewer, 200, { reference: 'payment-1' });
    const answers = await hundred((index, key) =>
      index % 5 === 4
        ? apiFetch(`/v1/viewers/${viewer}/chargebacks`, { json: { reference: 'payment-1', policy: 'debt' } })
        : sendUnlock(viewer, episode(index), key),
    );
    const spent = (await ledger(viewer)).filter(({ kind }) => kind === 'unlock').length * 10;
    const { coins, debtCoins } = await wallet(viewer);
    expect({ coins, debtCoins }).toEqual({ coins: 0, debtCoins: spent });
    expect((await ledger(viewer)).filter(({ kind }) => kind === 'chargeback')).toHaveLength(1);
    expect(answers.filter(({ status }) => ![200, 201, 402].includes(status))).toEqual([]);
    expect(await statusOf(await sendUnlock(viewer, episode(99)))).toBe(402);
    await expectSound(viewer);
  });
});
