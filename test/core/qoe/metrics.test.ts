/** Numbers that were worked out by hand, of audiences small enough for it. */
import { describe, expect, test } from 'vitest';
import { contributionOf } from '#core/qoe/contribution.ts';
import { isShareable, metricsOf, type Metrics } from '#core/qoe/metrics.ts';
import { retentionCurvesOf } from '#core/qoe/retention-curves.ts';
import { add, emptyRollup, type Rollup } from '#core/qoe/rollup.ts';
import { segmentsOf, type ViewRecord } from '#core/qoe/view-record.ts';
import { viewOf } from './some-views.ts';

const rollupOf = (...views: ViewRecord[]): Rollup =>
  views.map((view) => contributionOf(view, { durationSeconds: 20, lowBelowPx: 640 })).reduce(add, emptyRollup());
const metrics = (...views: ViewRecord[]): Metrics => metricsOf(rollupOf(...views));

const whole = viewOf({ watched: [[0, 20]], ended: true, leftBy: 'end' });
const half = viewOf({ watched: [[0, 10]], leftBy: 'swipe', startupMs: 1_000 });
const waited = viewOf({ startupMs: null, leftBy: 'swipe' });
const flicked = viewOf({
  startupMs: null,
  leftBy: 'swipe',
  details: { place: { index: 2, intentMs: 5_000, endedMs: null, leftMs: 5_300 } },
});
const broken = viewOf({ startupMs: null, details: { error: 'manifestLoadError' } });
const brokeLater = viewOf({ watched: [[0, 5]], details: { error: 'fragLoadError' } });
const locked = viewOf({ startupMs: null, leftBy: 'paywall', details: { paywallShown: true } });
const bot = viewOf({ watched: [[0, 20]], botRules: '2026-11' });

describe('the metrics of an episode', () => {
  test('count every attempt as a view, and a flagged one as none', () => {
    expect(metrics(whole, half, waited, flicked, broken, brokeLater, locked, bot)).toMatchObject({
      views: 7,
      starts: 3,
      flicks: 1,
      flaggedViews: 1,
    });
  });

  test('tell who was turned away by design, and who flicked past, apart from failures and from who gave up', () => {
    const told = metrics(whole, half, waited, flicked, broken, locked);
    expect(told.videoStartupFailurePercentage).toBe(25);
    expect(told.exitsBeforeVideoStart).toBe(25);
    expect(told.businessExceptionPercentage).toBe(20);
    expect(metrics(whole, brokeLater).playbackFailurePercentage).toBe(50);
  });

  test('tell how much was watched', () => {
    const told = metrics(whole, half, half, brokeLater);
    expect(told).toMatchObject({ playingTimeMs: 45_000, completionRate: 0.25, averagePercentWatched: 56.25 });
    expect(Math.abs((told.medianPercentWatched ?? 0) - 50)).toBeLessThanOrEqual(0.5);
    expect(metrics(whole).medianPercentWatched).toBe(100);
  });

  test('tell rebuffering as time, as events per minute played, and per view', () => {
    const stalled = viewOf({
      watched: [[0, 12]],
      stalls: [
        { atSeconds: 2, durationMs: 2_000 },
        { atSeconds: 6, durationMs: 1_000 },
      ],
    });
    const told = metrics(stalled, viewOf({ watched: [[0, 15]] }));
    expect(told).toMatchObject({ rebufferPercentage: 10, rebufferCount: 1, rebufferDurationMs: 1_500 });
    expect(told.rebufferFrequency).toBeCloseTo(2 / 0.45, 10);
    expect(told.viewsWithRebuffering).toBe(50);
  });

  test('weigh each rendition by the time that it was on the screen', () => {
    const renditions = [
      { atSeconds: 0, bandwidthBps: 400_000, heightPx: 426 },
      { atSeconds: 5, bandwidthBps: 2_000_000, heightPx: 1280 },
    ];
    const told = metrics(viewOf({ watched: [[0, 20]], details: { renditions } }));
    expect(told).toMatchObject({ weightedAverageBitrateBps: 1_600_000, lowRenditionShare: 0.25 });
    expect(told).toMatchObject({ renditionUpshiftCount: 1, renditionDownshiftCount: 0 });
  });

  test('count what was shown after a seek back once, in the rendition that was shown last', () => {
    const renditions = [
      { atSeconds: 0, bandwidthBps: 400_000, heightPx: 426 },
      { atSeconds: 12, bandwidthBps: 2_000_000, heightPx: 1280 },
      { atSeconds: 5, bandwidthBps: 1_000_000, heightPx: 960 },
      { atSeconds: 15, bandwidthBps: 2_000_000, heightPx: 1280 },
    ];
    const told = metrics(viewOf({ watched: [[0, 20]], details: { renditions } }));
    expect(told).toMatchObject({ weightedAverageBitrateBps: 1_100_000, lowRenditionShare: 0.25 });
    expect(told).toMatchObject({ renditionUpshiftCount: 2, renditionDownshiftCount: 1 });
  });

  test('belong to the rendition that was longest on the screen, not to where it was put on', () => {
    const renditions = [
      { atSeconds: 0, bandwidthBps: 400_000, heightPx: 426 },
      { atSeconds: 15, bandwidthBps: 2_000_000, heightPx: 1280 },
    ];
    const watched = [
      [0, 2],
      [15, 20],
    ] as const;
    expect(segmentsOf(viewOf({ watched, details: { renditions } }))).toContainEqual({
      dimension: 'rendition',
      value: '1280p',
    });
  });

  test('round half of a hundredth of a percent up, in however many pieces it was watched', () => {
    const pieces = viewOf({
      watched: [
        [0, 2.5],
        [50.5, 50.9],
      ],
    });
    const rollup = contributionOf(pieces, { durationSeconds: 80, lowBelowPx: null });
    expect(rollup.counts.watchedBasisPoints).toBe(363);
  });

  test('tell the start after a swipe apart from that of a page', () => {
    const place = { index: 1, intentMs: 0, endedMs: null, leftMs: null };
    const told = metrics(whole, viewOf({ startupMs: 50, watched: [[0, 5]], details: { place } }));
    expect(Math.abs((told.swipeToFirstFrameMs.p95 ?? 0) - 50)).toBeLessThanOrEqual(0.5);
    expect(Math.abs((told.videoStartupTimeMs.p95 ?? 0) - 200)).toBeLessThanOrEqual(2);
    expect(told.instantStartRate).toBe(0.5);
  });

  test('score 80 for a start in 2 s, less with stalls, half in a low rendition, 0 for what failed or was given up on', () => {
    const slow = viewOf({ watched: [[0, 18]], startupMs: 2_000 });
    const stalled = { ...slow, stalls: [{ atSeconds: 3, durationMs: 2_000 }] };
    const low = viewOf({
      watched: [[0, 18]],
      startupMs: 2_000,
      details: { renditions: [{ atSeconds: 0, bandwidthBps: 1, heightPx: 426 }] },
    });
    expect(metrics(slow).viewerExperienceScore).toBe(80);
    expect(metrics(stalled).viewerExperienceScore).toBeCloseTo(80 * 0.9 ** 10, 1);
    expect(metrics(low).viewerExperienceScore).toBe(40);
    expect(metrics(slow, waited, broken, brokeLater).viewerExperienceScore).toBe(20);
    expect(metrics(slow, flicked, locked).viewerExperienceScore).toBe(80);
  });

  test('are null, and not 0, of nothing', () => {
    expect(metrics()).toMatchObject({
      views: 0,
      completionRate: null,
      rebufferPercentage: null,
      medianPercentWatched: null,
    });
  });

  test('are shared of ten viewers and more', () => {
    expect([isShareable(9), isShareable(10)]).toEqual([false, true]);
  });
});

describe('the retention of an episode', () => {
  const again = viewOf({
    watched: [[0, 20]],
    details: {
      plays: [
        [0, 20],
        [4, 8],
      ],
    },
  });

  test('has what was watched again above what was watched', () => {
    const { bySecond, byPercent } = retentionCurvesOf(rollupOf(again, half), 20);
    expect(bySecond).toHaveLength(20);
    expect(bySecond[5]).toEqual({ viewers: 2, plays: 3, share: 1 });
    expect(bySecond[15]).toEqual({ viewers: 1, plays: 1, share: 0.5 });
    expect(byPercent).toHaveLength(100);
    expect(byPercent[30]).toEqual({ viewers: 2, plays: 3, share: 1 });
  });

  test('counts who began or stopped on the very middle of a hundredth as having played it', () => {
    const from = contributionOf(viewOf({ watched: [[2.1, 3.9]] }), { durationSeconds: 60, lowBelowPx: null });
    expect(from.curves.playedByPercent).toEqual([0, 0, 0, 1, 1, 1, 1]);
  });

  test('loses at its opening who left in the first three seconds', () => {
    const tried = viewOf({ watched: [[0, 2.5]], leftBy: 'swipe' });
    expect(retentionCurvesOf(rollupOf(tried, half, whole, whole), 20).openingLoss).toBe(0.25);
    expect(retentionCurvesOf(rollupOf(), 20).openingLoss).toBeNull();
  });

  test('survives by who was still seen: a hidden page at 10 s is no leaver, and is at risk no more', () => {
    const hidden = viewOf({ watched: [[0, 10]], leftBy: 'hidden' });
    const late = viewOf({ watched: [[0, 14.2]], leftBy: 'swipe' });
    const { survival } = retentionCurvesOf(rollupOf(hidden, half, late, whole), 20);
    expect(survival[9]).toEqual({ atRisk: 4, left: 0, share: 1 });
    expect(survival[10]).toEqual({ atRisk: 3, left: 1, share: 1 });
    expect(survival[14]).toMatchObject({ atRisk: 2, left: 1 });
    expect(survival[14]?.share).toBeCloseTo(2 / 3, 12);
    expect(survival[15]?.share).toBeCloseTo(1 / 3, 12);
  });
});
