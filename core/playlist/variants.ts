import { attribute } from './attributes.ts';
import type { PlaylistLine } from './lines.ts';
import { mapUris } from './uris.ts';

/** Attributes of EXT-X-STREAM-INF that name a group of Renditions, by the TYPE of the group. @see RFC 8216bis 4.4.6.2.1 */
export const GROUP_ATTRIBUTES = ['AUDIO', 'VIDEO', 'SUBTITLES', 'CLOSED-CAPTIONS'] as const;

/**
 * Keeps the Variant Streams that the decision allows, and with them the Rendition groups that are still referred to. A
 * Multivariant Playlist is not read again by clients, so what a viewer may not have must be absent from the start.
 *
 * @see RFC 8216bis 4.4.6.1 (EXT-X-MEDIA), 4.4.6.2 (EXT-X-STREAM-INF)
 */
export function keepVariants(lines: readonly PlaylistLine[], allows: (uri: string) => boolean): PlaylistLine[] {
  const kept = mapUris(lines, (uri, role) => (VARIANT_ROLES.has(role) && !allows(uri) ? null : uri));
  if (kept.length === lines.length) return kept;
  const still = referredGroups(kept);
  const gone = new Set([...referredGroups(lines)].filter((group) => !still.has(group)));
  return gone.size === 0 ? kept : kept.filter((line) => !gone.has(groupOf(line) ?? ''));
}

const VARIANT_ROLES: ReadonlySet<string> = new Set(['variant', 'i-frame-stream', 'image-stream']);

function referredGroups(lines: readonly PlaylistLine[]): Set<string> {
  const groups = new Set<string>();
  for (const line of lines) {
    if (line.kind !== 'tag' || !line.name.endsWith('STREAM-INF')) continue;
    for (const group of groupsOfVariant(line.value)) groups.add(group);
  }
  return groups;
}

/** `AUDIO/{GROUP-ID}` and so on: what the list of an EXT-X-STREAM-INF refers to. */
export function groupsOfVariant(attributeList: string): string[] {
  return GROUP_ATTRIBUTES.flatMap((type) => {
    const id = attribute(attributeList, type);
    return id === null ? [] : [`${type}/${id}`];
  });
}

/** The group that an EXT-X-MEDIA belongs to, as `groupsOfVariant` writes it. */
export function groupOf(line: PlaylistLine): string | null {
  if (line.kind !== 'tag' || line.name !== 'EXT-X-MEDIA') return null;
  return `${attribute(line.value, 'TYPE')}/${attribute(line.value, 'GROUP-ID')}`;
}
