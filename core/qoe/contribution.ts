/** What one view adds to a rollup. */
import { playCurves, stallCurves } from './contribution-curves.ts';
import { hazardCurves } from './exposure.ts';
import { FAST_START_MS } from './limits.ts';
import { flagsOf } from './plausibility.ts';
import { shownOf, type Shown } from './renditions.ts';
import type { CountName, SketchName } from './rollup-names.ts';
import type { Rollup } from './rollup.ts';
import { scoreBasisPoints } from './score.ts';
import { sketchOf, type Sketch } from './sketch.ts';
import { outcomeOf, playsOf, type Outcome, type ViewRecord } from './view-record.ts';

/** What is known of the episode. A view's contribution is to be taken out with the context that it was added with. */
export interface ViewContext {
  readonly durationSeconds: number | null;
  /** A rendition of less height is a low one: half of the tallest of this version. null where none is. */
  readonly lowBelowPx: number | null;
}

export type Counts = { readonly [name in CountName]?: number };

export function contributionOf(view: ViewRecord, context: ViewContext): Rollup {
  const flags = flagsOf(view, context.durationSeconds);
  if (flags.length > 0)
    return rollup({ flagged: 1, ...Object.fromEntries(flags.map((flag) => [`flag.${flag}`, 1] as const)) });
  const outcome = outcomeOf(view);
  const common: Counts = { [`outcome.${outcome}`]: 1, ...byteCounts(view), ...paywallCounts(view) };
  if (!hasStarted(outcome)) return rollup({ ...common, ...failed(outcome) }, unlockSketch(view));
  const { counts, curves, sketches } = startedContribution(view, outcome, context);
  return rollup({ ...common, ...counts }, { ...unlockSketch(view), ...sketches }, curves);
}

export function hasStarted(outcome: Outcome): boolean {
  return outcome === 'started' || outcome === 'playback-failure';
}

/** A viewer who saw nothing had no experience worth a point; who was turned away by design, or flicked past, had none. */
function failed(outcome: Outcome): Counts {
  return { scoredViews: outcome === 'startup-failure' || outcome === 'exit-before-start' ? 1 : 0 };
}

function startedContribution(view: ViewRecord, outcome: Outcome, context: ViewContext): Rollup {
  const shown = shownOf(view, context.lowBelowPx);
  const playedMs = milliseconds(playsOf(view));
  const stallMs = view.stalls.reduce((sum, { durationMs }) => sum + Math.round(durationMs), 0);
  const percent = watchedPercent(view, context);
  const source = view.details?.startSource ?? null;
  const frames = view.details?.frames ?? null;
  const score = scoreBasisPoints({ outcome, startupMs: view.startupMs, playedMs, stallMs, shown });
  const counts: Counts = {
    completed: view.ended ? 1 : 0,
    playedMs,
    stalls: view.stalls.length,
    stallMs,
    viewsWithStall: view.stalls.length > 0 ? 1 : 0,
    instantStarts: view.startupMs !== null && view.startupMs <= FAST_START_MS ? 1 : 0,
    ...(source === null ? {} : { [`startSource.${source}`]: 1 }),
    ...(frames === null ? {} : { frames: Math.round(frames.total), droppedFrames: Math.round(frames.dropped) }),
    ...shownCounts(shown),
    ...(percent === null ? {} : { measuredViews: 1, watchedBasisPoints: Math.round(percent * 100) }),
    ...(score === null ? {} : { scoredViews: 1, scoreBasisPoints: score }),
  };
  const { durationSeconds } = context;
  const curves = {
    ...playCurves(view, durationSeconds),
    ...(view.stalls.length === 0 ? {} : stallCurves(view, durationSeconds)),
    ...hazardCurves(view, context),
  };
  const sketches = {
    ...startupSketches(view),
    ...(percent === null ? {} : { watchedPercent: sketchOf(percent) }),
  };
  return { counts, curves, sketches };
}

function shownCounts(shown: Shown | null): Counts {
  if (shown === null) return {};
  const { shownMs, shownKilobits, lowMs, upshifts, downshifts } = shown;
  return { shownMs, shownKilobits, lowMs, upshifts, downshifts };
}

function byteCounts({ details }: ViewRecord): Counts {
  if (details === null) return {};
  return { fetchedBytes: Math.round(details.bytes.fetched), unwatchedBytes: Math.round(details.bytes.unwatched) };
}

function paywallCounts({ details }: ViewRecord): Counts {
  if (details?.paywallShown !== true) return {};
  const method = details.offerTaken ?? null;
  return method === null ? { paywalls: 1 } : { paywalls: 1, unlocks: 1, [`unlocks.${method}`]: 1 };
}

function unlockSketch({ details }: ViewRecord): Rollup['sketches'] {
  return details === null || details.unlockMs === null ? {} : { unlockMs: sketchOf(details.unlockMs) };
}

/** What the page opened with is a start of its own kind: a swipe has a player and bytes ready, a page has neither. */
function startupSketches({ startupMs, details }: ViewRecord): { readonly [name in SketchName]?: Sketch } {
  if (startupMs === null) return {};
  const isSwipe = (details?.place?.index ?? 0) > 0;
  return { startupMs: sketchOf(startupMs), ...(isSwipe ? { swipeMs: sketchOf(startupMs) } : {}) };
}

/** From whole milliseconds, so that half of a hundredth of a percent is one and is rounded up wherever it was watched. */
function watchedPercent({ watched }: ViewRecord, { durationSeconds }: ViewContext): number | null {
  return durationSeconds === null ? null : Math.min(100, milliseconds(watched) / (10 * durationSeconds));
}

function milliseconds(stretches: ViewRecord['watched']): number {
  return stretches.reduce((sum, [from, to]) => sum + Math.round((to - from) * 1_000), 0);
}

/** Zeros are not kept. */
export function rollup(counts: Counts, sketches: Rollup['sketches'] = {}, curves: Rollup['curves'] = {}): Rollup {
  const kept: { -readonly [name in CountName]?: number } = {};
  for (const [name, count] of Object.entries(counts)) if (count !== 0) kept[name as CountName] = count;
  return { counts: kept, curves, sketches };
}
