/** "Script or buffering?": why viewers left at a drop-off, from counts and with intervals. docs/metrics.md has the method. */
import { secondsAround, type Dropoff } from './dropoffs.ts';
import { MATERIAL_SHARE, MIN_LEAVERS } from './limits.ts';
import { riskDifference, riskRatio, type Interval, type Stratum } from './mantel-haenszel.ts';
import { NETWORKS, type Exposure, type Network } from './rollup-names.ts';
import type { Rollup } from './rollup.ts';

export type Verdict = 'script' | 'buffering' | 'both' | 'neither' | 'too-few';

/** Two groups of viewer-seconds: each viewer counts in every second of the stretch that they were there for. */
export interface Comparison {
  readonly atRisk: number;
  readonly left: number;
  readonly otherAtRisk: number;
  readonly otherLeft: number;
  /** Of leaving within a second: those against the others. null where they cannot be compared. */
  readonly difference: Interval | null;
  readonly ratio: Interval | null;
  /** Of this drop-off's leavers, those who would have stayed without it. */
  readonly leavers: Interval;
}

export interface Attribution {
  readonly verdict: Verdict;
  readonly left: number;
  /** Viewers who had just stalled against those of the same network, in the same second, who had nothing. */
  readonly stall: Comparison;
  /** The same for those who saw a low rendition. */
  readonly low: Comparison;
  /** Viewers whom nothing disturbed, here against the seconds around: what the episode itself did. */
  readonly script: Comparison;
  /** Of the leavers whom any of this explains, those by buffering; null where it explains nobody. */
  readonly bufferingShare: number | null;
}

type Curves = Rollup['curves'];
type Stretch = Pick<Dropoff, 'fromSeconds' | 'toSeconds'>;
const NOBODY: Interval = { estimate: 0, low: 0, high: 0 };

/** `others` are the episode's other drop-offs: what is usual is not learnt from them. */
export function attributeDropoff(
  curves: Curves,
  dropoff: Stretch,
  others: readonly Stretch[],
  durationSeconds: number,
): Attribution {
  const { fromSeconds, toSeconds } = dropoff;
  const inside = Array.from({ length: toSeconds - fromSeconds }, (_, at) => fromSeconds + at);
  const isOther = (second: number): boolean =>
    others.some((other) => second >= other.fromSeconds - 1 && second <= other.toSeconds);
  const around = secondsAround(Math.ceil(durationSeconds), fromSeconds, toSeconds).filter((at) => !isOther(at));
  const here = totals(curves, inside);
  const stall = compareExposure(curves, 'stall', inside, around);
  const low = compareExposure(curves, 'low', inside, around);
  const script = compareScript(curves, inside, around);
  const buffering = sumOf(stall.leavers, low.leavers);
  const explained = Math.max(0, buffering.estimate) + Math.max(0, script.leavers.estimate);
  return {
    verdict: decide(here.left, buffering, script.leavers),
    left: here.left,
    stall,
    low,
    script,
    bufferingShare: explained === 0 ? null : Math.max(0, buffering.estimate) / explained,
  };
}

/** A cause is named when chance is no likely explanation of it, and when it is one of a part worth naming. */
function decide(left: number, buffering: Interval, script: Interval): Verdict {
  if (left < MIN_LEAVERS) return 'too-few';
  const isNamed = ({ estimate, low }: Interval): boolean => low > 0 && estimate >= MATERIAL_SHARE * left;
  if (isNamed(buffering)) return isNamed(script) ? 'both' : 'buffering';
  return isNamed(script) ? 'script' : 'neither';
}

function compareExposure(curves: Curves, exposure: 'stall' | 'low', inside: number[], around: number[]): Comparison {
  const here = strataOf(curves, exposure, inside);
  const comparison = compare(here);
  const leftOfBoth = comparison.left + comparison.otherLeft;
  // Those who stall may be people who leave sooner whatever happens. What it explains of the leavers elsewhere, it explains
  // here as well, and that is not what makes this a drop-off.
  const usual = usualShare(curves, exposure, around);
  if (comparison.difference === null) return { ...comparison, leavers: NOBODY };
  const leavers = less(scale(comparison.difference, comparison.atRisk), scale(usual, leftOfBoth));
  return { ...comparison, leavers: leavers.estimate > 0 ? leavers : NOBODY };
}

function usualShare(curves: Curves, exposure: 'stall' | 'low', around: number[]): Interval {
  const strata = strataOf(curves, exposure, around);
  const difference = riskDifference(strata);
  const left = sum(strata, 'exposedLeft') + sum(strata, 'otherLeft');
  if (difference === null || left === 0) return NOBODY;
  const share = scale(difference, sum(strata, 'exposedAtRisk') / left);
  return share.estimate > 0 ? share : NOBODY;
}

function compareScript(curves: Curves, inside: number[], around: number[]): Comparison {
  const strata = NETWORKS.map((network) => {
    const here = countsOf(curves, 'clear', network, inside);
    const there = countsOf(curves, 'clear', network, around);
    return stratum(here, there);
  });
  const comparison = compare(strata);
  const { atRisk } = totals(curves, inside);
  return { ...comparison, leavers: comparison.difference === null ? NOBODY : scale(comparison.difference, atRisk) };
}

function compare(strata: readonly Stratum[]): Omit<Comparison, 'leavers'> {
  return {
    atRisk: sum(strata, 'exposedAtRisk'),
    left: sum(strata, 'exposedLeft'),
    otherAtRisk: sum(strata, 'otherAtRisk'),
    otherLeft: sum(strata, 'otherLeft'),
    difference: riskDifference(strata),
    ratio: riskRatio(strata),
  };
}

/** One stratum for each second and network: within it, only what the viewer had just had is different. */
function strataOf(curves: Curves, exposure: 'stall' | 'low', seconds: readonly number[]): Stratum[] {
  return seconds.flatMap((second) =>
    NETWORKS.map((network) =>
      stratum(countsOf(curves, exposure, network, [second]), countsOf(curves, 'clear', network, [second])),
    ),
  );
}

type Counted = { readonly atRisk: number; readonly left: number };

function stratum(exposed: Counted, other: Counted): Stratum {
  return {
    exposedAtRisk: exposed.atRisk,
    exposedLeft: exposed.left,
    otherAtRisk: other.atRisk,
    otherLeft: other.left,
  };
}

function countsOf(curves: Curves, exposure: Exposure, network: Network, seconds: readonly number[]): Counted {
  const atRisk = curves[`hazard.${exposure}.${network}.atRisk`] ?? [];
  const left = curves[`hazard.${exposure}.${network}.left`] ?? [];
  const total = (curve: readonly number[]): number => seconds.reduce((all, second) => all + (curve[second] ?? 0), 0);
  return { atRisk: total(atRisk), left: total(left) };
}

function totals(curves: Curves, seconds: readonly number[]): Counted {
  const parts = (['stall', 'low', 'clear'] as const).flatMap((exposure) =>
    NETWORKS.map((network) => countsOf(curves, exposure, network, seconds)),
  );
  return parts.reduce((all, { atRisk, left }) => ({ atRisk: all.atRisk + atRisk, left: all.left + left }));
}

function sum(strata: readonly Stratum[], member: keyof Stratum): number {
  return strata.reduce((all, each) => all + each[member], 0);
}

function scale({ estimate, low, high }: Interval, factor: number): Interval {
  return { estimate: estimate * factor, low: low * factor, high: high * factor };
}

/** Of independent estimates: their distances to the bounds add as squares do. */
function sumOf(a: Interval, b: Interval): Interval {
  const estimate = a.estimate + b.estimate;
  return {
    estimate,
    low: estimate - Math.hypot(a.estimate - a.low, b.estimate - b.low),
    high: estimate + Math.hypot(a.high - a.estimate, b.high - b.estimate),
  };
}

function less(a: Interval, b: Interval): Interval {
  return sumOf(a, { estimate: -b.estimate, low: -b.high, high: -b.low });
}
