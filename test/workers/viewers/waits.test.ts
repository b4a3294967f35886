/** A platform of its own, whose clock the tests move. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startPlatform, type Platform } from '../../../scripts/platform/index.ts';
import { apiFetch } from '../../support/edge.ts';
import { withChaos } from '../degradation/chaos.ts';
import { accessAt, freeUnlock, HOUR_MS, sendFreeUnlock, sendMine, startWait } from '../support/free-ways.ts';
import { expectProblem, jsonOf } from '../support/http.ts';
import { createSeries, publishedEpisode, setEpisodePolicy } from '../support/library.ts';
import { ownEdge } from '../support/own-edge.ts';
import { newViewerId, viewerToken } from '../support/tokens.ts';
import { credit, feed, mediaPrefix, sendUnlock, unlock, wallet } from '../support/viewers.ts';

vi.mock('../../support/edge.ts', () => import('../support/own-edge.ts'));

const dataDir = mkdtempSync(path.join(tmpdir(), 'cliffhanger-waits-'));
const POLICY = { coinPrice: 10, wait: { hours: 6 } };
let platform: Platform | undefined;
let seriesId = '';
let first = '';
let second = '';

beforeAll(async () => {
  const log = (): undefined => undefined;
  platform = await startPlatform({ port: 0, dataDir, secrets: ownEdge.secrets, demo: false, log, adapt: withChaos });
  ownEdge.origin = platform.origin;
  seriesId = (await createSeries(POLICY)).id;
  first = (await publishedEpisode(seriesId, 1)).id;
  second = (await publishedEpisode(seriesId, 2)).id;
});

afterAll(async () => {
  await platform?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

const putPolicy = async (episodeId: string, policy: object): Promise<void> => setEpisodePolicy(episodeId, policy);

describe('a wait for a free episode', () => {
  test('answers 202 with its end, shows it in the offers, and opens the episode by itself', async () => {
    const viewer = newViewerId();
    expect((await accessAt(viewer, first, 0)).offers).toContainEqual({
      method: 'wait',
      hours: 6,
      readyAt: null,
      waitingForEpisodeId: null,
    });
    const before = Date.now();
    const wait = await startWait(viewer, first);
    expect(wait).toMatchObject({ method: 'wait', episodeId: first });
    expect(Date.parse(wait.readyAt) - Date.parse(wait.startedAt)).toBe(6 * HOUR_MS);
    expect(Math.abs(Date.parse(wait.startedAt) - before)).toBeLessThan(10_000);
    const offer = (await accessAt(viewer, first, 0)).offers.find(({ method }) => method === 'wait');
    expect(offer).toMatchObject({ waitingForEpisodeId: null });
    const shown = offer?.method === 'wait' ? Date.parse(offer.readyAt ?? '') : 0;
    expect(shown - Date.parse(wait.readyAt)).toBeGreaterThanOrEqual(0);
    expect(shown - Date.parse(wait.readyAt)).toBeLessThan(1_000);
    expect((await accessAt(viewer, first, 6 * HOUR_MS - 60_000)).access).toBe('locked');
    expect(await accessAt(viewer, first, 6 * HOUR_MS + 1_000)).toMatchObject({
      access: 'full',
      basis: 'wait',
      until: null,
    });
    const opened = await freeUnlock(viewer, first, 'wait', 6 * HOUR_MS + 1_000);
    expect(opened).toMatchObject({ id: wait.id, method: 'wait', coins: 0, createdAt: wait.readyAt });
  });

  test('can be played once it is over, by the player that waited', async () => {
    const { id } = await publishedEpisode((await createSeries({ wait: { hours: 0.0003 } })).id);
    const viewer = newViewerId();
    const token = await viewerToken(viewer);
    const wait = await jsonOf<{ readyAt: string }>(
      await sendMine(token, 'unlocks', { episodeId: id, method: 'wait' }),
      202,
    );
    expect((await feed(token, `at=${id}`)).items[0]).toMatchObject({ playback: null });
    await new Promise((resolve) => setTimeout(resolve, Date.parse(wait.readyAt) - Date.now() + 1_100));
    expect((await feed(token, `at=${id}`)).items[0]?.decision).toMatchObject({ access: 'full', basis: 'wait' });
    expect(await mediaPrefix(id, token)).toMatch(/^\/m\//);
  });

  test('asked for again says how it stands, and does not start anew', async () => {
    const viewer = newViewerId();
    const wait = await startWait(viewer, first);
    expect(await startWait(viewer, first, 3 * HOUR_MS)).toEqual(wait);
  });

  test('is one at a time in a series; the refusal names the other and its end', async () => {
    const viewer = newViewerId();
    const { readyAt } = await startWait(viewer, first);
    const refused = await expectProblem(await sendFreeUnlock(viewer, second, 'wait'), 'wait-running');
    expect(refused).toMatchObject({ episodeId: first, readyAt });
    expect((await accessAt(viewer, second, 0)).offers).toContainEqual({
      method: 'wait',
      hours: 6,
      readyAt: null,
      waitingForEpisodeId: first,
    });
    const after = 6 * HOUR_MS + 1_000;
    expect((await accessAt(viewer, second, after)).offers).toContainEqual(
      expect.objectContaining({ method: 'wait', waitingForEpisodeId: null }),
    );
    await startWait(viewer, second, after);
    expect((await accessAt(viewer, first, after)).basis).toBe('wait');
  });

  test('is not made longer, nor taken away, by a policy that changes', async () => {
    const { id } = await publishedEpisode(seriesId, 20);
    const viewer = newViewerId();
    const wait = await startWait(viewer, id);
    for (const policy of [{ wait: { hours: 100 } }, { wait: { hours: 1 } }]) {
      await putPolicy(id, policy);
      expect(await startWait(viewer, id)).toEqual(wait);
    }
    const bare = await publishedEpisode((await createSeries({ coinPrice: 5, wait: { hours: 6 } })).id);
    const held = await startWait(viewer, bare.id);
    await jsonOf(await apiFetch(`/v1/series/${bare.seriesId}/access`, { method: 'PUT', json: { coinPrice: 5 } }));
    expect(await startWait(viewer, bare.id)).toEqual(held);
    await expectProblem(await sendFreeUnlock(newViewerId(), bare.id, 'wait'), 'unlock-method-not-offered');
    expect((await accessAt(viewer, bare.id, 7 * HOUR_MS)).basis).toBe('wait');
  });

  test('opens nothing that is withdrawn, or not for the viewer’s country', async () => {
    const { id } = await publishedEpisode((await createSeries({ wait: { hours: 6 }, countries: { deny: ['FR'] } })).id);
    const viewer = newViewerId();
    await startWait(viewer, id);
    expect(await accessAt(viewer, id, 7 * HOUR_MS, '&country=FR')).toMatchObject({
      access: 'locked',
      basis: 'country',
    });
    expect((await accessAt(viewer, id, 7 * HOUR_MS, '&country=DE')).basis).toBe('wait');
    await jsonOf(await apiFetch(`/v1/episodes/${id}/unpublish`, { method: 'POST' }));
    await expectProblem(await sendFreeUnlock(viewer, id, 'wait'), 'episode-not-found');
    const only = await publishedEpisode((await createSeries({ wait: { hours: 6 }, countries: { allow: ['DE'] } })).id);
    const mine = await sendMine(await viewerToken(viewer), 'unlocks', { episodeId: only.id, method: 'wait' });
    await expectProblem(mine, 'country-not-allowed');
  });

  test('for what was bought meanwhile is not needed, and frees the series', async () => {
    const viewer = newViewerId();
    await credit(viewer, 10);
    await startWait(viewer, first);
    await unlock(viewer, first);
    await expectProblem(await sendFreeUnlock(viewer, first, 'wait'), 'unlock-not-needed');
    await startWait(viewer, second);
    expect((await accessAt(viewer, first, 9 * HOUR_MS)).basis).toBe('unlock');
  });

  test('makes paying for it unnecessary once it is over', async () => {
    const viewer = newViewerId();
    await credit(viewer, 10);
    await startWait(viewer, first);
    const headers = { 'idempotency-key': 'k', 'x-chaos': JSON.stringify({ laterMs: 7 * HOUR_MS }) };
    const answer = await apiFetch(`/v1/viewers/${viewer}/unlocks`, {
      json: { episodeId: first, method: 'coins' },
      headers,
    });
    await expectProblem(answer, 'unlock-not-needed');
    expect((await wallet(viewer)).coins).toBe(10);
  });

  test('needs a key, and the key of a wait buys nothing else', async () => {
    const viewer = newViewerId();
    await credit(viewer, 10);
    await jsonOf(await sendFreeUnlock(viewer, first, 'wait', { key: 'one' }), 202);
    await jsonOf(await sendFreeUnlock(viewer, first, 'wait', { key: 'one' }), 202);
    await expectProblem(await sendUnlock(viewer, second, 'one'), 'idempotency-key-reused');
    await jsonOf(await sendUnlock(viewer, second, 'two'), 201);
    await expectProblem(await sendFreeUnlock(viewer, first, 'wait', { key: 'two' }), 'idempotency-key-reused');
    const bare = await apiFetch(`/v1/viewers/${viewer}/unlocks`, { json: { episodeId: first, method: 'wait' } });
    await expectProblem(bare, 'idempotency-key-missing');
  });

  test('takes no clock and no length from the caller', async () => {
    for (const more of [
      { hours: 0 },
      { nowMs: 1 },
      { readyAt: '2026-01-01T00:00:00Z' },
      { expectedCoins: 0 },
      { auto: true },
    ]) {
      const headers = { 'idempotency-key': 'k' };
      const json = { episodeId: first, method: 'wait', ...more };
      await expectProblem(await apiFetch(`/v1/viewers/${newViewerId()}/unlocks`, { json, headers }), 'invalid-request');
    }
  });

  test('is started once by forty calls at the same moment, for one of two episodes', async () => {
    const viewer = newViewerId();
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) => sendFreeUnlock(viewer, index % 2 ? first : second, 'wait')),
    );
    const bodies = await Promise.all(answers.map(async (answer) => (await answer.json()) as { id?: string }));
    expect(new Set(bodies.flatMap(({ id }) => (id === undefined ? [] : [id]))).size).toBe(1);
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(20);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(20);
  });
});

describe('a policy of waiting', () => {
  test.each([{ hours: 0 }, { hours: -1 }, { hours: 721 }, { hours: '6' }, {}, { hours: 6, from: 'now' }])(
    'is not %j',
    async (wait) => {
      const answer = await apiFetch(`/v1/series/${seriesId}/access`, { method: 'PUT', json: { wait } });
      await expectProblem(answer, 'invalid-request');
    },
  );

  test.each([0.5, 720])('is %d hours', async (hours) => {
    const { id } = await createSeries();
    await jsonOf(await apiFetch(`/v1/series/${id}/access`, { method: 'PUT', json: { wait: { hours } } }));
  });
});
