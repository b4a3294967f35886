/** Episodes, and when each viewer leaves them. */
import { between, type Random } from './random.ts';

/** The challenge's ladder, in Mbit/s. */
export const RUNGS_MBPS = [0.75, 1.2, 1.85] as const;

export interface SimEpisode {
  readonly durationSeconds: number;
  readonly segmentEndsSeconds: readonly number[];
  /** By rung, then by segment. */
  readonly segmentBytes: readonly (readonly number[])[];
  /** What the feed would say; null: nothing is known yet. */
  readonly survival: Uint8Array | null;
}

export interface SimView {
  readonly episode: SimEpisode;
  readonly leavesAtSeconds: number;
}

/** `drama` is held by its story; `clips` are the quick swipes of the challenge's curves. */
export const AUDIENCES = {
  drama: { lookers: [0.1, 0.4], lookerSeconds: [2, 6], stayerSeconds: [60, 300], durationSeconds: [45, 120] },
  clips: { lookers: [0.4, 0.7], lookerSeconds: [1.5, 6], stayerSeconds: [15, 90], durationSeconds: [8, 60] },
} as const;

export type AudienceName = keyof typeof AUDIENCES;
export const AUDIENCE_NAMES: readonly AudienceName[] = ['drama', 'clips'];

/** Whoever has seen an episode ends the session with this probability: 20 to 30 swipes in one. */
const SESSION_END_SHARE = 0.04;
const MAX_VIEWS = 40;
/** Episodes that stand in the feed behind the last one seen. */
const UNSEEN = 5;

/** Ours: 1, 1, then 2 s (notes/playback.md 8). The challenge's are all of 1 s. */
const RAMP_SECONDS = [1, 1];
const SEGMENT_SECONDS = 2;

export interface SimSession {
  /** The last few are never seen. */
  readonly views: readonly SimView[];
  readonly seenCount: number;
}

export function drawSession(name: AudienceName, random: Random): SimSession {
  let seenCount = 1;
  while (seenCount < MAX_VIEWS && random() > SESSION_END_SHARE) seenCount++;
  const views = Array.from({ length: seenCount + UNSEEN }, () => drawView(name, random));
  return { views, seenCount };
}

function drawView(name: AudienceName, random: Random): SimView {
  const { lookers, lookerSeconds, stayerSeconds, durationSeconds } = AUDIENCES[name];
  const seconds = Math.round(between(random, durationSeconds));
  const share = between(random, lookers);
  const [quick, slow] = [between(random, lookerSeconds), between(random, stayerSeconds)];
  const stays = (second: number): number => share * Math.exp(-second / quick) + (1 - share) * Math.exp(-second / slow);
  const survival = Uint8Array.from({ length: seconds + 1 }, (_, second) => Math.round(255 * stays(second)));
  const leaves = -Math.log(1 - random()) * (random() < share ? quick : slow);
  const segmentEndsSeconds = boundaries(seconds);
  const segmentBytes = drawBytes(segmentEndsSeconds, random);
  return {
    episode: { durationSeconds: seconds, segmentEndsSeconds, segmentBytes, survival },
    leavesAtSeconds: Math.min(seconds, Math.max(0.3, leaves)),
  };
}

function boundaries(durationSeconds: number): number[] {
  const ends: number[] = [];
  for (let at = 0; at < durationSeconds; ends.push(at))
    at = Math.min(durationSeconds, at + (RAMP_SECONDS[ends.length] ?? SEGMENT_SECONDS));
  return ends;
}

/** A segment is up to a third larger or smaller than its rung says, the same way in all rungs. */
function drawBytes(ends: readonly number[], random: Random): number[][] {
  const scales = ends.map(() => between(random, [0.67, 1.33]));
  return RUNGS_MBPS.map((mbps) =>
    ends.map((end, index) => ((end - (ends[index - 1] ?? 0)) * mbps * 1e6 * (scales[index] ?? 1)) / 8),
  );
}
