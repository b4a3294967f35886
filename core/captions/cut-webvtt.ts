import type { Cue, WebVtt } from './parse-webvtt.ts';

/**
 * The text of each Media Segment of a caption Rendition, for segments of these durations from 0 on. A cue that reaches
 * over a boundary stands in both, with the same times, so that a player that begins anywhere shows it and one that plays
 * on sees that it is the same.
 *
 * @see RFC 8216bis 3.1.4 (WebVTT)
 */
export function cutWebVtt(captions: WebVtt, segmentDurationsSeconds: readonly number[]): readonly string[] {
  let endSeconds = 0;
  return segmentDurationsSeconds.map((seconds) => {
    const fromMs = Math.round(endSeconds * 1000);
    endSeconds += seconds;
    const toMs = Math.round(endSeconds * 1000);
    return serializeSegment(
      captions.definitions,
      captions.cues.filter((cue) => cue.startMs < toMs && cue.endMs > fromMs),
    );
  });
}

/** Our media begins at 0, so the cues' own times are those of the presentation. */
const TIMESTAMP_MAP = 'X-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000';

function serializeSegment(definitions: readonly string[], cues: readonly Cue[]): string {
  const blocks = [`WEBVTT\n${TIMESTAMP_MAP}`, ...definitions, ...cues.map(serializeCue)];
  return `${blocks.join('\n\n')}\n`;
}

function serializeCue({ id, startMs, endMs, settings, text }: Cue): string {
  const timings = `${timestamp(startMs)} --> ${timestamp(endMs)}${settings === '' ? '' : ` ${settings}`}`;
  return [...(id === null ? [] : [id]), timings, ...(text === '' ? [] : [text])].join('\n');
}

function timestamp(ms: number): string {
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  const rest = String(ms % 1000).padStart(3, '0');
  return `${two(ms / 3_600_000)}:${two((ms / 60_000) % 60)}:${two((ms / 1000) % 60)}.${rest}`;
}
