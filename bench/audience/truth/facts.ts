/**
 * What was so in one view, from what happened in it and was told: by the words of docs/metrics.md and by nothing of
 * core/qoe, in whole numbers, so that there is something to compare core/qoe with.
 */
import type { Counters, Happening, SimSession, SimView } from '../happenings.ts';
import { LOW_BELOW_PX, type SimEpisode } from '../library.ts';
import type { Person } from '../people.ts';
import { coveredBy, totalOf, type Stretch } from './stretches.ts';

/** A view as it was delivered: what its newest delivered beacon tells. */
export interface DeliveredView {
  readonly session: SimSession;
  readonly view: SimView;
  readonly happenings: readonly Happening[];
  /** By the server's clock, since the viewer's token was issued. */
  readonly elapsedMs: number;
}

export type Became =
  | 'flagged'
  | 'started'
  | 'playback-failure'
  | 'business-exception'
  | 'startup-failure'
  | 'pending'
  | 'flick'
  | 'exit-before-start';

export interface Facts {
  readonly person: Person;
  /** As whom, and as of which visit, it may be counted. */
  readonly viewer: string;
  readonly sessionId: string;
  readonly episode: SimEpisode;
  readonly became: Became;
  /** In the visit; null where the player does not tell. */
  readonly place: { readonly index: number; readonly intentMs: number; readonly endedMs: number | null } | null;
  readonly startupMs: number | null;
  /** Hundredths of a second. */
  readonly watched: readonly Stretch[];
  readonly plays: readonly Stretch[];
  readonly furthest: number;
  readonly playedMs: number;
  readonly watchedHundredths: number;
  readonly stalls: readonly { readonly at: number; readonly durationMs: number }[];
  readonly reachedEnd: boolean;
  readonly leftBySwipe: boolean;
  readonly shown: readonly Shown[];
  readonly paywall: boolean;
  readonly took: string | null;
  readonly unlockMs: number | null;
  readonly counters: Counters | null;
}

/** A rendition, and of what was watched the hundredths that it was on the screen. */
export interface Shown {
  readonly at: number;
  readonly heightPx: number;
  readonly bandwidthBps: number;
  readonly hundredths: number;
}

type Of<Kind extends Happening['kind']> = Happening & { readonly kind: Kind };

export function factsOf({ session, view, happenings, elapsedMs }: DeliveredView): Facts {
  const { person } = session;
  const tells = person.tellsDetails;
  const of = <Kind extends Happening['kind']>(kind: Kind): Of<Kind>[] =>
    happenings.filter((each): each is Of<Kind> => each.kind === kind);
  const played = of('played').map(({ from, to }): Stretch => [from, to]);
  const watched = coveredBy(played);
  const plays = tells && stretchesOf(happenings).length <= 60 ? played : watched;
  const firstFrame = of('first-frame')[0];
  const left = happenings.findLast((each) => each.kind === 'left' || each.kind === 'returned');
  const facts = {
    person,
    ...identityOf(session, view),
    episode: view.episode,
    place:
      tells && person.consent !== 'none'
        ? { index: view.index, intentMs: view.intentMs, endedMs: of('ended')[0]?.ms ?? null }
        : null,
    startupMs: firstFrame === undefined ? null : firstFrame.ms - view.intentMs,
    watched,
    plays,
    furthest: Math.max(0, ...watched.map(([, to]) => to)),
    playedMs: totalOf(plays) * 10,
    watchedHundredths: totalOf(watched),
    stalls: stallsOf(happenings),
    reachedEnd: of('ended').length > 0,
    leftBySwipe: left?.kind === 'left' && left.by === 'swipe',
    shown: tells ? shownOf(of('shown'), watched) : [],
    paywall: tells && of('paywall').length > 0,
    took: tells ? (of('took').at(-1)?.method ?? null) : null,
    unlockMs: tells ? (of('unlocked').at(-1)?.unlockMs ?? null) : null,
    counters: tells ? countersOf(person, of('told').at(-1)?.counters ?? null) : null,
  };
  const hasFailed = tells && of('failed').length > 0;
  const waitedMs = facts.place !== null && left?.kind === 'left' ? left.ms - view.intentMs : null;
  const by = left?.kind === 'left' ? left.by : null;
  return { ...facts, became: becameOf({ ...facts, elapsedMs, hasFailed, waitedMs, by }) };
}

/** Without consent for analytics nobody is known for longer than a visit, and without any not for longer than a view. */
function identityOf({ sessionId, person }: SimSession, { viewId }: SimView): Pick<Facts, 'viewer' | 'sessionId'> {
  if (person.consent === 'analytics') return { viewer: person.viewerId, sessionId };
  return person.consent === 'essential' ? { viewer: sessionId, sessionId } : { viewer: viewId, sessionId: viewId };
}

/** What a visit fetched ahead is nobody's where there is no visit. */
function countersOf({ consent }: Person, counters: Counters | null): Counters | null {
  return counters === null || consent !== 'none' ? counters : { ...counters, ahead: 0 };
}

interface Asked extends Omit<Facts, 'became'> {
  readonly elapsedMs: number;
  readonly hasFailed: boolean;
  readonly waitedMs: number | null;
  readonly by: string | null;
}

/** The table "What is counted, and what is not", row by row. */
function becameOf(asked: Asked): Became {
  const { episode, furthest, playedMs, stalls, startupMs, elapsedMs, watched, by, waitedMs } = asked;
  const stalledMs = stalls.reduce((sum, { durationMs }) => sum + durationMs, startupMs ?? 0);
  const isPastTheEnd = furthest > episode.durationSeconds * 100 + 200;
  if (asked.person.device.isBot || isPastTheEnd || playedMs > 2.5 * elapsedMs || stalledMs > elapsedMs)
    return 'flagged';
  const hasPlayed = startupMs !== null || watched.length > 0;
  if (hasPlayed) return asked.hasFailed ? 'playback-failure' : 'started';
  if (asked.paywall || by === 'paywall') return 'business-exception';
  if (asked.hasFailed) return 'startup-failure';
  if (by === null) return 'pending';
  return waitedMs !== null && waitedMs < 500 ? 'flick' : 'exit-before-start';
}

/** Playback that was to go on and did not for 50 ms or more: after a seek it had not yet begun to. */
function stallsOf(happenings: readonly Happening[]): Facts['stalls'] {
  const stalls: { at: number; durationMs: number }[] = [];
  let isPlaying = false;
  for (const each of happenings) {
    if (each.kind === 'played') isPlaying = true;
    else if (['sought', 'paused', 'ended', 'left', 'returned'].includes(each.kind)) isPlaying = false;
    else if (each.kind === 'waited' && isPlaying && each.durationMs >= 50)
      stalls.push({ at: each.at, durationMs: each.durationMs });
  }
  return stalls;
}

/** What was played without a jump is one stretch. */
function stretchesOf(happenings: readonly Happening[]): Stretch[] {
  const stretches: Stretch[] = [];
  for (const each of happenings) {
    if (each.kind !== 'played') continue;
    const last = stretches.at(-1);
    if (last !== undefined && last[1] === each.from) stretches[stretches.length - 1] = [last[0], each.to];
    else stretches.push([each.from, each.to]);
  }
  return stretches;
}

/** Where something was shown in two renditions, it is the later one's: position by position. */
function shownOf(told: readonly Of<'shown'>[], watched: readonly Stretch[]): Shown[] {
  const hundredths = told.map(() => 0);
  for (const [from, to] of watched)
    for (let at = from; at < to; at += 10) {
      const index = told.findLastIndex((each) => each.at <= at);
      if (index >= 0) hundredths[index] = (hundredths[index] ?? 0) + 10;
    }
  return told.map(({ at, heightPx, bandwidthBps }, index) => ({
    at,
    heightPx,
    bandwidthBps,
    hundredths: hundredths[index] ?? 0,
  }));
}

export function isLow({ heightPx }: Pick<Shown, 'heightPx'>): boolean {
  return heightPx < LOW_BELOW_PX;
}

export function hasStarted({ became }: Facts): boolean {
  return became === 'started' || became === 'playback-failure';
}
