/** Answers `solution.py`: a moment of the challenge's simulator a line, a decision a line. */
import { createInterface } from 'node:readline';
import { ours } from '../ours.ts';
import type { SimMoment, WindowItem } from '../policy.ts';

interface WireItem {
  readonly segmentBytes: number[][];
  readonly rungs: number[];
  readonly survival: number[];
}

type WireMoment = Omit<SimMoment, 'window'> & { readonly window: readonly WireItem[] };

const policy = ours();
for await (const line of createInterface({ input: process.stdin })) {
  const moment = JSON.parse(line) as WireMoment;
  process.stdout.write(`${JSON.stringify(policy.decide({ ...moment, window: moment.window.map(itemOf) }))}\n`);
}

/** Its segments are all of one second; the last entry of its curve is only an end mark. */
function itemOf({ segmentBytes, rungs, survival }: WireItem): WindowItem {
  const segmentEndsSeconds = (segmentBytes[0] ?? []).map((_, index) => index + 1);
  const curve = Uint8Array.from(survival.slice(0, -1), (share) => Math.round(share * 255));
  const episode = { durationSeconds: segmentEndsSeconds.length, segmentEndsSeconds, segmentBytes, survival: curve };
  return { episode, rungs };
}
