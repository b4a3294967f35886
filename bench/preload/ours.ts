/** The policy that ships, behind a choice of rung that stands in for the player's (hls.js's, in a browser). */
import { planPreload } from '../../core/preload/plan-preload.ts';
import { planSwipe } from '../../core/preload/plan-swipe.ts';
import type { PreloadDevice, PreloadEpisode, PreloadState } from '../../core/preload/state.ts';
import { type PreloadTuning, TUNING } from '../../core/preload/tuning.ts';
import { RUNGS_MBPS } from './audience.ts';
import { bestRung } from './lookahead.ts';
import {
  fetchedSeconds,
  harmonicMean,
  type SimDecision,
  type SimMoment,
  type SimPolicy,
  type WindowItem,
} from './policy.ts';

const DEVICE: PreloadDevice = { saveData: false, lowBattery: false, memoryGb: null };
const HISTORY = 5;

export interface OurOptions {
  readonly tuning?: PreloadTuning;
  /** Without the series' own curve: the built-in prior. */
  readonly usesPrior?: boolean;
  readonly rateShare?: number;
  readonly ahead?: number;
}

/** A rung may take this much of the link. */
const RATE_SHARE = 0.75;
/** Segments that the choice of rung looks ahead. */
const AHEAD = 3;

export function ours(options: OurOptions = {}): SimPolicy {
  const { tuning = TUNING, usesPrior = false, rateShare = RATE_SHARE, ahead = AHEAD } = options;
  const decide = (moment: SimMoment): SimDecision => {
    const { window, bufferedSeconds } = moment;
    const rate = rateOf(moment);
    const rungs = window.map((each, item) => {
      if (rate === null) return 0;
      // What the next episodes wait for is as far away as the current one is buffered.
      const buffer = item === 0 ? bufferedSeconds : bufferedSeconds + fetchedSeconds(each);
      return bestRung(each, buffer, rate * rateShare, ahead);
    });
    const state = stateOf(moment, rungs, usesPrior);
    const action = state === null ? null : planPreload(state, tuning);
    if (action?.kind === 'fetch') return { kind: 'fetch', item: action.item, rung: rungs[action.item] ?? 0 };
    return { kind: 'idle', ms: tuning.idleMs };
  };
  return { decide, abortsOnSwipe: (item) => planSwipe([item], 1).abort.length > 0 };
}

function rateOf({ ratesBps }: SimMoment): number | null {
  return ratesBps.length === 0 ? null : harmonicMean(ratesBps.slice(-HISTORY));
}

/** The moment as the player would put it. An element costs nothing here, so the next episode always has one. */
export function stateOf(moment: SimMoment, rungs: readonly number[], usesPrior: boolean): PreloadState | null {
  const { window, playheadSeconds, bufferedSeconds } = moment;
  const [current, ...queue] = window.map((each, item) => episodeOf(each, rungs[item] ?? 0, usesPrior));
  if (current === undefined) return null;
  return {
    current: { ...current, playheadSeconds, bufferedSeconds },
    queue: queue.map((each) => ({ ...each, attached: true })),
    attachedBehind: 0,
    bandwidthBps: rateOf(moment),
    // Asked when the link is free.
    requestSeconds: 0,
    underWay: { transfers: 0, bytes: 0 },
    device: DEVICE,
  };
}

function episodeOf({ episode, rungs }: WindowItem, rung: number, usesPrior: boolean): PreloadEpisode {
  return {
    durationSeconds: episode.durationSeconds,
    survival: usesPrior ? null : episode.survival,
    segmentEndsSeconds: episode.segmentEndsSeconds,
    playableSegments: episode.segmentEndsSeconds.length,
    bytesPerSecond: ((RUNGS_MBPS[rung] ?? 0) * 1e6) / 8,
    fetchedSegments: rungs.length,
    // Segments are the smallest thing here.
    head: null,
  };
}
