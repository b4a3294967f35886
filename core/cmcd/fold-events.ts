/**
 * What a view was, from the CMCD events of a player that is not ours. Without [pt] the playhead is reckoned from the time
 * that it played, from 0 on; after a seek it is not known where, until a [pt] says so, and what is played then counts nowhere.
 */
import type { ViewEventWire, ViewIdentity } from '../qoe/beacon-wire.ts';
import { PLAYS_PER_VIEW, RENDITIONS_PER_VIEW, type RenditionShown } from '../qoe/details.ts';
import { addInterval, type WatchedIntervals } from '../qoe/intervals.ts';
import { STALL_FLOOR_MS, STALLS_PER_VIEW } from '../qoe/limits.ts';
import type { LeftBy, Stall } from '../qoe/view.ts';
import type { CmcdEvent, CmcdPlayerState } from './event.ts';

/** Two of the intervals in which players report by default: who is silent longer was not heard to play. */
const LONGEST_SILENCE_MS = 60_000;
/** Positions that differ by more than this from what was reckoned are jumps. */
const JUMP_SECONDS = 1.5;

interface Reckoning {
  readonly atMs: number;
  readonly state: CmcdPlayerState | null;
  readonly rate: number;
  /** null: somewhere else than before. */
  readonly seconds: number | null;
  readonly startingAtMs: number | null;
  readonly startupMs: number | null;
  readonly stalledAtMs: number | null;
  readonly plays: WatchedIntervals;
  readonly stalls: readonly Stall[];
  readonly renditions: readonly RenditionShown[];
  readonly bandwidthBps: number | null;
  readonly ended: boolean;
  readonly leftBy: LeftBy | null;
  readonly error: string | null;
}

/** What was only fetched ahead was not looked at: no view yet. */
export function isCmcdView(events: readonly CmcdEvent[]): boolean {
  return events.some(({ state = 'd' }) => state !== 'd');
}

/** `events` in the order in which they happened. More of them have a higher `seq`, so the newest set wins. */
export function foldCmcdEvents(identity: ViewIdentity, events: readonly CmcdEvent[]): ViewEventWire {
  const hasStates = events.some(({ state }) => state === 'r');
  const view = events.reduce((before, event) => fold(before, event, hasStates), begin(events[0]?.atMs ?? 0));
  const watched = view.plays.reduce<WatchedIntervals>((all, [from, to]) => addInterval(all, from, to), []);
  return {
    ...identity,
    seq: events.length,
    watched: watched.map(([from, to]) => [round(from), round(to)] as const),
    startupMs: view.startupMs,
    stalls: view.stalls,
    ended: view.ended,
    leftBy: view.leftBy,
    details: {
      startSource: null,
      renditions: view.renditions,
      seeks: [],
      frames: null,
      bytes: { fetched: 0, unwatched: 0, ahead: 0 },
      bandwidthBps: view.bandwidthBps,
      muted: false,
      muteChanges: 0,
      paywallShown: false,
      unlockMs: null,
      error: view.error,
      plays:
        view.plays.length > PLAYS_PER_VIEW ? null : view.plays.map(([from, to]) => [round(from), round(to)] as const),
      place: null,
    },
  };
}

function begin(atMs: number): Reckoning {
  return {
    atMs,
    state: null,
    rate: 1,
    seconds: 0,
    startingAtMs: null,
    startupMs: null,
    stalledAtMs: null,
    plays: [],
    stalls: [],
    renditions: [],
    bandwidthBps: null,
    ended: false,
    leftBy: null,
    error: null,
  };
}

function fold(before: Reckoning, event: CmcdEvent, hasStates: boolean): Reckoning {
  const moved = move(before, event);
  const told = hasStates ? moved : { ...moved, stalls: starved(moved, event) };
  const startupMs = told.startupMs ?? event.startDelayMs ?? null;
  return enter(shown({ ...told, startupMs }, event), event);
}

/** What was played since the event before. */
function move(before: Reckoning, { atMs, positionMs, rate }: CmcdEvent): Reckoning {
  const elapsedSeconds = Math.min(Math.max(0, atMs - before.atMs), LONGEST_SILENCE_MS) / 1_000;
  const from = before.seconds;
  const reckoned = before.state === 'p' && from !== null ? from + elapsedSeconds * before.rate : from;
  const told = positionMs === undefined ? null : positionMs / 1_000;
  const isJump = told !== null && (reckoned === null || Math.abs(told - reckoned) > JUMP_SECONDS);
  const to = told === null || isJump ? reckoned : told;
  const hasPlayed = before.state === 'p' && from !== null && to !== null && to > from;
  return {
    ...before,
    atMs,
    rate: rate === undefined || rate <= 0 ? before.rate : rate,
    seconds: told ?? reckoned,
    plays: hasPlayed ? addPlay(before.plays, from, to) : before.plays,
  };
}

/** Stretches that follow on each other are one. */
function addPlay(plays: WatchedIntervals, from: number, to: number): WatchedIntervals {
  const last = plays.at(-1);
  return last !== undefined && last[1] === from ? [...plays.slice(0, -1), [last[0], to]] : [...plays, [from, to]];
}

/** Of players that tell how long they starved, and not when. */
function starved({ stalls, seconds }: Reckoning, { starvedMs = [] }: CmcdEvent): readonly Stall[] {
  const more = starvedMs.filter((ms) => ms >= STALL_FLOOR_MS).map((durationMs) => stallAt(seconds, durationMs));
  return [...stalls, ...more].slice(0, STALLS_PER_VIEW);
}

function stallAt(seconds: number | null, durationMs: number): Stall {
  return { atSeconds: round(seconds ?? 0), durationMs };
}

function shown(view: Reckoning, { bitrateKbps, throughputKbps }: CmcdEvent): Reckoning {
  const bandwidthBps = throughputKbps === undefined ? view.bandwidthBps : throughputKbps * 1_000;
  const bps = bitrateKbps === undefined ? null : bitrateKbps * 1_000;
  if (bps === null || view.renditions.at(-1)?.bandwidthBps === bps || view.renditions.length >= RENDITIONS_PER_VIEW)
    return { ...view, bandwidthBps };
  const rendition = { atSeconds: round(view.seconds ?? 0), bandwidthBps: bps, heightPx: null };
  return { ...view, bandwidthBps, renditions: [...view.renditions, rendition] };
}

function enter(view: Reckoning, { atMs, state, error, positionMs }: CmcdEvent): Reckoning {
  const failed = error === undefined ? view : { ...view, error: view.error ?? error };
  if (state === undefined || state === view.state) return failed;
  const next = { ...failed, state };
  switch (state) {
    case 's':
      return { ...next, startingAtMs: view.startingAtMs ?? atMs };
    case 'p':
      return { ...playing(next, atMs), leftBy: null };
    case 'r':
      return view.plays.length === 0 && view.startupMs === null
        ? next
        : { ...next, stalledAtMs: view.stalledAtMs ?? atMs };
    case 'k':
      // The wait that follows is the seek's. A seek from the end is the one to the start: it is played again.
      return { ...next, stalledAtMs: null, seconds: secondsAfterSeek(view, positionMs) };
    case 'a':
      return endStall(next, atMs);
    case 'e':
      return { ...endStall(next, atMs), ended: true, leftBy: 'end' };
    case 'q':
      return { ...endStall(next, atMs), leftBy: 'swipe' };
    case 'f':
      return { ...next, error: next.error ?? 'fatal' };
    case 'd':
      return next;
  }
}

function playing(view: Reckoning, atMs: number): Reckoning {
  const startupMs = view.startupMs ?? (view.startingAtMs === null ? null : atMs - view.startingAtMs);
  return { ...endStall(view, atMs), startupMs };
}

function secondsAfterSeek({ state, seconds }: Reckoning, positionMs: number | undefined): number | null {
  if (positionMs !== undefined) return seconds;
  return state === 'e' ? 0 : null;
}

function endStall(view: Reckoning, atMs: number): Reckoning {
  if (view.stalledAtMs === null) return view;
  const durationMs = atMs - view.stalledAtMs;
  const isStall = durationMs >= STALL_FLOOR_MS && view.stalls.length < STALLS_PER_VIEW;
  const stalls = isStall ? [...view.stalls, stallAt(view.seconds, durationMs)] : view.stalls;
  return { ...view, stalledAtMs: null, stalls };
}

function round(seconds: number): number {
  return Math.round(seconds * 100) / 100;
}
