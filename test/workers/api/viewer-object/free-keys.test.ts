/** The key of an unlock without coins is as any other: the same question again is a retry, another one is refused. */
import { describe, expect, test } from 'vitest';
import { creditOf, HOUR_MS, newViewer, NOW_MS, unlockOf, type ViewerStub } from './support/viewer.ts';

const KEY = { idempotencyKey: 'k', nowMs: NOW_MS };
const adsOf = (episodeId: string) => ({ ...KEY, requestSha256: `ad ${episodeId}`, episodeId, adsPerUnlock: 1 });
const waitOf = (episodeId: string, nowMs: number = NOW_MS) => ({
  ...KEY,
  requestSha256: `wait ${episodeId}`,
  nowMs,
  episodeId,
  seriesId: `series of ${episodeId}`,
  hours: 1,
});

async function watchAd(viewer: ViewerStub, episodeId: string): Promise<void> {
  // Two by the terms of the intent, so that the view alone unlocks nothing.
  const terms = { seriesId: 'ser', network: null, adsPerUnlock: 2, dailyCap: 9, nowMs: NOW_MS };
  const intent = await viewer.openAdIntent({ episodeId, ...terms });
  if (intent.outcome !== 'opened') throw new Error(intent.outcome);
  await viewer.countAd({ intentId: intent.id, network: 'n', transactionId: episodeId, nowMs: NOW_MS });
}

const WAYS: Readonly<Record<string, (viewer: ViewerStub) => Promise<string>>> = {
  'unlocked by ads': async (viewer) => {
    await watchAd(viewer, 'ep_1');
    return (await viewer.unlockByAds(adsOf('ep_1'))).outcome;
  },
  'found an unlock by ads': async (viewer) => {
    await watchAd(viewer, 'ep_1');
    await viewer.unlockByAds({ ...adsOf('ep_1'), idempotencyKey: 'another' });
    return (await viewer.unlockByAds(adsOf('ep_1'))).outcome;
  },
  'began a wait': async (viewer) => (await viewer.startWait(waitOf('ep_1'))).outcome,
  'found a wait that runs': async (viewer) => {
    await viewer.startWait({ ...waitOf('ep_1'), idempotencyKey: 'another' });
    return (await viewer.startWait(waitOf('ep_1'))).outcome;
  },
  'found a wait that is over': async (viewer) => {
    await viewer.startWait({ ...waitOf('ep_1', NOW_MS - HOUR_MS), idempotencyKey: 'another' });
    return (await viewer.startWait(waitOf('ep_1'))).outcome;
  },
  'bought with coins': async (viewer) => (await viewer.unlock(unlockOf('ep_1', 5, KEY))).outcome,
};

describe.each(Object.keys(WAYS))('a key that %s', (way) => {
  test('buys nothing, opens nothing and starts nothing else', async () => {
    const viewer = newViewer();
    await viewer.credit(creditOf(50));
    await watchAd(viewer, 'ep_2');
    expect(await WAYS[way]?.(viewer)).toMatch(/^(unlocked|owned|started|running|ready)$/);
    const { coins } = await viewer.wallet({ nowMs: NOW_MS });
    expect(await viewer.unlock(unlockOf('ep_2', 5, KEY))).toEqual({ outcome: 'key-reused' });
    expect(await viewer.unlockByAds(adsOf('ep_2'))).toEqual({ outcome: 'key-reused' });
    expect(await viewer.startWait(waitOf('ep_2'))).toEqual({ outcome: 'key-reused' });
    expect((await viewer.wallet({ nowMs: NOW_MS })).coins).toBe(coins);
    const { unlocks, waits } = await viewer.state({ episodeIds: ['ep_2'], nowMs: NOW_MS });
    expect({ unlocks, waits: waits.filter(({ episodeId }) => episodeId === 'ep_2') }).toEqual({
      unlocks: [],
      waits: [],
    });
  });
});

describe('a key that ads were missing for', () => {
  test('may be used again, for that episode or another', async () => {
    const viewer = newViewer();
    expect(await viewer.unlockByAds(adsOf('ep_1'))).toMatchObject({ outcome: 'missing' });
    await watchAd(viewer, 'ep_1');
    expect(await viewer.unlockByAds(adsOf('ep_1'))).toMatchObject({ outcome: 'unlocked' });
    expect(await viewer.unlockByAds(adsOf('ep_1'))).toMatchObject({ outcome: 'owned' });
  });
});
