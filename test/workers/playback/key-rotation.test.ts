import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { apiFetch } from '../../support/edge.ts';
import { expectProblem, jsonOf, statusOf } from '../support/http.ts';
import { createSeries, publishedEpisode } from '../support/library.ts';
import {
  makeBackendKey,
  newViewerId,
  removeBackendKeys,
  removeEveryKey,
  signToken,
  type BackendKey,
} from '../support/tokens.ts';
import { playlist } from '../support/viewers.ts';

let episodeId = '';
beforeAll(async () => {
  await removeEveryKey();
  episodeId = (await publishedEpisode((await createSeries()).id)).id;
});
afterEach(removeBackendKeys);

const plays = async (key: BackendKey): Promise<number> =>
  statusOf(await playlist(episodeId, await signToken(key, newViewerId())));
const retire = (key: BackendKey, inMs: number): Promise<Response> =>
  apiFetch(`/v1/signing-keys/${key.kid}`, {
    method: 'PATCH',
    json: { retireAt: new Date(Date.now() + inMs).toISOString() },
  });

describe('signing keys', () => {
  test('are four at most; the fifth is refused with what to do, also when eight come at once', async () => {
    const answers = await Promise.allSettled(Array.from({ length: 8 }, () => makeBackendKey()));
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(4);
    const refused = await expectProblem(await apiFetch('/v1/signing-keys', { json: {} }), 'conflict');
    expect(refused.detail).toContain('DELETE /v1/signing-keys/{kid}');
  });

  test('rotate under load without one 401', async () => {
    let signing = await makeBackendKey();
    let isRunning = true;
    const statuses: number[] = [];
    const player = async (): Promise<void> => {
      while (isRunning) statuses.push(await plays(signing));
    };
    const players = Array.from({ length: 8 }, player);
    for (let round = 0; round < 3; round++) {
      const next = await makeBackendKey();
      const old = signing;
      signing = next;
      // As long as it takes: a busy machine gives few starts a second, and each round must see many.
      const seen = statuses.length;
      await expect.poll(() => statuses.length - seen, { timeout: 60_000, interval: 50 }).toBeGreaterThan(40);
      expect(await statusOf(await retire(old, -60_000))).toBe(200);
    }
    isRunning = false;
    await Promise.all(players);
    expect(statuses.length).toBeGreaterThan(100);
    expect(statuses.filter((status) => status !== 200)).toEqual([]);
  });

  test('that are retired verify for the skew of the clocks and no longer', { retry: 3 }, async () => {
    const [inSkew, past] = [await makeBackendKey(), await makeBackendKey()];
    expect([await plays(inSkew), await plays(past)]).toEqual([200, 200]);
    const wire = await jsonOf<{ retireAt: string }>(await retire(inSkew, -5_000));
    expect(Date.parse(wire.retireAt)).toBeLessThan(Date.now());
    expect(await statusOf(await retire(past, -31_000))).toBe(200);
    await expect.poll(() => plays(past), { timeout: 11_000, interval: 250 }).toBe(401);
    expect(await plays(inSkew)).toBe(200);
    await expectProblem(await retire(past, 60_000), 'not-found');
    const listed = await (await apiFetch('/v1/signing-keys')).text();
    expect([listed.includes(inSkew.kid), listed.includes(past.kid)]).toEqual([true, false]);
  });

  test(
    'that are good are not starved by a flood of unknown key ids, and a new one works within a second',
    { retry: 3 },
    async () => {
      const good = await makeBackendKey();
      expect(await plays(good)).toBe(200);
      let isRunning = true;
      let floodCount = 0;
      const flood = async (): Promise<void> => {
        while (isRunning) {
          expect(await plays({ ...good, kid: `made-up-${floodCount++}` })).toBe(401);
        }
      };
      const attackers = Array.from({ length: 6 }, flood);
      for (let i = 0; i < 40; i++) expect(await plays(good)).toBe(200);
      const fresh = await makeBackendKey();
      await expect.poll(() => plays(fresh), { timeout: 2_000, interval: 50 }).toBe(200);
      isRunning = false;
      await Promise.all(attackers);
      expect(floodCount).toBeGreaterThan(40);
      // The flood used up this second's look-ups; the next file's new keys are not to pay for it.
      await new Promise((resolve) => setTimeout(resolve, 1_100));
    },
  );

  test('that nobody registered retire nothing', async () => {
    await expectProblem(
      await apiFetch('/v1/signing-keys/none', { method: 'PATCH', json: { retireAt: null } }),
      'not-found',
    );
  });
});
