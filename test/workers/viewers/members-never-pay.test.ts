/**
 * A member whose pass opens an episode never pays for it, waits for it or watches an ad for it: the worst that viewers
 * say of such apps is that they paid for VIP and met coin walls all the same (docs/decisions/021-ways-in.md).
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apiFetch } from '../../support/edge.ts';
import {
  openIntent,
  sendAutoUnlock,
  sendFreeUnlock,
  sendIntent,
  sendMine,
  setAutoUnlock,
  startWait,
} from '../support/free-ways.ts';
import { expectProblem, jsonOf } from '../support/http.ts';
import { createSeries, publishedEpisode } from '../support/library.ts';
import { makeBackendKey, newViewerId, removeBackendKeys, signToken, viewerToken } from '../support/tokens.ts';
import { access, credit, grant, ledger, sendMyUnlock, sendUnlock, wallet } from '../support/viewers.ts';

const POLICY = {
  coinPrice: 10,
  passes: ['vip'],
  previewSeconds: 4,
  ad: { adsPerUnlock: 1, dailyCap: 9 },
  wait: { hours: 1 },
};
const target = { episode: '', season: '', series: '' };

beforeAll(async () => {
  target.series = (await createSeries(POLICY)).id;
  const made = await apiFetch(`/v1/series/${target.series}/seasons`, { json: { number: 1, title: 'One' } });
  target.season = (await jsonOf<{ id: string }>(made, 201)).id;
  target.episode = (await publishedEpisode(target.series, 1, undefined, { seasonId: target.season })).id;
});
afterAll(removeBackendKeys);

/** Every call that could take coins, or start what need not be started. */
const WAYS: Readonly<Record<string, (viewer: string, token: string) => Promise<Response>>> = {
  'coins, by the backend': (viewer) => sendUnlock(viewer, target.episode),
  'coins, by the player': (_, token) => sendMyUnlock(token, target.episode),
  'coins at the price shown': (viewer) => sendUnlock(viewer, target.episode, randomUUID(), { expectedCoins: 10 }),
  'coins at another price': (viewer) => sendUnlock(viewer, target.episode, randomUUID(), { expectedCoins: 99 }),
  'coins, automatically': (_, token) => sendAutoUnlock(token, target.episode, 10),
  'a wait, by the backend': (viewer) => sendFreeUnlock(viewer, target.episode, 'wait'),
  'a wait, by the player': (_, token) => sendMine(token, 'unlocks', { episodeId: target.episode, method: 'wait' }),
  'ads, by the backend': (viewer) => sendFreeUnlock(viewer, target.episode, 'ad'),
  'ads, by the player': (_, token) => sendMine(token, 'unlocks', { episodeId: target.episode, method: 'ad' }),
  'an ad intent, by the backend': (viewer) => sendIntent(viewer, target.episode),
  'an ad intent, by the player': (_, token) => sendMine(token, 'ad-intents', { episodeId: target.episode }),
};

const PASSES: Readonly<Record<string, () => object>> = {
  'a pass for everything': () => ({ scope: 'all', pass: 'vip' }),
  'a pass that ends': () => ({ scope: 'all', pass: 'vip', expiresAt: new Date(Date.now() + 3_600_000).toISOString() }),
  'a pass for the series': () => ({ scope: 'series', id: target.series, pass: 'vip' }),
  'a pass for the season': () => ({ scope: 'season', id: target.season, pass: 'vip' }),
  'a pass for the episode': () => ({ scope: 'episode', id: target.episode, pass: 'vip' }),
  'a grant of the backend': () => ({ scope: 'all' }),
};

async function expectUntouched(viewer: string, coins: number): Promise<void> {
  expect((await wallet(viewer)).coins).toBe(coins);
  expect((await ledger(viewer)).map(({ kind }) => kind)).toEqual(['credit']);
}

describe.each(Object.keys(PASSES))('a member with %s', (name) => {
  test('neither pays nor waits nor watches ads, in whatever way it is asked for', async () => {
    const viewer = newViewerId();
    const token = await viewerToken(viewer);
    await credit(viewer, 100);
    await setAutoUnlock(token, true, 100);
    const { id } = await grant(viewer, PASSES[name]?.() ?? {});
    for (const [way, send] of Object.entries(WAYS)) {
      const refused = await expectProblem(await send(viewer, token), 'unlock-not-needed');
      expect(refused.detail, way).toMatch(/\((pass|grant)\)/);
    }
    await expectUntouched(viewer, 100);
    // Nothing was started behind the pass: without it the episode is as locked as for anybody.
    await apiFetch(`/v1/viewers/${viewer}/grants/${id}`, { method: 'DELETE' });
    expect(await access(viewer, target.episode)).toMatchObject({ access: 'preview' });
    expect((await access(viewer, target.episode)).offers).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ method: 'wait', readyAt: null, waitingForEpisodeId: null }),
        expect.objectContaining({ method: 'ad', adsWatched: 0, adsLeftToday: 9 }),
      ]),
    );
  });
});

describe('a member whose backend vouches for the pass in the token', () => {
  test('neither pays nor waits nor watches ads', async () => {
    const viewer = newViewerId();
    await credit(viewer, 100);
    const token = await signToken(await makeBackendKey(), viewer, { claims: { ent: ['pass:vip'] } });
    await setAutoUnlock(token, true, 100);
    for (const [way, send] of Object.entries(WAYS).filter(
      ([each]) => !each.includes('backend') && !each.includes('price'),
    ))
      expect((await expectProblem(await send(viewer, token), 'unlock-not-needed')).detail, way).toMatch(/\(pass\)/);
    await expectUntouched(viewer, 100);
  });
});

describe('a viewer who becomes a member', () => {
  test('while a wait runs and an ad is open has the episode at once, and pays nothing', async () => {
    const viewer = newViewerId();
    await credit(viewer, 100);
    await startWait(viewer, target.episode);
    await openIntent(viewer, target.episode);
    await grant(viewer, { scope: 'all', pass: 'vip' });
    const token = await viewerToken(viewer);
    for (const send of Object.values(WAYS)) await expectProblem(await send(viewer, token), 'unlock-not-needed');
    await expectUntouched(viewer, 100);
  });

  test('of another pass pays like anybody', async () => {
    const viewer = newViewerId();
    await credit(viewer, 100);
    await grant(viewer, { scope: 'all', pass: 'another' });
    await jsonOf(await sendUnlock(viewer, target.episode), 201);
    expect((await wallet(viewer)).coins).toBe(90);
  });
});
