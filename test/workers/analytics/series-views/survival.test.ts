/** Survival curves: from the views that beacons left to what playback reads with the episode. */
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, test } from 'vitest';
import type { BeaconMessage } from '#core/qoe/beacon-message.ts';
import { MIN_VIEWS_OF_EPISODE, MIN_VIEWS_OF_SERIES } from '#core/qoe/limits.ts';
import { findPlayableEpisode } from '#shared/db/playback-catalog.ts';
import { viewOf } from '../../../core/qoe/some-views.ts';
import { HOUR_MS, messageOf, NOON_MS } from './support/audience.ts';
import { makeSeries } from './support/library.ts';
import { objectOf, type SeriesViewsStub } from './support/object.ts';

let object: SeriesViewsStub;
let first = '';
let second = '';
let third = '';
beforeAll(async () => {
  const { seriesId, episodeIds } = await makeSeries(3);
  [first = '', second = '', third = ''] = episodeIds;
  object = objectOf(seriesId);
});

type LeftBy = 'swipe' | 'paywall' | 'end' | 'hidden' | null;

async function watch(episodeId: string, views: number, untilSeconds: number, leftBy: LeftBy): Promise<void> {
  const messages = Array.from({ length: views }, (): BeaconMessage => {
    const ids = { viewId: crypto.randomUUID(), sessionId: crypto.randomUUID(), episodeId };
    const watched = untilSeconds === 0 ? [] : ([[0, untilSeconds]] as const);
    return messageOf(
      viewOf({
        ...ids,
        watched,
        startupMs: 1,
        ended: leftBy === 'end',
        leftBy,
        details: null,
        lastReceivedAtMs: NOON_MS,
      }),
    );
  });
  await object.apply(messages);
}

/** Shares in per cent, as a player reads them with the episode. */
async function curveOf(episodeId: string): Promise<number[] | null> {
  const survival = (await findPlayableEpisode(env.DB, episodeId, NOON_MS))?.survival ?? null;
  return survival === null ? null : Array.from(atob(survival), (byte) => Math.round((byte.charCodeAt(0) / 255) * 100));
}

describe('a survival curve', () => {
  test('is not there until there are views enough, and then of the episode as of its series', async () => {
    await watch(first, MIN_VIEWS_OF_EPISODE - 1, 2.4, 'swipe');
    await object.tick(NOON_MS);
    expect(await curveOf(first)).toBeNull();

    await watch(first, 1, 2.4, 'swipe');
    await watch(second, MIN_VIEWS_OF_SERIES - MIN_VIEWS_OF_EPISODE, 10, 'end');
    await object.tick(NOON_MS + HOUR_MS / 2);
    expect(await curveOf(first), 'it is made once an hour').toBeNull();
    await watch(second, 1, 10, 'end');
    await object.tick(NOON_MS + HOUR_MS);
    // All 20 left in the third second; 20 of the series, of which 39 % did, are counted with them.
    expect((await curveOf(first))?.slice(0, 5)).toEqual([100, 100, 100, 31, 31]);
    expect((await curveOf(second))?.slice(0, 5)).toEqual([100, 100, 100, 85, 85]);
  });

  test('of an episode that nobody has seen is that of the series', async () => {
    expect((await curveOf(third))?.slice(0, 5)).toEqual([100, 100, 100, 61, 61]);
  });

  test('takes a swipe at once for one, and no paywall, hidden page or lost tail', async () => {
    await watch(third, 30, 0, 'swipe');
    await watch(third, 30, 4, 'paywall');
    await watch(third, 30, 4, null);
    await watch(third, 30, 4, 'hidden');
    await object.tick(NOON_MS + 2 * HOUR_MS);
    const curve = (await curveOf(third)) ?? [];
    expect(curve.slice(0, 3)).toEqual([100, 76, 76]);
    expect(curve[9]).toBeGreaterThan(40);
  });

  test('goes with its episode', async () => {
    await env.DB.prepare('DELETE FROM episodes WHERE id = ?').bind(first).run();
    await watch(second, 1, 10, 'end');
    await object.tick(NOON_MS + 3 * HOUR_MS);
    expect(
      await env.DB.prepare('SELECT COUNT(*) AS n FROM survival_curves WHERE scope_id = ?').bind(first).first('n'),
    ).toBe(0);
  });
});
