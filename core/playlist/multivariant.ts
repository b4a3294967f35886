import { groupAttributes, NO_RENDITIONS, type Renditions, renditionTags } from './renditions.ts';

export interface VariantStream {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly bandwidthBps: number;
  readonly averageBandwidthBps: number;
  readonly codecs: string;
  readonly frameRate: number;
}

/** `v{n}/iframes.m3u8`: the opening picture of each segment, for scrubbing. */
export interface IFrameStream {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly bandwidthBps: number;
  readonly averageBandwidthBps: number;
  readonly codecs: string;
}

/**
 * Multivariant Playlist; the order given is the order written, and players start with the first. We encode SDR only.
 *
 * @see RFC 8216bis 4.4.6
 */
export function multivariantPlaylist(
  variants: readonly VariantStream[],
  iFrames: readonly IFrameStream[] = [],
  renditions: Renditions = NO_RENDITIONS,
  sessionKeyTags: readonly string[] = [],
): string {
  const head = ['#EXTM3U', '#EXT-X-VERSION:7', '#EXT-X-INDEPENDENT-SEGMENTS'];
  const lines = [...head, ...sessionKeyTags, ...renditionTags(renditions)];
  for (const variant of variants) {
    const attributes = [
      ...rates(variant, renditions),
      `CODECS="${codecsWith(variant.codecs, renditions)}"`,
      `RESOLUTION=${variant.width}x${variant.height}`,
      `FRAME-RATE=${variant.frameRate.toFixed(3)}`,
      'VIDEO-RANGE=SDR',
      ...groupAttributes(renditions),
    ];
    lines.push(`#EXT-X-STREAM-INF:${attributes.join(',')}`, `${variant.name}/media.m3u8`);
  }
  for (const stream of iFrames) {
    const attributes = [
      ...rates(stream, NO_RENDITIONS),
      `CODECS="${stream.codecs}"`,
      `RESOLUTION=${stream.width}x${stream.height}`,
      'VIDEO-RANGE=SDR',
      `URI="${stream.name}/iframes.m3u8"`,
    ];
    lines.push(`#EXT-X-I-FRAME-STREAM-INF:${attributes.join(',')}`);
  }
  return `${lines.join('\n')}\n`;
}

/**
 * Where the sound is in Renditions of its own, the dearest of them counts too.
 *
 * @see RFC 8216bis 4.4.6.2 (BANDWIDTH)
 */
function rates(stream: Pick<VariantStream, 'bandwidthBps' | 'averageBandwidthBps'>, { audio }: Renditions): string[] {
  const peak = Math.max(0, ...audio.map((dub) => dub.bandwidthBps));
  const average = Math.max(0, ...audio.map((dub) => dub.averageBandwidthBps));
  return [`BANDWIDTH=${stream.bandwidthBps + peak}`, `AVERAGE-BANDWIDTH=${stream.averageBandwidthBps + average}`];
}

function codecsWith(codecs: string, { audio }: Renditions): string {
  return [...new Set([...codecs.split(','), ...audio.map((dub) => dub.codecs)])].join(',');
}
