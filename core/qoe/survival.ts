import { PRIOR_VIEWS, SURVIVAL_SECONDS } from './limits.ts';
import type { Rollup } from './rollup.ts';

/** How many views ended alike. */
export interface Exits {
  /** The second in which they left; of those that were not seen leaving, how many seconds they are known to have stayed. */
  readonly second: number;
  /**
   * Left by a swipe: that is what preloading has to fear. The end of the episode or of its preview, a paywall, a page that
   * was hidden and a last beacon that never came say only that the viewer stayed so long.
   */
  readonly hasLeft: boolean;
  readonly views: number;
}

/** A rollup's own counts of how its views ended. */
export function exitsOf({ curves }: Pick<Rollup, 'curves'>): Exits[] {
  const of = (counts: readonly number[] = [], hasLeft: boolean): Exits[] =>
    counts.map((views, second) => ({ second, hasLeft, views })).filter(({ views }) => views > 0);
  return [...of(curves.leftAt, true), ...of(curves.stayedUntil, false)];
}

/**
 * Kaplan and Meier's estimate of leaving, second by second: of those that were still there and seen, the share that left in
 * it. With few of them it is drawn towards `prior`, as if PRIOR_VIEWS more had done as that says.
 *
 * @see Kaplan, Meier: Nonparametric Estimation from Incomplete Observations (1958); notes/playback.md 5.2
 */
export function leavingShares(exits: readonly Exits[], prior: readonly number[] | null): number[] {
  const weight = prior === null ? 0 : PRIOR_VIEWS;
  return Array.from({ length: SURVIVAL_SECONDS }, (_, second) => {
    let there = weight;
    let left = weight * (prior?.[second] ?? 0);
    for (const exit of exits) {
      if (exit.second > second || (exit.hasLeft && exit.second === second)) there += exit.views;
      if (exit.hasLeft && exit.second === second) left += exit.views;
    }
    return there === 0 ? 0 : left / there;
  });
}

/** The share that is still there when a second begins, as a byte each; 255 is all of them. */
export function survivalBytes(leaving: readonly number[], durationSeconds: number): Uint8Array {
  const bytes = new Uint8Array(Math.min(leaving.length, Math.ceil(durationSeconds)));
  let share = 1;
  for (const second of bytes.keys()) {
    bytes[second] = Math.round(share * 255);
    share *= 1 - (leaving[second] ?? 0);
  }
  return bytes;
}

export function countViews(exits: readonly Exits[]): number {
  return exits.reduce((sum, { views }) => sum + views, 0);
}
