/**
 * Folds what a media element does into what one view of one episode was.
 *
 * No clock: each event carries `atMs` of a monotonic clock. Everything is cumulative, so a beacon that is lost is
 * repaired by the next one, and the last one received is the truth.
 */
import { addInterval, type WatchedIntervals } from './intervals.ts';
import { LONGEST_TICK_SECONDS, STALL_FLOOR_MS, STALLS_PER_VIEW } from './limits.ts';

/** `hidden` may come back; `closed` is a page that was left, or a player that was taken off it. */
export const LEFT_BY = ['swipe', 'end', 'paywall', 'hidden', 'closed'] as const;
export type LeftBy = (typeof LEFT_BY)[number];

export interface Stall {
  readonly atSeconds: number;
  readonly durationMs: number;
}

export interface ViewState {
  readonly intentAtMs: number;
  /** Intent (the swipe or the tap) to the first frame presented; null until then. */
  readonly startupMs: number | null;
  readonly watched: WatchedIntervals;
  /** The same as it was played, stretch after stretch: what was played again is there again. */
  readonly plays: WatchedIntervals;
  readonly stalls: readonly Stall[];
  readonly ended: boolean;
  readonly leftBy: LeftBy | null;
  /** When the end was first reached, and when it was left. */
  readonly endedAtMs: number | null;
  readonly leftAtMs: number | null;
  /** Where the playhead was last seen moving; null while it may jump (pause, seek). */
  readonly lastSeconds: number | null;
  readonly stalledSince: { readonly atMs: number; readonly atSeconds: number } | null;
}

export type ViewEvent =
  | { readonly kind: 'first-frame'; readonly atMs: number }
  | { readonly kind: 'tick'; readonly atMs: number; readonly positionSeconds: number }
  | { readonly kind: 'waiting'; readonly atMs: number; readonly positionSeconds: number }
  | { readonly kind: 'playing'; readonly atMs: number; readonly positionSeconds: number }
  | { readonly kind: 'pause'; readonly atMs: number; readonly positionSeconds: number }
  | { readonly kind: 'seek'; readonly atMs: number }
  | { readonly kind: 'ended'; readonly atMs: number; readonly positionSeconds: number }
  | { readonly kind: 'left'; readonly atMs: number; readonly by: LeftBy }
  | { readonly kind: 'returned'; readonly atMs: number };

export function startView(intentAtMs: number): ViewState {
  return {
    intentAtMs,
    startupMs: null,
    watched: [],
    plays: [],
    stalls: [],
    ended: false,
    leftBy: null,
    endedAtMs: null,
    leftAtMs: null,
    lastSeconds: null,
    stalledSince: null,
  };
}

export function foldView(view: ViewState, event: ViewEvent): ViewState {
  switch (event.kind) {
    case 'first-frame':
      return view.startupMs === null ? { ...view, startupMs: Math.max(0, event.atMs - view.intentAtMs) } : view;
    case 'tick':
      return tick(view, event.positionSeconds);
    case 'waiting':
      // Before the first frame this is startup; after a seek it is seek latency. Neither is a stall.
      if (view.startupMs === null || view.lastSeconds === null || view.stalledSince !== null) return view;
      return {
        ...tick(view, event.positionSeconds),
        stalledSince: { atMs: event.atMs, atSeconds: event.positionSeconds },
      };
    case 'playing':
      return { ...endStall(view, event.atMs), lastSeconds: event.positionSeconds, ended: view.ended };
    case 'pause':
      return { ...tick(endStall(view, event.atMs), event.positionSeconds), lastSeconds: null };
    case 'seek':
      return { ...view, lastSeconds: null, stalledSince: null };
    case 'ended':
      return {
        ...tick(endStall(view, event.atMs), event.positionSeconds),
        lastSeconds: null,
        ended: true,
        endedAtMs: view.endedAtMs ?? event.atMs,
      };
    case 'left':
      return { ...endStall(view, event.atMs), lastSeconds: null, leftBy: event.by, leftAtMs: event.atMs };
    case 'returned':
      return { ...view, leftBy: null, leftAtMs: null, lastSeconds: null, stalledSince: null };
  }
}

function tick(view: ViewState, positionSeconds: number): ViewState {
  const from = view.lastSeconds;
  if (from === null) return { ...view, lastSeconds: positionSeconds };
  const step = positionSeconds - from;
  if (step <= 0 || step > LONGEST_TICK_SECONDS) return { ...view, lastSeconds: positionSeconds };
  return {
    ...view,
    watched: addInterval(view.watched, from, positionSeconds),
    plays: addPlay(view.plays, from, positionSeconds),
    lastSeconds: positionSeconds,
  };
}

/** Goes on with the last stretch, or begins another. */
function addPlay(plays: WatchedIntervals, from: number, to: number): WatchedIntervals {
  const last = plays.at(-1);
  return last !== undefined && last[1] === from ? [...plays.slice(0, -1), [last[0], to]] : [...plays, [from, to]];
}

function endStall(view: ViewState, atMs: number): ViewState {
  const since = view.stalledSince;
  if (since === null) return view;
  const durationMs = atMs - since.atMs;
  const kept = durationMs >= STALL_FLOOR_MS && view.stalls.length < STALLS_PER_VIEW;
  const stalls = kept ? [...view.stalls, { atSeconds: since.atSeconds, durationMs }] : view.stalls;
  return { ...view, stalls, stalledSince: null };
}
