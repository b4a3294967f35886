import { curve } from './contribution-curves.ts';
/** What the order of a session's views adds to the rollup of its series. */
import { hasStarted, rollup } from './contribution.ts';
import { watchedSeconds } from './intervals.ts';
import { HOLD_MS, HOLD_PLAYED_SECONDS } from './limits.ts';
import { flagsOf } from './plausibility.ts';
import { emptyRollup, type Rollup } from './rollup.ts';
import { sketchOf } from './sketch.ts';
import { outcomeOf, type ViewRecord } from './view-record.ts';

/** One view of a session, with the place of its episode in the series. */
export interface SessionView {
  readonly view: ViewRecord;
  /** From 0, in the order of the series. */
  readonly position: number;
  readonly durationSeconds: number | null;
}

export interface SessionContext {
  /** Episodes that can be gone on to from this one: there is a next, and it is out. */
  readonly hasNext: (position: number) => boolean;
}

/**
 * All of a session's views of one series, in any order; the session's contribution is taken out and added anew when one of
 * them changes. Views that are flagged are not there, those that never started only as what a paywall turned away.
 */
export function contributionOfSession(views: readonly SessionView[], { hasNext }: SessionContext): Rollup {
  const counted = views
    .filter(({ view, durationSeconds }) => flagsOf(view, durationSeconds).length === 0)
    .toSorted((a, b) => placeOf(a) - placeOf(b) || (a.view.viewId < b.view.viewId ? -1 : 1));
  if (counted.length === 0) return emptyRollup();
  const started = counted.filter(({ view }) => hasStarted(outcomeOf(view)));
  const positions = new Set(started.map(({ position }) => position));
  const unlocked = positionsWhere(counted, ({ view }) => view.details?.offerTaken != null);
  const stopped = positionsWhere(counted, ({ view }) => view.details?.paywallShown === true);
  const liftable = unlocked.filter(hasNext);
  const candidates = [...positions].filter(hasNext);
  const wentOn = candidates.filter((position) => positions.has(position + 1));
  const ends = started.filter(({ view, position }) => hasNext(position) && view.details?.place?.endedMs != null);
  // By place: a session may have a thousand views, and each end with each of them would be a million pairs.
  const startedAt = Map.groupBy(started, ({ position }) => position);
  const held = ends.filter((end) => startedAt.get(end.position + 1)?.some((next) => isHeld(end, next)) === true);
  const counts = {
    sessions: 1,
    aheadBytes: Math.round(counted.at(-1)?.view.details?.bytes.ahead ?? 0),
    starts: positions.size,
    nextCandidates: candidates.length,
    nextStarted: wentOn.length,
    holdCandidates: ends.length,
    held: held.length,
  };
  return {
    ...rollup(counts, positions.size === 0 ? {} : { bingeDepth: sketchOf(positions.size) }),
    curves: {
      ...at('startedAt', [...positions]),
      ...at('nextCandidatesAt', candidates),
      ...at('wentOnFrom', wentOn),
      ...at('paywallAt', stopped),
      ...at('unlockedAt', unlocked),
      ...at('liftCandidatesAt', liftable),
      ...at(
        'wentOnAfterUnlock',
        liftable.filter((position) => positions.has(position + 1)),
      ),
      ...at('sessionsByDepth', positions.size === 0 ? [] : [positions.size]),
      ...reach([...positions], hasNext),
    },
  };
}

/** Where it came in, how far it went, and whether there was more to go on to. */
function reach(positions: number[], hasNext: (position: number) => boolean): Rollup['curves'] {
  if (positions.length === 0) return {};
  const furthest = Math.max(...positions);
  return {
    ...at('enteredAt', [Math.min(...positions)]),
    ...at('furthestAt', [furthest]),
    ...(hasNext(furthest) ? {} : at('finishedAt', [furthest])),
  };
}

/** The next one was gone on to in time, and somebody was there: with auto-play the next one begins for an empty chair as well. */
function isHeld(end: SessionView, next: SessionView): boolean {
  const endedMs = end.view.details?.place?.endedMs ?? null;
  const place = next.view.details?.place ?? null;
  if (endedMs === null || place === null) return false;
  const isSoon = place.intentMs >= endedMs && place.intentMs <= endedMs + HOLD_MS;
  return isSoon && watchedSeconds(next.view.watched) >= HOLD_PLAYED_SECONDS;
}

/** By the player's own count; players that do not tell come in the order in which we heard of them. */
function placeOf({ view }: SessionView): number {
  return view.details?.place?.index ?? view.startedAtMs;
}

function positionsWhere(views: readonly SessionView[], isSo: (view: SessionView) => boolean): number[] {
  return [...new Set(views.filter(isSo).map(({ position }) => position))];
}

function at<Name extends string>(name: Name, positions: readonly number[]): { [name in Name]?: number[] } {
  const counts = Array.from({ length: Math.max(-1, ...positions) + 1 }, () => 0);
  for (const position of positions) counts[position] = 1;
  return curve(name, counts);
}
