/** One link, one transfer at a time, as the MM'22 challenge has it: what is left of a rate after headers, plus a round trip. */
import { between, type Random } from './random.ts';

const PAYLOAD_SHARE = 0.95;
const ROUND_TRIP_SECONDS = 0.08;
const STEP_SECONDS = 0.5;
const TRACE_STEPS = 1_200;

/** Mean, and how far the states of the chain lie from it: those of the challenge's three classes of traces. */
export const NETWORKS = {
  high: { meanMbps: 3.6, stay: 0.5 },
  medium: { meanMbps: 1.6, stay: 0.6 },
  low: { meanMbps: 1.2, stay: 0.6 },
} as const;

export type NetworkName = keyof typeof NETWORKS;
export const NETWORK_NAMES: readonly NetworkName[] = ['high', 'medium', 'low'];

/** Of the mean. Their equal mixture has mean 1 and a variation of 0.5. */
const STATES = [0.25, 0.7, 1, 1.35, 1.7];

/** Rates in bytes per second, one for each half second; after the last comes the first again. */
export function drawTrace(name: NetworkName, random: Random): readonly number[] {
  const { meanMbps, stay } = NETWORKS[name];
  let state = pick(random);
  return Array.from({ length: TRACE_STEPS }, () => {
    if (random() > stay) state = pick(random);
    return (meanMbps * 1e6 * (STATES[state] ?? 1) * between(random, [0.85, 1.15])) / 8;
  });
}

function pick(random: Random): number {
  return Math.floor(random() * STATES.length);
}

/** When a transfer that starts now ends. */
export function transferEnd(trace: readonly number[], startSeconds: number, bytes: number): number {
  let at = startSeconds + ROUND_TRIP_SECONDS;
  let left = bytes;
  for (;;) {
    const rate = rateAt(trace, at);
    const stepEnd = nextStep(at);
    if (rate * (stepEnd - at) >= left) return at + left / rate;
    left -= rate * (stepEnd - at);
    at = stepEnd;
  }
}

/** What has arrived of it by then. */
export function transferred(trace: readonly number[], startSeconds: number, untilSeconds: number): number {
  let at = startSeconds + ROUND_TRIP_SECONDS;
  let bytes = 0;
  while (at < untilSeconds) {
    const stepEnd = Math.min(nextStep(at), untilSeconds);
    bytes += rateAt(trace, at) * (stepEnd - at);
    at = stepEnd;
  }
  return bytes;
}

function nextStep(seconds: number): number {
  const end = (Math.floor(seconds / STEP_SECONDS) + 1) * STEP_SECONDS;
  // A sum that lies a hair below a boundary must not take a step of no length.
  return end - seconds < 1e-9 ? end + STEP_SECONDS : end;
}

function rateAt(trace: readonly number[], seconds: number): number {
  return (trace[Math.floor(seconds / STEP_SECONDS + 1e-9) % trace.length] ?? 1) * PAYLOAD_SHARE;
}
