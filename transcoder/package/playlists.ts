import { keyPlaceholderTag } from '#core/playlist/key-lines.ts';
import type { ContentKeyScheme } from '#core/token/content-key.ts';

/**
 * Media Playlist of one rung, RFC 8216bis 4.4. Only relative URIs, so that a token in the path is inherited. The key of
 * encrypted segments is left for the edge to write; its tag stands behind EXT-X-MAP, whose section is in the clear.
 */
export function mediaPlaylist(
  segmentDurationsSeconds: readonly number[],
  targetDurationSeconds: number,
  protection: ContentKeyScheme | null,
): string {
  const lines = [
    '#EXTM3U',
    '#EXT-X-VERSION:7',
    `#EXT-X-TARGETDURATION:${targetDurationSeconds}`,
    '#EXT-X-PLAYLIST-TYPE:VOD',
    '#EXT-X-INDEPENDENT-SEGMENTS',
    '#EXT-X-MAP:URI="init.mp4"',
    ...(protection === null ? [] : [keyPlaceholderTag(protection)]),
    ...segmentDurationsSeconds.flatMap((seconds, n) => [`#EXTINF:${seconds.toFixed(6)},`, `${n}.m4s`]),
    '#EXT-X-ENDLIST',
  ];
  return `${lines.join('\n')}\n`;
}

export interface VariantStream {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly bandwidthBps: number;
  readonly averageBandwidthBps: number;
  readonly codecs: string;
  readonly frameRate: number;
}

/** Multivariant Playlist; the order given is the order written, and players start with the first. */
export function multivariantPlaylist(variants: readonly VariantStream[]): string {
  const lines = ['#EXTM3U', '#EXT-X-VERSION:7', '#EXT-X-INDEPENDENT-SEGMENTS'];
  for (const variant of variants) {
    const attributes = [
      `BANDWIDTH=${variant.bandwidthBps}`,
      `AVERAGE-BANDWIDTH=${variant.averageBandwidthBps}`,
      `CODECS="${variant.codecs}"`,
      `RESOLUTION=${variant.width}x${variant.height}`,
      `FRAME-RATE=${variant.frameRate.toFixed(3)}`,
    ];
    lines.push(`#EXT-X-STREAM-INF:${attributes.join(',')}`, `${variant.name}/media.m3u8`);
  }
  return `${lines.join('\n')}\n`;
}
