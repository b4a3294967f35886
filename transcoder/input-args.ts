import { FORMAT_WHITELIST, MAX_ALLOCATION_BYTES, MAX_PIXELS, MAX_STREAMS, PROTOCOL_WHITELIST } from './limits.ts';

/**
 * The restrictions under which an untrusted file is opened, the same for ffprobe and ffmpeg: no network, no format that
 * names other files, no picture and no table that fills the memory. Tested with a playlist named `.mp4` on both binaries.
 */
export function inputArgs(formats: string = FORMAT_WHITELIST): readonly string[] {
  return [
    ...['-protocol_whitelist', PROTOCOL_WHITELIST],
    ...['-format_whitelist', formats],
    ...['-max_streams', String(MAX_STREAMS)],
    ...['-max_pixels', String(MAX_PIXELS)],
    ...['-max_alloc', String(MAX_ALLOCATION_BYTES)],
  ];
}
