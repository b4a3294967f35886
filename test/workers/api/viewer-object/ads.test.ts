import { describe, expect, test } from 'vitest';
import { countAd, openAdIntent, unlockByAds } from '../../../../workers/api/viewer-object/ads.ts';
import type { AdIntentRequest, AdViewReply } from '../../../../workers/shared/viewer/free-ways-rpc.ts';
import { inside, newViewer, NOW_MS, type ViewerStub } from './support/viewer.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

function intentOf(episodeId: string, more: Partial<AdIntentRequest> = {}): AdIntentRequest {
  return { episodeId, seriesId: 'ser_1', network: null, adsPerUnlock: 2, dailyCap: 5, nowMs: NOW_MS, ...more };
}

async function open(viewer: ViewerStub, episodeId: string, more: Partial<AdIntentRequest> = {}): Promise<string> {
  const reply = await viewer.openAdIntent(intentOf(episodeId, more));
  if (reply.outcome !== 'opened') throw new Error(reply.outcome);
  return reply.id;
}

const viewOf = (intentId: string, more: object = {}) => ({
  intentId,
  network: 'admob',
  transactionId: crypto.randomUUID(),
  nowMs: NOW_MS,
  ...more,
});

const watch = async (
  viewer: ViewerStub,
  episodeId: string,
  more: Partial<AdIntentRequest> = {},
): Promise<AdViewReply> => viewer.countAd(viewOf(await open(viewer, episodeId, more), { nowMs: more.nowMs ?? NOW_MS }));

const ads = async (viewer: ViewerStub, episodeId: string, nowMs = NOW_MS) => {
  const state = await viewer.state({ episodeIds: [episodeId], nowMs });
  return {
    watched: state.ads.watched[0]?.count ?? 0,
    today: state.ads.today[0]?.count ?? 0,
    unlock: state.unlocks[0]?.method ?? null,
  };
};

const asked = (episodeId: string, adsPerUnlock: number) => ({
  idempotencyKey: crypto.randomUUID(),
  requestSha256: `ad ${episodeId}`,
  episodeId,
  adsPerUnlock,
  nowMs: NOW_MS,
});

describe('rewarded ads', () => {
  test('open the episode with the last one that its price asks for, and carry nothing over', async () => {
    const viewer = newViewer();
    expect(await watch(viewer, 'ep_1')).toEqual({ outcome: 'counted', unlocked: false });
    expect(await ads(viewer, 'ep_1')).toEqual({ watched: 1, today: 1, unlock: null });
    const [last, beyond] = [await open(viewer, 'ep_1'), await open(viewer, 'ep_1')];
    expect(await viewer.countAd(viewOf(last))).toEqual({ outcome: 'counted', unlocked: true });
    expect(await ads(viewer, 'ep_1')).toEqual({ watched: 0, today: 2, unlock: 'ad' });
    expect(await viewer.countAd(viewOf(beyond))).toEqual({ outcome: 'ignored', reason: 'already-unlocked' });
    expect((await ads(viewer, 'ep_2')).watched).toBe(0);
    expect(await viewer.freeUnlock({ episodeId: 'ep_1', nowMs: NOW_MS })).toMatchObject({ method: 'ad' });
  });

  test('count once under the network’s name for them, for good, whatever the intent', async () => {
    const viewer = newViewer();
    const view = viewOf(await open(viewer, 'ep_1'));
    expect((await viewer.countAd(view)).outcome).toBe('counted');
    const later = { ...view, nowMs: NOW_MS + 400 * DAY_MS };
    expect(await viewer.countAd(later)).toEqual({ outcome: 'duplicate' });
    expect(await viewer.countAd({ ...view, intentId: await open(viewer, 'ep_1') })).toEqual({ outcome: 'duplicate' });
    const sameNameElsewhere = { ...view, network: 'other', intentId: await open(viewer, 'ep_1') };
    expect((await viewer.countAd(sameNameElsewhere)).outcome).toBe('counted');
  });

  test('count once for an intent', async () => {
    const viewer = newViewer();
    const intent = await open(viewer, 'ep_1');
    await viewer.countAd(viewOf(intent));
    expect(await viewer.countAd(viewOf(intent))).toEqual({ outcome: 'ignored', reason: 'intent-used' });
    expect((await ads(viewer, 'ep_1')).watched).toBe(1);
  });

  test.each([
    [30 * MINUTE_MS - 1, { outcome: 'counted', unlocked: false }],
    [30 * MINUTE_MS, { outcome: 'ignored', reason: 'intent-expired' }],
  ])('count until their intent lapses: after %d ms', async (afterMs, expected) => {
    const viewer = newViewer();
    const intent = await open(viewer, 'ep_1');
    expect(await viewer.countAd(viewOf(intent, { nowMs: NOW_MS + afterMs }))).toEqual(expected);
  });

  test('do not count for another viewer, another network, or an intent that was never opened', async () => {
    const [viewer, other] = [newViewer(), newViewer()];
    const intent = await open(viewer, 'ep_1', { network: 'applovin' });
    expect(await viewer.countAd(viewOf(intent))).toEqual({ outcome: 'ignored', reason: 'another-network' });
    expect(await other.countAd(viewOf(intent))).toEqual({ outcome: 'ignored', reason: 'intent-unknown' });
    expect(await viewer.countAd(viewOf('adi_made_up'))).toEqual({ outcome: 'ignored', reason: 'intent-unknown' });
    expect((await viewer.countAd(viewOf(intent, { network: 'applovin' }))).outcome).toBe('counted');
  });

  test('of a viewer have twenty intents at most; the oldest makes room', async () => {
    const viewer = newViewer();
    const intents: string[] = [];
    for (let i = 0; i < 21; i++) intents.push(await open(viewer, 'ep_1', { adsPerUnlock: 10, dailyCap: 100 }));
    expect(await inside(viewer, (sql) => sql.exec('SELECT id FROM ad_intents').toArray())).toHaveLength(20);
    expect(await viewer.countAd(viewOf(intents[0] ?? ''))).toEqual({ outcome: 'ignored', reason: 'intent-unknown' });
    expect((await viewer.countAd(viewOf(intents[1] ?? ''))).outcome).toBe('counted');
  });

  test('that were enough under a policy of fewer unlock when they are asked about', async () => {
    const viewer = newViewer();
    for (const _ of [1, 2]) await watch(viewer, 'ep_1', { adsPerUnlock: 3 });
    const ask = (adsPerUnlock: number) => viewer.unlockByAds(asked('ep_1', adsPerUnlock));
    expect(await ask(3)).toEqual({ outcome: 'missing', adsWatched: 2 });
    expect(await ask(2)).toMatchObject({ outcome: 'unlocked', unlock: { method: 'ad' } });
    expect((await ask(2)).outcome).toBe('owned');
  });
});

describe('the daily cap', () => {
  test('is the series’, per UTC day, and is checked when the ad counts', async () => {
    const viewer = newViewer();
    const spare = await open(viewer, 'ep_9', { dailyCap: 3 });
    for (const _ of [1, 2, 3]) await watch(viewer, 'ep_1', { adsPerUnlock: 10, dailyCap: 3 });
    expect(await viewer.openAdIntent(intentOf('ep_2', { dailyCap: 3 }))).toEqual({ outcome: 'cap-reached' });
    expect(await viewer.countAd(viewOf(spare))).toEqual({ outcome: 'ignored', reason: 'daily-cap' });
    expect((await watch(viewer, 'ep_7', { seriesId: 'ser_2', dailyCap: 1 })).outcome).toBe('counted');
    const midnight = NOW_MS - (NOW_MS % DAY_MS) + DAY_MS;
    expect((await viewer.openAdIntent(intentOf('ep_2', { dailyCap: 3, nowMs: midnight - 1 }))).outcome).toBe(
      'cap-reached',
    );
    expect(await viewer.openAdIntent(intentOf('ep_2', { dailyCap: 3, nowMs: midnight }))).toMatchObject({
      outcome: 'opened',
      adsLeftToday: 3,
    });
  });

  test('of the deployment counts over all series', async () => {
    const viewer = newViewer();
    const replies = await inside(viewer, (_, storage) =>
      ['ser_1', 'ser_2', 'ser_3'].map((seriesId) => {
        const opened = openAdIntent(storage, intentOf('ep_1', { seriesId }), 2);
        return opened.outcome === 'opened' ? countAd(storage, viewOf(opened.id), 2).outcome : opened.outcome;
      }),
    );
    expect(replies).toEqual(['counted', 'counted', 'cap-reached']);
  });

  test('holds when many callbacks come at the same moment', async () => {
    const viewer = newViewer();
    const intents = await Promise.all(
      Array.from({ length: 20 }, () => open(viewer, 'ep_1', { adsPerUnlock: 10, dailyCap: 3 })),
    );
    const replies = await Promise.all(
      intents.map(async (intent) => {
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 10));
        return viewer.countAd(viewOf(intent));
      }),
    );
    expect(replies.filter(({ outcome }) => outcome === 'counted')).toHaveLength(3);
    expect((await ads(viewer, 'ep_1')).today).toBe(3);
  });
});

describe('one ad that its network reports many times at once', () => {
  test('counts once, and unlocks once', async () => {
    const viewer = newViewer();
    const view = viewOf(await open(viewer, 'ep_1', { adsPerUnlock: 1 }));
    const replies = await Promise.all(Array.from({ length: 50 }, () => viewer.countAd(view)));
    expect(replies.filter(({ outcome }) => outcome === 'counted')).toHaveLength(1);
    expect(replies.filter(({ outcome }) => outcome === 'duplicate')).toHaveLength(49);
    expect(await inside(viewer, (sql) => sql.exec('SELECT * FROM ad_unlocks').toArray())).toHaveLength(1);
  });
});

describe('an ad whose unlock fails', () => {
  test('is not counted either: the network tries again and nothing is lost', async () => {
    const viewer = newViewer();
    const view = viewOf(await open(viewer, 'ep_1', { adsPerUnlock: 1 }));
    await inside(viewer, (sql, storage) => {
      sql.exec("CREATE TRIGGER fault BEFORE INSERT ON ad_unlocks BEGIN SELECT RAISE(ABORT, 'fault'); END");
      expect(() => countAd(storage, view, null)).toThrow(/fault/);
      sql.exec('DROP TRIGGER fault');
    });
    expect(await ads(viewer, 'ep_1')).toEqual({ watched: 0, today: 0, unlock: null });
    expect(await viewer.countAd(view)).toEqual({ outcome: 'counted', unlocked: true });
  });
});

describe('the tables of ads', () => {
  test.each([
    "INSERT INTO ad_unlocks VALUES ('unl_x', 'ep_1', 2, 1)",
    "INSERT INTO ad_unlocks VALUES ('unl_x', 'ep_2', 1, 1)",
    "UPDATE ad_views SET episode_id = 'ep_2'",
    "UPDATE ad_views SET watched_at = 0, unlock_id = 'unl_x'",
    'DELETE FROM ad_views',
    "INSERT OR REPLACE INTO ad_views SELECT network, transaction_id, 'adi_x', episode_id, series_id, NULL, 0 FROM ad_views",
  ])('refuse %s', async (statement) => {
    const viewer = newViewer();
    await watch(viewer, 'ep_1');
    await inside(viewer, (sql, storage) => {
      expect(() => sql.exec(statement)).toThrow(/ad counts once|too few ads/);
      expect(unlockByAds(storage, asked('ep_1', 2)).outcome).toBe('missing');
    });
  });
});
