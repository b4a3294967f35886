/** What a view's player sends: the events of its element, folded as player/view-tracker.ts folds them. */
import { toViewEventWire, type ViewEventWire } from '../../core/qoe/beacon-wire.ts';
import { PLAYS_PER_VIEW, type ViewDetailsWire } from '../../core/qoe/details.ts';
import { foldView, startView, type ViewEvent, type ViewState } from '../../core/qoe/view.ts';
import type { Counters, Happening, SimSession, SimView } from './happenings.ts';

/** A tick comes 4 times a second; once is enough here, as what is between two of them counts as played. */
const TICK_HUNDREDTHS = 100;

/** One beacon of a view, and how much of what happened it tells. */
export interface Told {
  readonly event: ViewEventWire;
  readonly happenings: readonly Happening[];
}

export function tellView({ sessionId, person }: SimSession, sim: SimView): Told[] {
  const identity = { viewId: sim.viewId, sessionId, episodeId: sim.episode.id };
  const told: Told[] = [];
  let view = startView(sim.intentMs);
  let details: ViewDetailsWire = NOTHING_YET;
  for (const [index, happening] of sim.happenings.entries()) {
    for (const event of eventsOf(happening)) view = foldView(view, event);
    details = withDetail(details, happening);
    if (happening.kind !== 'told') continue;
    const wire = person.tellsDetails ? detailsWire(details, happening.counters, view, sim) : null;
    told.push({
      event: toViewEventWire(identity, told.length + 1, view, wire),
      happenings: sim.happenings.slice(0, index + 1),
    });
  }
  return told;
}

function eventsOf(happening: Happening): ViewEvent[] {
  switch (happening.kind) {
    case 'first-frame':
      return [{ kind: 'first-frame', atMs: happening.ms }];
    case 'played':
      return playedEvents(happening);
    case 'waited': {
      const positionSeconds = happening.at / 100;
      const waiting = { kind: 'waiting', atMs: happening.ms - happening.durationMs, positionSeconds } as const;
      return happening.isOver ? [waiting, { kind: 'playing', atMs: happening.ms, positionSeconds }] : [waiting];
    }
    case 'paused':
      return [{ kind: 'pause', atMs: happening.ms, positionSeconds: happening.at / 100 }];
    case 'sought':
      return [{ kind: 'seek', atMs: happening.ms }];
    case 'ended':
      return [{ kind: 'ended', atMs: happening.ms, positionSeconds: happening.at / 100 }];
    case 'left':
      return [{ kind: 'left', atMs: happening.ms, by: happening.by }];
    case 'returned':
      return [{ kind: 'returned', atMs: happening.ms }];
    case 'shown':
    case 'muted':
    case 'paywall':
    case 'took':
    case 'unlocked':
    case 'failed':
    case 'told':
      return [];
  }
}

function playedEvents({ ms, from, to }: Happening & { readonly kind: 'played' }): ViewEvent[] {
  const at = (hundredths: number) => ({ atMs: ms - (to - hundredths) * 10, positionSeconds: hundredths / 100 });
  const events: ViewEvent[] = [{ kind: 'playing', ...at(from) }];
  for (let next = from + TICK_HUNDREDTHS; next < to; next += TICK_HUNDREDTHS)
    events.push({ kind: 'tick', ...at(next) });
  return [...events, { kind: 'tick', ...at(to) }];
}

const NOTHING_YET: ViewDetailsWire = {
  startSource: null,
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
};

function withDetail(details: ViewDetailsWire, happening: Happening): ViewDetailsWire {
  switch (happening.kind) {
    case 'first-frame':
      return { ...details, startSource: happening.source };
    case 'shown': {
      const { at, bandwidthBps, heightPx } = happening;
      return { ...details, renditions: [...details.renditions, { atSeconds: at / 100, bandwidthBps, heightPx }] };
    }
    case 'sought': {
      const seek = { fromSeconds: happening.from / 100, toSeconds: happening.to / 100 };
      return { ...details, seeks: [...details.seeks, seek].slice(0, 40) };
    }
    case 'muted':
      return { ...details, muted: !details.muted, muteChanges: details.muteChanges + 1 };
    case 'paywall':
      return { ...details, paywallShown: true };
    case 'took':
      return { ...details, offerTaken: happening.method };
    case 'unlocked':
      return { ...details, unlockMs: happening.unlockMs };
    case 'failed':
      return { ...details, error: happening.error };
    case 'played':
    case 'waited':
    case 'paused':
    case 'ended':
    case 'left':
    case 'returned':
    case 'told':
      return details;
  }
}

function detailsWire(details: ViewDetailsWire, counters: Counters, view: ViewState, sim: SimView): ViewDetailsWire {
  const { fetched, unwatched, ahead, bandwidthBps, frames } = counters;
  const plays = view.plays.map(([from, to]) => [round(from), round(to)] as const);
  return {
    ...details,
    bytes: { fetched, unwatched, ahead },
    bandwidthBps,
    // No element, no frames to count.
    frames: view.startupMs === null ? null : frames,
    plays: plays.length > PLAYS_PER_VIEW ? null : plays,
    place: { index: sim.index, intentMs: sim.intentMs, endedMs: view.endedAtMs, leftMs: view.leftAtMs },
  };
}

function round(seconds: number): number {
  return Math.round(seconds * 100) / 100;
}
