import type { PlaylistLine } from './lines.ts';

/**
 * How far a boundary may lie from a cut and still count as it: frames do not fall on whole seconds (29.97 fps: 6.006 s),
 * and sound frames do not end where picture frames do.
 */
export const BOUNDARY_TOLERANCE_SECONDS = 0.1;

/** The duration of each Media Segment in order. @see RFC 8216bis 4.4.4.1 (EXTINF) */
export function segmentDurationsSeconds(lines: readonly PlaylistLine[]): number[] {
  const durations: number[] = [];
  let seconds = 0;
  for (const line of lines) {
    if (line.kind === 'tag' && line.name === 'EXTINF') seconds = Number.parseFloat(line.value) || 0;
    if (line.kind !== 'uri') continue;
    durations.push(seconds);
    seconds = 0;
  }
  return durations;
}

/**
 * How many segments it takes to fill so many seconds, at least one: those that begin before. For Renditions whose
 * boundaries are not the picture's (audio, subtitles), so that sound and text reach as far as the picture does.
 */
export function segmentsThatBeginBefore(durationsSeconds: readonly number[], seconds: number): number {
  let start = 0;
  let count = 0;
  for (const duration of durationsSeconds) {
    if (start >= seconds - BOUNDARY_TOLERANCE_SECONDS) break;
    start += duration;
    count++;
  }
  return Math.max(1, count);
}
