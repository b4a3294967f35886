import { runDurableObjectAlarm } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, test } from 'vitest';
import { migratedDb } from './support/database.ts';
import { merge, pair, requestOf } from './support/merges.ts';
import { audit, creditOf, HOUR_MS, NOW_MS, unlockOf, type ViewerStub } from './support/viewer.ts';

const waitOf = (episodeId: string, seriesId: string, nowMs: number = NOW_MS) => ({
  idempotencyKey: crypto.randomUUID(),
  requestSha256: `wait ${episodeId}`,
  episodeId,
  seriesId,
  hours: 6,
  nowMs,
});

const adOf = (episodeId: string) => ({
  episodeId,
  seriesId: 'ser_ads',
  network: null,
  adsPerUnlock: 2,
  dailyCap: 9,
  nowMs: NOW_MS,
});

async function intent(viewer: ViewerStub, episodeId: string): Promise<string> {
  const reply = await viewer.openAdIntent(adOf(episodeId));
  if (reply.outcome !== 'opened') throw new Error(reply.outcome);
  return reply.id;
}

const watched = (viewer: ViewerStub, intentId: string) =>
  viewer.countAd({ intentId, network: 'admob', transactionId: crypto.randomUUID(), nowMs: NOW_MS });

async function methods(viewer: ViewerStub, episodeIds: readonly string[], nowMs: number = NOW_MS) {
  const { unlocks } = await viewer.state({ episodeIds, nowMs });
  return Object.fromEntries(unlocks.map(({ episodeId, method }) => [episodeId, method]));
}

describe('what a guest had without coins', () => {
  test('is the viewer’s: what waits and ads had opened, and the ads on the way to more', async () => {
    const both = pair();
    const { viewer, guest } = both;
    await guest.startWait(waitOf('ep_waited', 'ser_1', NOW_MS - 7 * HOUR_MS));
    for (const _ of [1, 2]) await watched(guest, await intent(guest, 'ep_ads'));
    await watched(guest, await intent(guest, 'ep_half'));
    const running = await intent(guest, 'ep_half');
    await merge(both);
    const episodes = ['ep_waited', 'ep_ads', 'ep_half'];
    expect(await methods(viewer, episodes)).toEqual({ ep_waited: 'wait', ep_ads: 'ad' });
    expect(await methods(guest, episodes), 'and the guest’s no more').toEqual({});
    expect(await watched(guest, running)).toEqual({ outcome: 'merged', into: both.request.target });
    expect(await watched(viewer, running)).toEqual({ outcome: 'counted', unlocked: true });
    expect(await methods(viewer, ['ep_half'])).toEqual({ ep_half: 'ad' });
    expect(await viewer.startWait(waitOf('ep_waited', 'ser_1'))).toMatchObject({ outcome: 'ready' });
    const asked = { idempotencyKey: 'ads', requestSha256: 'ads', episodeId: 'ep_ads', adsPerUnlock: 2, nowMs: NOW_MS };
    expect(await viewer.unlockByAds(asked)).toMatchObject({
      outcome: 'owned',
    });
    for (const each of [viewer, guest]) expect(await audit(each)).toEqual([]);
  });

  test('counts towards the ads of that day: a guest is no second allowance, whoever came in between', async () => {
    const first = pair();
    const second = { ...pair(), guest: first.viewer };
    const request = { ...adOf('ep_ads'), dailyCap: 4 };
    const left = async (viewer: ViewerStub, nowMs = NOW_MS) => {
      const reply = await viewer.openAdIntent({ ...request, episodeId: 'ep_more', nowMs });
      return reply.outcome === 'opened' ? reply.adsLeftToday : reply.outcome;
    };
    for (const _ of [1, 2]) await watched(first.guest, await intent(first.guest, 'ep_ads'));
    await watched(first.guest, await intent(first.guest, 'ep_half'));
    expect(await left(first.guest)).toBe(1);
    await merge(first);
    expect(await left(first.viewer)).toBe(1);
    const today = (await first.viewer.state({ episodeIds: [], nowMs: NOW_MS })).ads.today;
    expect(today).toEqual([{ seriesId: 'ser_ads', count: 3 }]);
    await watched(first.viewer, await intent(first.viewer, 'ep_half'));
    expect(await left(first.viewer)).toBe('cap-reached');
    await merge({ ...second, request: requestOf(first.request.target, second.request.target) });
    expect(await left(second.viewer)).toBe('cap-reached');
    expect(await left(second.viewer, NOW_MS + 24 * HOUR_MS), 'tomorrow').toBe(4);
  });

  test('goes on being waited for until the same moment, unless the viewer waits in that series or has the episode', async () => {
    const both = pair();
    const { viewer, guest } = both;
    await viewer.credit(creditOf(20));
    await viewer.unlock(unlockOf('ep_bought', 10));
    await viewer.startWait(waitOf('ep_own', 'ser_2'));
    await guest.startWait(waitOf('ep_1', 'ser_1', NOW_MS - HOUR_MS));
    await guest.startWait(waitOf('ep_2', 'ser_2', NOW_MS - HOUR_MS));
    await guest.startWait(waitOf('ep_bought', 'ser_3', NOW_MS - HOUR_MS));
    await merge(both);
    const { waits } = await viewer.state({ episodeIds: [], nowMs: NOW_MS });
    expect(waits.map(({ episodeId, readyAtMs }) => [episodeId, readyAtMs])).toEqual([
      ['ep_1', NOW_MS + 5 * HOUR_MS],
      ['ep_own', NOW_MS + 6 * HOUR_MS],
    ]);
    expect(await methods(viewer, ['ep_1', 'ep_2'], NOW_MS + 5 * HOUR_MS)).toEqual({ ep_1: 'wait' });
    expect((await guest.state({ episodeIds: [], nowMs: NOW_MS })).waits).toEqual([]);
  });

  test('resumes where the guest stopped, in series that the viewer is nowhere in; the viewer’s own switch stays', async () => {
    const both = pair();
    const { viewer, guest } = both;
    const at = (seriesId: string, episodeId: string) => ({ seriesId, episodeId, positionSeconds: 7, atMs: NOW_MS });
    await viewer.setResume(at('ser_1', 'ep_mine'));
    await guest.setResume(at('ser_1', 'ep_theirs'));
    await guest.setResume(at('ser_2', 'ep_theirs'));
    await guest.setAutoUnlock({ enabled: true, dailyCapCoins: 500, nowMs: NOW_MS });
    await merge(both);
    expect(await viewer.resume({ seriesId: 'ser_1' })).toMatchObject({ episodeId: 'ep_mine' });
    expect(await viewer.resume({ seriesId: 'ser_2' })).toMatchObject({ episodeId: 'ep_theirs' });
    expect(await viewer.autoUnlock({ nowMs: NOW_MS })).toMatchObject({ enabled: false });
    expect(await guest.setResume(at('ser_3', 'ep_1'))).toMatchObject({ outcome: 'merged' });
  });

  test('keeps what a store renews under its name: an older word is old at the viewer too', async () => {
    const both = pair();
    const { viewer, guest } = both;
    const put = (who: ViewerStub, version: number, expiresAtMs: number) =>
      who.putGrant({ reference: 'chain', version, pass: 'vip', expiresAtMs, nowMs: NOW_MS });
    await put(guest, 5, NOW_MS + HOUR_MS);
    await merge(both);
    const passes = async () => (await viewer.state({ episodeIds: [], nowMs: NOW_MS })).grants.map((each) => each.pass);
    expect(await passes()).toEqual(['vip']);
    expect(await put(guest, 6, NOW_MS - 1)).toEqual({ outcome: 'merged', into: both.request.target });
    await put(viewer, 4, NOW_MS - 1);
    expect(await passes()).toEqual(['vip']);
    await put(viewer, 6, NOW_MS - 1);
    expect(await passes()).toEqual([]);
  });

  test('is known to stores under the viewer, also where the guest’s own alarm ends the merge', async () => {
    await migratedDb();
    const { viewer, guest, request } = pair();
    await env.DB.prepare('INSERT INTO store_accounts (token, viewer_id, created_at) VALUES (?, ?, 0)')
      .bind(crypto.randomUUID(), request.guest)
      .run();
    await viewer.openMerge(request);
    await guest.beginMerge(request);
    await runDurableObjectAlarm(guest);
    const { results } = await env.DB.prepare('SELECT 1 FROM store_accounts WHERE viewer_id = ?')
      .bind(request.target)
      .all();
    expect(results).toHaveLength(1);
  });
});
