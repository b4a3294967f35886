import type { ByteRange } from './media-segment.ts';

/**
 * Media Playlist of one rung or dub, RFC 8216bis 4.4. Only relative URIs, so that a token in the path is inherited. The
 * tags of the key (`keyTags` in write-segments.ts) stand behind EXT-X-MAP, whose section is in the clear.
 */
export function mediaPlaylist(
  segmentDurationsSeconds: readonly number[],
  targetDurationSeconds: number,
  keyTags: readonly string[],
): string {
  const lines = [
    '#EXTM3U',
    '#EXT-X-VERSION:7',
    `#EXT-X-TARGETDURATION:${targetDurationSeconds}`,
    '#EXT-X-PLAYLIST-TYPE:VOD',
    '#EXT-X-INDEPENDENT-SEGMENTS',
    '#EXT-X-MAP:URI="init.mp4"',
    ...keyTags,
    ...segmentDurationsSeconds.flatMap((seconds, n) => [`#EXTINF:${seconds.toFixed(6)},`, `${n}.m4s`]),
    '#EXT-X-ENDLIST',
  ];
  return `${lines.join('\n')}\n`;
}

export interface IFrame {
  readonly durationSeconds: number;
  /** Into the segment of the same number. */
  readonly range: ByteRange;
}

/**
 * The picture that opens each segment, as a byte range of it: moof, and of mdat the first sample.
 *
 * @see RFC 8216bis 4.4.3.6 (EXT-X-I-FRAMES-ONLY), 4.4.4.2 (EXT-X-BYTERANGE)
 */
export function iFramePlaylist(
  iFrames: readonly IFrame[],
  targetDurationSeconds: number,
  keyTags: readonly string[],
): string {
  const lines = [
    '#EXTM3U',
    '#EXT-X-VERSION:7',
    `#EXT-X-TARGETDURATION:${targetDurationSeconds}`,
    '#EXT-X-PLAYLIST-TYPE:VOD',
    '#EXT-X-I-FRAMES-ONLY',
    '#EXT-X-MAP:URI="init.mp4"',
    ...keyTags,
    ...iFrames.flatMap(({ durationSeconds, range }, n) => [
      `#EXTINF:${durationSeconds.toFixed(6)},`,
      `#EXT-X-BYTERANGE:${range.length}@${range.offset}`,
      `${n}.m4s`,
    ]),
    '#EXT-X-ENDLIST',
  ];
  return `${lines.join('\n')}\n`;
}
