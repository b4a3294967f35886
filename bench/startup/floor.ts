/**
 * What no player can go below on a line: the round trips that wait for each other, and the bytes that have to be there
 * before a first frame, at 1.05 bytes on the line for each. Of the film that is what a decoder wants before it shows one.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { DECODER_FRAMES } from '../../transcoder/limits.ts';
import { HLS_JS_2S, HLS_JS_6S, MP4, OURS } from './candidates.ts';
import type { Clip } from './clip.ts';
import type { Shape } from './link/link.ts';

const OVERHEAD = 1.05;

interface Needs {
  readonly roundTrips: number;
  readonly bytes: number;
}

/** Null for who chooses a Rendition by itself. */
export function floorMs(candidate: string, clip: Clip, rendition: string, shape: Shape): number | null {
  const needs = needsOf(candidate, clip, rendition);
  if (needs === null) return null;
  return needs.roundTrips * shape.rttMs + (OVERHEAD * needs.bytes * 8) / (shape.megabitsPerSecond * 1_000);
}

function needsOf(candidate: string, clip: Clip, rendition: string): Needs | null {
  const bytesOf = (...parts: string[]): Buffer => readFileSync(path.join(clip.folder, ...parts));
  // Multivariant Playlist, Media Playlist, then init section and segment at once; a segment is appended whole.
  const hls = (folder: string): Needs => ({
    roundTrips: 3,
    bytes:
      bytesOf(folder, `${rendition}.m3u8`).length +
      bytesOf(folder, rendition, 'media.m3u8').length +
      bytesOf(folder, rendition, 'init.mp4').length +
      bytesOf(folder, rendition, '0.m4s').length,
  });
  switch (candidate) {
    // One answer, and of it the init section and the opening fragments.
    case OURS:
      return {
        roundTrips: 1,
        bytes: bytesOf('ladder', rendition, 'init.mp4').length + opening(bytesOf('ladder', rendition, '0.m4s')),
      };
    case HLS_JS_6S:
      return hls('hls6');
    // The index of the whole film, and as much of it as ours.
    case MP4:
      return {
        roundTrips: 1,
        bytes: before(bytesOf('mp4', `${rendition}.mp4`), 'mdat') + opening(bytesOf('ladder', rendition, '0.m4s')),
      };
    default:
      return candidate.startsWith(HLS_JS_2S) && candidate !== HLS_JS_2S ? null : hls('hls2');
  }
}

/** Up to the end of the last fragment that a decoder needs before it shows a frame. */
function opening(segment: Buffer): number {
  return DECODER_FRAMES.reduce((at) => {
    const start = at + before(segment.subarray(at), 'mdat');
    return start + segment.readUInt32BE(start);
  }, 0);
}

/** Bytes before the first top-level box of this type. */
function before(file: Buffer, type: string): number {
  let at = 0;
  while (at + 8 <= file.length && file.toString('latin1', at + 4, at + 8) !== type) at += file.readUInt32BE(at);
  return at;
}
