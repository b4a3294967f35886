import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contributionOf } from '#core/qoe/contribution.ts';
import type { ViewDetailsWire } from '#core/qoe/details.ts';
import { add, emptyRollup, subtract } from '#core/qoe/rollup.ts';
import { seriesMetricsOf, type SeriesMetrics } from '#core/qoe/series-metrics.ts';
import { contributionOfSession, type SessionView } from '#core/qoe/sessions.ts';
import { anyView, viewOf } from './some-views.ts';

const EPISODES = 6;
const CONTEXT = { hasNext: (position: number): boolean => position < EPISODES - 1 };
const none = null;

/** Watched to its end and gone on from after so long; the next begins when this one has ended. */
function watchedAll(position: number, index: number, details: Partial<ViewDetailsWire> = {}): SessionView {
  const place = { index, intentMs: index * 30_000, endedMs: index * 30_000 + 20_000, leftMs: index * 30_000 + 25_000 };
  const view = viewOf({
    viewId: `${index}`,
    watched: [[0, 20]],
    ended: true,
    leftBy: 'end',
    details: { place, ...details },
  });
  return { view, position, durationSeconds: 20 };
}

function metricsOfSessions(...sessions: SessionView[][]): SeriesMetrics {
  const parts = sessions.flatMap((views) => [
    contributionOfSession(views, CONTEXT),
    ...views.map(({ view }) => contributionOf(view, { durationSeconds: 20, lowBelowPx: null })),
  ]);
  return seriesMetricsOf(parts.reduce(add, emptyRollup()), { coinsSpent: 120, uniqueViewers: 8 });
}

const binge = (...positions: number[]): SessionView[] =>
  positions.map((position, index) => watchedAll(position, index));

describe('the metrics of a series', () => {
  test('tell how many go on to the next episode, and of the last one nothing', () => {
    const told = metricsOfSessions(binge(0, 1, 2), binge(0), binge(4, 5));
    expect(told.nextEpisodeRate).toBe(3 / 5);
    expect(told.episodes.map(({ nextEpisodeRate }) => nextEpisodeRate)).toEqual([1 / 2, 1, 0, none, 1, none]);
  });

  test('tell how deep a session goes, an episode seen twice being one', () => {
    const told = metricsOfSessions(binge(0, 1, 1, 2), binge(0));
    expect(told.bingeDepth).toBe(2);
    expect(told.bingeDepthPercentiles.p95).toBeCloseTo(3, 1);
  });

  test('tell who is still there at each episode, with those who came in at the third', () => {
    const told = metricsOfSessions(binge(0, 1, 2), binge(0), binge(2, 3), binge(0, 1, 2, 3, 4, 5));
    expect(told.episodes.map(({ atRisk }) => atRisk)).toEqual([3, 2, 3, 2, 1, 1]);
    expect(told.episodes.map(({ stopped }) => stopped)).toEqual([1, 0, 1, 1, 0, 0]);
    const survival = [1, 2 / 3, 2 / 3, 4 / 9, 2 / 9, 2 / 9];
    for (const [position, share] of survival.entries())
      expect(told.episodes[position]?.survival).toBeCloseTo(share, 12);
  });

  test('are had of a session of a thousand views without looking at each with every other', () => {
    let looks = 0;
    const views = Array.from({ length: 1_000 }, (_, index) => {
      const seen = watchedAll(0, index);
      return Object.defineProperty({ ...seen }, 'view', { get: () => ((looks += 1), seen.view) });
    });
    expect(contributionOfSession(views, CONTEXT).counts).toMatchObject({ sessions: 1, holdCandidates: 1_000 });
    expect(looks).toBeLessThan(100_000);
  });

  test('hold a cliffhanger with who goes on within ten seconds of the end and is still there three seconds later', () => {
    const late = watchedAll(1, 2);
    const gone = watchedAll(1, 1);
    const empty = { ...gone, view: { ...gone.view, watched: [[0, 1]] as const, ended: false } };
    expect(metricsOfSessions(binge(0, 1)).cliffhangerHold).toBe(1 / 2);
    expect(metricsOfSessions([watchedAll(0, 0), late]).cliffhangerHold).toBe(0);
    // Its end was told once; what is asked of is the first episode's.
    expect(metricsOfSessions([watchedAll(0, 0), empty]).cliffhangerHold).toBe(0);
  });

  test('tell what a paywall does, by method, and whether who pays goes on more', () => {
    const paid = { paywallShown: true, offerTaken: 'coins', unlockMs: 800 } as const;
    const ad = { paywallShown: true, offerTaken: 'ad', unlockMs: 800 } as const;
    const turnedAway = viewOf({ viewId: '3', startupMs: null, leftBy: 'paywall', details: { paywallShown: true } });
    const told = metricsOfSessions(
      [watchedAll(0, 0), watchedAll(1, 1), watchedAll(2, 2, paid), watchedAll(3, 3)],
      [watchedAll(0, 0), watchedAll(1, 1), watchedAll(2, 2, ad)],
      [watchedAll(0, 0), watchedAll(1, 1), { view: turnedAway, position: 2, durationSeconds: 20 }],
    );
    expect(told.paywallConversion).toBe(2 / 3);
    expect(told.paywallConversionByMethod).toMatchObject({ coins: 1 / 3, ad: 1 / 3, wait: 0 });
    expect(told.episodes[2]).toMatchObject({ paywalls: 3, unlocks: 2, started: 2 });
    // One of the two goes on; of the free ones before five of six did.
    expect(told.episodes[2]?.paywallLift).toBeCloseTo(1 / 2 / (5 / 6), 12);
    expect(told.coinsPerViewer).toBe(15);
  });

  test('count bytes that nobody saw: of each view, and what was fetched ahead when the session ended', () => {
    const first = watchedAll(0, 0, { bytes: { fetched: 800, unwatched: 100, ahead: 900 } });
    const last = watchedAll(1, 1, { bytes: { fetched: 1_000, unwatched: 0, ahead: 200 } });
    expect(metricsOfSessions([last, first]).preloadWaste).toBe(300 / 2_000);
  });

  test('are the same in whatever order the views of a session came, and leave nothing when it is taken out', () => {
    const view = fc.record({ view: anyView, position: fc.nat(EPISODES - 1), durationSeconds: fc.constant(90) });
    const session = fc
      .array(view, { maxLength: 6 })
      .map((views) => views.map((each, id) => ({ ...each, view: { ...each.view, viewId: `${id}` } })));
    fc.assert(
      fc.property(session, (views) => {
        const contribution = contributionOfSession(views, CONTEXT);
        expect(contributionOfSession(views.toReversed(), CONTEXT)).toEqual(contribution);
        expect(subtract(contribution, contribution)).toEqual(emptyRollup());
      }),
    );
  });
});
