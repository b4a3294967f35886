import { BOUNDARY_TOLERANCE_SECONDS } from '../playlist/segments.ts';
import type { Decision } from './decide.ts';

/**
 * The preview that a policy gives to anyone, for a viewer who may have paid for more while that cannot be read. Nothing
 * is offered for sale that the viewer may own.
 */
export type UnavailablePreview = Omit<Extract<Decision, { access: 'preview' }>, 'basis'> & {
  readonly basis: 'unavailable';
};

/** A decision that lets something play. */
export type OpenDecision = Extract<Decision, { access: 'full' | 'preview' }> | UnavailablePreview;

/** What of a version the decision opens: the numbers that go into a media pass. */
export interface PlaybackPlan {
  readonly renditionMask: number;
  readonly segmentCount: number;
  readonly playableSeconds: number;
}

/** A published version as the plan sees it; `heights[i]` is that of Rendition `v{i}`. */
export interface PlayableVersion {
  readonly heights: readonly number[];
  readonly segmentDurationsSeconds: readonly number[];
}

/** Opens the poster and nothing else. */
export const IMAGES_ONLY: PlaybackPlan = { renditionMask: 0, segmentCount: 0, playableSeconds: 0 };

/** A token's own cap (`maxHeight` of the claims) narrows the decision's. */
export function planPlayback(
  decision: OpenDecision,
  version: PlayableVersion,
  tokenMaxHeight: number | null,
): PlaybackPlan {
  const renditionMask = maskUnderHeight(version.heights, decision.maxHeight, tokenMaxHeight);
  const segmentCount =
    decision.access === 'full'
      ? version.segmentDurationsSeconds.length
      : previewSegmentCount(version.segmentDurationsSeconds, decision.previewSeconds);
  const playableSeconds = sum(version.segmentDurationsSeconds.slice(0, segmentCount));
  return { renditionMask, segmentCount, playableSeconds };
}

/**
 * How many segments a preview of so many seconds shows: up to the last boundary that is not past them, at least one.
 * A preview never shows more than the policy says; the transcoder puts a boundary where the policy's second is.
 */
export function previewSegmentCount(segmentDurationsSeconds: readonly number[], previewSeconds: number): number {
  let end = 0;
  let count = 0;
  for (const duration of segmentDurationsSeconds) {
    end += duration;
    if (end > previewSeconds + BOUNDARY_TOLERANCE_SECONDS) break;
    count++;
  }
  return Math.max(1, count);
}

/** A cap below the smallest Rendition leaves that one: a cap limits quality, it does not lock. */
function maskUnderHeight(heights: readonly number[], ...caps: readonly (number | null)[]): number {
  const cap = Math.min(...caps.map((value) => value ?? Number.POSITIVE_INFINITY));
  let mask = 0;
  let lowest = 0;
  for (const [index, height] of heights.entries()) {
    if (height <= cap) mask += 2 ** index;
    if (height < (heights[lowest] ?? height)) lowest = index;
  }
  return mask === 0 ? 2 ** lowest : mask;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
