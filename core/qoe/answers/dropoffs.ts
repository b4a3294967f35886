/** What `…/dropoffs` answers: where more left than usual, and why. */
import { wordsOf } from '../cause-words.ts';
import { attributeDropoff, type Comparison, type Verdict } from '../cause.ts';
import { findDropoffs, leavingBySecond } from '../dropoffs.ts';
import type { Rollup } from '../rollup.ts';

export interface DropoffAnswer {
  readonly fromSeconds: number;
  readonly toSeconds: number;
  readonly atRisk: number;
  readonly left: number;
  readonly expected: number;
  readonly verdict: Verdict;
  readonly bufferingShare: number | null;
  /** Not in what is shared: the words count people, and so do the parts. */
  readonly words?: string;
  readonly stall?: Comparison;
  readonly low?: Comparison;
  readonly script?: Comparison;
}

/** In the order of the episode. */
export function dropoffsAnswer(rollup: Rollup, durationSeconds: number, isShared: boolean): DropoffAnswer[] {
  const dropoffs = findDropoffs(leavingBySecond(rollup, durationSeconds));
  return dropoffs.map((dropoff) => {
    const others = dropoffs.filter((other) => other !== dropoff);
    const attribution = attributeDropoff(rollup.curves, dropoff, others, durationSeconds);
    const { verdict, bufferingShare, stall, low, script } = attribution;
    const told = { ...dropoff, verdict, bufferingShare };
    return isShared ? told : { ...told, words: wordsOf(attribution), stall, low, script };
  });
}
