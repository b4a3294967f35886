/** Views for the tests: one that is plain, and any that a player could send. */
import fc from 'fast-check';
import type { ViewDetailsWire } from '#core/qoe/details.ts';
import { OFFER_METHODS } from '#core/qoe/details.ts';
import { addInterval } from '#core/qoe/intervals.ts';
import type { ViewRecord } from '#core/qoe/view-record.ts';

export const PLAIN_DETAILS: ViewDetailsWire = {
  startSource: 'attached',
  renditions: [],
  seeks: [],
  frames: null,
  bytes: { fetched: 0, unwatched: 0, ahead: 0 },
  bandwidthBps: null,
  muted: false,
  muteChanges: 0,
  paywallShown: false,
  unlockMs: null,
  error: null,
  plays: null,
  place: null,
  offerTaken: null,
};

export const NO_DIMENSIONS: ViewRecord['dimensions'] = {
  country: null,
  deviceType: null,
  os: null,
  browser: null,
  connectionType: null,
  appVersion: null,
  experiment: null,
  audience: null,
};

export function viewOf({
  details,
  ...changes
}: Partial<Omit<ViewRecord, 'details'>> & { readonly details?: Partial<ViewDetailsWire> | null }): ViewRecord {
  return {
    viewId: 'v',
    seq: 1,
    sessionId: 's',
    episodeId: 'e',
    watched: [],
    startupMs: 200,
    stalls: [],
    ended: false,
    leftBy: null,
    viewer: 'who',
    startedAtMs: 0,
    lastReceivedAtMs: 600_000,
    notBeforeMs: null,
    botRules: null,
    dimensions: NO_DIMENSIONS,
    ...changes,
    details: details === null ? null : { ...PLAIN_DETAILS, ...details },
  };
}

const seconds = fc.integer({ min: 0, max: 9_000 }).map((hundredths) => hundredths / 100);
const stretches = fc.array(
  fc.tuple(seconds, seconds).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const),
  {
    maxLength: 4,
  },
);
const ms = fc.integer({ min: 0, max: 20_000 });

export const anyView: fc.Arbitrary<ViewRecord> = fc
  .record({
    plays: stretches,
    startupMs: fc.option(ms),
    stalls: fc.array(fc.record({ atSeconds: seconds, durationMs: ms }), { maxLength: 4 }),
    ended: fc.boolean(),
    leftBy: fc.constantFrom('swipe', 'end', 'paywall', 'hidden', null),
    hasDetails: fc.boolean(),
    renditions: fc.array(
      fc.record({
        atSeconds: seconds,
        bandwidthBps: fc.nat(9_000_000),
        heightPx: fc.constantFrom(426, 640, 960, 1280),
      }),
      { maxLength: 3 },
    ),
    bandwidthBps: fc.option(fc.nat(12_000_000)),
    frames: fc.option(fc.record({ total: fc.nat(3_000), dropped: fc.nat(99) })),
    bytes: fc.record({ fetched: fc.nat(9e6), unwatched: fc.nat(9e6), ahead: fc.nat(9e6) }),
    paywallShown: fc.boolean(),
    unlockMs: fc.option(ms),
    error: fc.constantFrom(null, null, 'fragLoadError'),
    offerTaken: fc.option(fc.constantFrom(...OFFER_METHODS)),
    place: fc.option(fc.record({ index: fc.nat(9), intentMs: ms, endedMs: fc.option(ms), leftMs: fc.option(ms) })),
    botRules: fc.constantFrom(null, null, null, '2026-11'),
    country: fc.constantFrom('IN', 'US', null),
  })
  .map(({ plays, startupMs, stalls, ended, leftBy, hasDetails, botRules, country, renditions, ...details }) =>
    viewOf({
      watched: plays.reduce<ViewRecord['watched']>((all, [from, to]) => addInterval(all, from, to), []),
      startupMs,
      stalls,
      ended,
      leftBy,
      botRules,
      dimensions: { ...NO_DIMENSIONS, country },
      details: hasDetails
        ? { ...details, plays, renditions: renditions.toSorted((a, b) => a.atSeconds - b.atSeconds) }
        : null,
    }),
  );
