import { readFragmentHead, readVideoTrack } from '../mp4/fragment-head.ts';
import type { TranscodeResult } from './transcoder-protocol.ts';

/** The picture's run begins about 150 bytes into a segment of ours; a protected one has a few boxes more. */
export const HEAD_BYTES = 1_024;
/** moov of two tracks: a few kilobytes with the parameter sets. */
export const INIT_BYTES: number = 64 * 1_024;

/** 100 s on four rungs are 120; a Worker may ask for a thousand things in one request, and has others to ask for. */
const MAX_HEADS = 600;

/** Numbers of the segments to look into: all, or as many as there is room for, the ramp's first and the same on each rung. */
export function segmentsToCheck({ renditions, segmentDurationsSeconds }: TranscodeResult): number[] {
  const count = segmentDurationsSeconds.length;
  const room = Math.max(1, Math.floor(MAX_HEADS / renditions.length));
  const all = Array.from({ length: count }, (_, number) => number);
  if (count <= room) return all;
  const step = Math.ceil(count / room);
  return all.filter((number) => number % step === 0 || number === count - 1);
}

export interface RungHeads {
  readonly name: string;
  readonly frameRate: number;
  readonly init: Uint8Array;
  /** The first bytes of each segment that was looked into, by its number. */
  readonly segments: ReadonlyMap<number, Uint8Array>;
}

/**
 * What is wrong with a rung, in words; null: each segment opens with a picture that needs no other, at the time that the
 * playlists say, within a frame. So it is the same on every rung, and a player may change over at any of them.
 */
export function checkHeads({ name, frameRate, init, segments }: RungHeads, result: TranscodeResult): string | null {
  const track = readVideoTrack(init);
  if (track === null) return `${name}/init.mp4 has no picture that can be read.`;
  const starts = startsOf(result.segmentDurationsSeconds);
  for (const [number, bytes] of segments) {
    const path = `${name}/${number}.m4s`;
    const head = readFragmentHead(bytes, track);
    if (head === null) return `${path} is no Media Segment with a picture.`;
    if (!head.beginsWithSync) return `${path} does not begin with an IDR.`;
    const seconds = head.decodeTicks / track.timescale;
    const wanted = starts[number] ?? 0;
    if (Math.abs(seconds - wanted) > 1 / frameRate)
      return `${path} begins at ${seconds.toFixed(3)} s, not at ${wanted.toFixed(3)} s.`;
  }
  return null;
}

function startsOf(durationsSeconds: readonly number[]): number[] {
  let start = 0;
  return durationsSeconds.map((seconds) => {
    const at = start;
    start += seconds;
    return at;
  });
}
