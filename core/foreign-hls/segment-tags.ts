import type { PlaylistLine } from '../playlist/lines.ts';

/** What the tags before a Media Segment say of it. */
export interface SegmentTags {
  readonly durationSeconds: number | null;
  readonly byteRange: { readonly length: number; readonly offset: number | null } | null;
  readonly isGap: boolean;
}

const NOTHING: SegmentTags = { durationSeconds: null, byteRange: null, isGap: false };

/** @see RFC 8216bis 4.4.4.1 (EXTINF), 4.4.4.2 (EXT-X-BYTERANGE), 4.4.4.7 (EXT-X-GAP) */
export function readSegmentTags(lines: readonly PlaylistLine[]): SegmentTags[] {
  const segments: SegmentTags[] = [];
  let tags = NOTHING;
  for (const line of lines) {
    if (line.kind === 'uri') {
      segments.push(tags);
      tags = NOTHING;
    } else if (line.kind === 'tag') tags = withTag(tags, line.name, line.value);
  }
  return segments;
}

function withTag(tags: SegmentTags, name: string, value: string): SegmentTags {
  switch (name) {
    case 'EXTINF': {
      const seconds = Number.parseFloat(value);
      return Number.isFinite(seconds) && seconds >= 0 ? { ...tags, durationSeconds: seconds } : tags;
    }
    case 'EXT-X-BYTERANGE': {
      const match = /^\s*(\d{1,15})(?:@(\d{1,15}))?\s*$/.exec(value);
      if (match === null) return tags;
      return {
        ...tags,
        byteRange: { length: Number(match[1]), offset: match[2] === undefined ? null : Number(match[2]) },
      };
    }
    case 'EXT-X-GAP':
      return { ...tags, isGap: true };
    default:
      return tags;
  }
}
