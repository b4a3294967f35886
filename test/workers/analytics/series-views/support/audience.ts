/** Sessions that tell their views in many beacons, and what the numbers must be once all of it has come. */
import fc from 'fast-check';
import type { BeaconMessage } from '#core/qoe/beacon-message.ts';
import { contributionOf } from '#core/qoe/contribution.ts';
import { add, emptyRollup, type Rollup } from '#core/qoe/rollup.ts';
import { contributionOfSession } from '#core/qoe/sessions.ts';
import { segmentsOf, type Segment, type ViewRecord } from '#core/qoe/view-record.ts';
import { anyView } from '../../../../core/qoe/some-views.ts';
import { DURATION_SECONDS, TALLEST_PX, type Library } from './library.ts';

/** Noon of a day in 2026. */
export const NOON_MS = 1_795_348_800_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

export interface Audience {
  /** In the order in which they were sent. */
  readonly messages: readonly BeaconMessage[];
  /** The last state of each view. */
  readonly views: readonly ViewRecord[];
}

/** Up to four sessions of up to four views each, told up to three times, over two hours. */
export function audienceOf({ episodeIds }: Library): fc.Arbitrary<Audience> {
  const view = fc.record({
    episode: fc.nat(episodeIds.length - 1),
    states: fc.array(anyView, { minLength: 1, maxLength: 3 }),
    laterMs: fc.array(fc.nat(HOUR_MS / 2), { minLength: 3, maxLength: 3 }),
  });
  const session = fc.record({ startMs: fc.nat(2 * HOUR_MS), views: fc.array(view, { minLength: 1, maxLength: 4 }) });
  return fc.array(session, { minLength: 1, maxLength: 4 }).map((sessions) => {
    const told = sessions.flatMap(({ startMs, views }) => {
      const sessionId = crypto.randomUUID();
      const viewer = `viewer-${crypto.randomUUID()}`;
      return views.map(({ episode, states, laterMs }) => {
        const ids = { viewId: crypto.randomUUID(), sessionId, episodeId: episodeIds[episode] ?? '' };
        let atMs = NOON_MS + startMs;
        return states.map((state, index): ViewRecord => {
          atMs += laterMs[index] ?? 0;
          return {
            ...state,
            ...ids,
            seq: index + 1,
            viewer,
            startedAtMs: NOON_MS + startMs + (laterMs[0] ?? 0),
            lastReceivedAtMs: atMs,
          };
        });
      });
    });
    return { messages: told.flat().map(messageOf), views: told.flatMap((states) => states.slice(-1)) };
  });
}

export function messageOf(view: ViewRecord): BeaconMessage {
  const { viewer, notBeforeMs, botRules, dimensions, lastReceivedAtMs, startedAtMs: _, details, ...event } = view;
  const message = {
    formatVersion: 1,
    receivedAtMs: lastReceivedAtMs,
    route: 0,
    viewer,
    previousViewer: `before-${viewer}`,
    notBeforeMs,
    botRules,
    dimensions,
    events: [details === null ? event : { ...event, details }],
  };
  // As the queue carries it: what fast-check makes has no prototype, and does not travel.
  return JSON.parse(JSON.stringify(message)) as BeaconMessage;
}

const CONTEXT = { durationSeconds: DURATION_SECONDS, lowBelowPx: TALLEST_PX / 2 };

export function truthOfEpisode(views: readonly ViewRecord[], episodeId: string, segment: Segment | null): Rollup {
  return views
    .filter((view) => view.episodeId === episodeId)
    .filter(
      (view) => segment === null || segmentsOf(view).some((each) => JSON.stringify(each) === JSON.stringify(segment)),
    )
    .map((view) => contributionOf(view, CONTEXT))
    .reduce(add, emptyRollup());
}

/** Views without their curves by second, and what the order of each session's views adds. */
export function truthOfSeries(views: readonly ViewRecord[], { episodeIds }: Library): Rollup {
  const ofViews = views.map((view) => ({ ...contributionOf(view, CONTEXT), curves: {} }));
  const sessions = [...Map.groupBy(views, ({ sessionId }) => sessionId).values()].map((ofSession) =>
    contributionOfSession(
      ofSession.map((view) => ({
        view,
        position: episodeIds.indexOf(view.episodeId),
        durationSeconds: DURATION_SECONDS,
      })),
      { hasNext: (position) => position < episodeIds.length - 1 },
    ),
  );
  return [...ofViews, ...sessions].reduce(add, emptyRollup());
}
