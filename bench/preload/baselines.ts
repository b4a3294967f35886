/**
 * The challenge's two baselines, written anew from what its paper and its readme say of them, and one that must fail.
 * Neither knows how to end a transfer.
 */
import { RUNGS_MBPS } from './audience.ts';
import { chooseByLookahead } from './lookahead.ts';
import { fetchedSeconds, remainingSegments, type SimDecision, type SimMoment, type SimPolicy } from './policy.ts';

const IDLE: SimDecision = { kind: 'idle', ms: 500 };
const TOP_RUNG = RUNGS_MBPS.length - 1;

const PRELOAD_BYTES = 800_000;

/** All of the current episode, then 800 KB of each of the next four, then another 800 KB of each, and so on. */
export function noSave(): SimPolicy {
  const lookahead = chooseByLookahead();
  const decide = (moment: SimMoment): SimDecision => {
    if (moment.ratesBps.length === 0) return { kind: 'fetch', item: 0, rung: TOP_RUNG };
    const item = noSaveItem(moment);
    return item === null ? IDLE : { kind: 'fetch', item, rung: lookahead(moment, item) };
  };
  return { decide, abortsOnSwipe: () => false };
}

function noSaveItem({ window }: SimMoment): number | null {
  if (window.map(remainingSegments)[0] !== 0) return 0;
  const open = window.map((_, item) => item).filter((item) => remainingSegments(windowAt(window, item)) > 0);
  if (open.length === 0) return null;
  for (let limit = PRELOAD_BYTES; ; limit += PRELOAD_BYTES) {
    const item = open.find((each) => preloadedBytes(windowAt(window, each)) < limit);
    if (item !== undefined) return item;
  }
}

function windowAt(window: SimMoment['window'], item: number): SimMoment['window'][number] {
  const at = window[item];
  if (at === undefined) throw new Error('No such item.');
  return at;
}

function preloadedBytes({ episode, rungs }: SimMoment['window'][number]): number {
  return rungs.reduce((sum, rung, segment) => sum + (episode.segmentBytes[rung]?.[segment] ?? 0), 0);
}

const PRELOAD_SECONDS = 4;
const RETENTION_THRESHOLD = 0.65;

/** All of the current episode, then 4 s of each of the next four as far as 65 % of the viewers come. Rung by buffer. */
export function fixedPreload(): SimPolicy {
  const decide = ({ window, bufferedSeconds, ratesBps }: SimMoment): SimDecision => {
    if (ratesBps.length === 0) return { kind: 'fetch', item: 0, rung: 0 };
    const item = window.findIndex((each, index) => {
      if (remainingSegments(each) === 0) return false;
      const seconds = fetchedSeconds(each);
      const share = (each.episode.survival?.[Math.floor(seconds)] ?? 0) / 255;
      return index === 0 || (seconds < PRELOAD_SECONDS && share > RETENTION_THRESHOLD);
    });
    if (item < 0) return IDLE;
    const buffer = item === 0 ? bufferedSeconds : fetchedSeconds(windowAt(window, item));
    return { kind: 'fetch', item, rung: buffer > 2 ? 2 : buffer > 1 ? 1 : 0 };
  };
  return { decide, abortsOnSwipe: () => false };
}

/** The canary: whole episodes, one after the other, as far ahead as it may. */
export function preloadEverything(): SimPolicy {
  const lookahead = chooseByLookahead();
  const decide = (moment: SimMoment): SimDecision => {
    const item = moment.window.findIndex((each) => remainingSegments(each) > 0);
    if (item < 0) return IDLE;
    return { kind: 'fetch', item, rung: moment.ratesBps.length === 0 ? 0 : lookahead(moment, item) };
  };
  return { decide, abortsOnSwipe: () => false };
}
