/**
 * A viewer, a link and a policy. The link carries one segment at a time; the viewer leaves each episode at a second that
 * was drawn before, and does not lose patience while it stalls, as in the MM'22 short-video challenge (arXiv 2206.09839).
 */
import type { SimSession } from './audience.ts';
import { transferEnd, transferred } from './link.ts';
import { fetchedSeconds, type SimPolicy, WINDOW } from './policy.ts';
import { addUp, type Outcome, type PlayedEpisode } from './score.ts';

interface InFlight {
  readonly view: number;
  readonly startSeconds: number;
  readonly bytes: number;
}

export function simulate({ views, seenCount }: SimSession, trace: readonly number[], policy: SimPolicy): Outcome {
  const played: PlayedEpisode[] = views.map((view) => ({ view, rungs: [], abortedBytes: 0 }));
  const ratesBps: number[] = [];
  let [current, playheadSeconds, nowSeconds, stallSeconds] = [0, 0, 0, 0];

  /** Plays until then; false as soon as a swipe has ended the transfer, or the session. */
  const playUntil = (untilSeconds: number, inFlight: InFlight | null): boolean => {
    while (nowSeconds < untilSeconds && current < seenCount) {
      const at = played[current];
      if (at === undefined) return false;
      const buffered = fetchedSeconds({ episode: at.view.episode, rungs: at.rungs }) - playheadSeconds;
      const untilSwipe = at.view.leavesAtSeconds - playheadSeconds;
      const step = Math.min(untilSeconds - nowSeconds, Math.max(0, buffered), untilSwipe);
      playheadSeconds += step;
      nowSeconds += step;
      if (step === untilSwipe) {
        const item = inFlight === null ? null : inFlight.view - current;
        [current, playheadSeconds] = [current + 1, 0];
        if (item !== null && policy.abortsOnSwipe(item)) return false;
      } else if (nowSeconds < untilSeconds) {
        stallSeconds += untilSeconds - nowSeconds;
        nowSeconds = untilSeconds;
      }
    }
    return current < seenCount;
  };

  while (current < seenCount) {
    const window = played.slice(current, current + WINDOW).map(({ view, rungs }) => ({ episode: view.episode, rungs }));
    const [first] = window;
    if (first === undefined) break;
    const bufferedSeconds = fetchedSeconds(first) - playheadSeconds;
    const decision = policy.decide({ window, playheadSeconds, bufferedSeconds, ratesBps });
    if (decision.kind === 'idle') {
      playUntil(nowSeconds + decision.ms / 1000, null);
      continue;
    }
    const view = current + decision.item;
    const target = played[view];
    const bytes = target?.view.episode.segmentBytes[decision.rung]?.[target.rungs.length];
    if (target === undefined || bytes === undefined) throw new Error('The policy fetches what is not there.');
    const startSeconds = nowSeconds;
    const endSeconds = transferEnd(trace, startSeconds, bytes);
    const inFlight = { view, startSeconds, bytes };
    const arrives = playUntil(endSeconds, inFlight);
    if (arrives) {
      target.rungs.push(decision.rung);
      ratesBps.push((bytes * 8) / (endSeconds - startSeconds));
    } else {
      target.abortedBytes += Math.min(bytes, transferred(trace, startSeconds, nowSeconds));
    }
  }
  return addUp(played, seenCount, stallSeconds);
}
