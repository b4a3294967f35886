import { attribute } from '../playlist/attributes.ts';
import type { PlaylistLine } from '../playlist/lines.ts';
import { mapUris, type UriRole } from '../playlist/uris.ts';
import { isQueryDefinition } from '../playlist/variables.ts';
import { groupOf, groupsOfVariant } from '../playlist/variants.ts';
import { bucketKey } from './bucket-key.ts';
import type { Evidence, ImportWarning } from './evidence.ts';

/** A Media Playlist to import, and the name that it gets. */
export interface PlannedRendition {
  /** `v0`… for Variant Streams by height, `a0`… for audio, `t0`… for subtitles. */
  readonly name: string;
  readonly key: string;
  readonly usedBy: number;
  /** The list of its EXT-X-STREAM-INF; empty for what is no Variant Stream. */
  readonly attributes: string;
}

export interface PlannedHls {
  /** The canonical Multivariant Playlist; null when the playlist is a Media Playlist, which stands alone. */
  readonly multivariant: readonly PlaylistLine[] | null;
  readonly renditions: readonly PlannedRendition[];
  readonly warnings: readonly ImportWarning[];
  readonly evidence: readonly Evidence[];
}

const MAX_OF_A_KIND = 10;

/** Which Media Playlists there are, and the same playlist with our names in place of their URIs. */
export function readMultivariant(lines: readonly PlaylistLine[], key: string, prefix: string): PlannedHls {
  const variants = readVariants(lines);
  if (variants.length === 0) {
    const alone = { name: 'v0', key, usedBy: 1, attributes: '' };
    return { multivariant: null, renditions: [alone], warnings: [], evidence: [] };
  }
  const evidence: Evidence[] = [];
  const resolve = (uri: string): string => {
    const resolved = bucketKey(key, uri, prefix);
    if (resolved.ok) return resolved.value;
    evidence.push({ playlist: key, uri, reason: resolved.error });
    return '';
  };
  const found = collect(lines, variants, resolve);
  const streams = nameVariants(found.variants);
  const others = nameOthers(found.media, streams, found.variants);
  const renditions = [...streams, ...others];
  for (const problem of problemsOf(streams, others, found.media)) {
    evidence.push({ playlist: key, uri: null, reason: problem });
  }
  const names = new Map(renditions.map((rendition) => [rendition.key, rendition.name]));
  const dropped = new Set<string>();
  const multivariant = mapUris(lines, (uri, role) => {
    const name = role === 'variant' || role === 'rendition' ? names.get(resolve(uri)) : undefined;
    if (name === undefined) dropped.add(role);
    return name === undefined ? null : `${name}/media.m3u8`;
  }).filter((line) => !isQueryDefinition(line));
  const warnings = [...dropped].map((role) => ({ code: 'tag-dropped', detail: `${role}: not served, and left out` }));
  return { multivariant, renditions, warnings, evidence: unique(evidence) };
}

/** The attribute lists of EXT-X-STREAM-INF in order. */
function readVariants(lines: readonly PlaylistLine[]): string[] {
  return lines.flatMap((line) => (line.kind === 'tag' && line.name === 'EXT-X-STREAM-INF' ? [line.value] : []));
}

interface FoundVariant {
  readonly key: string;
  readonly attributes: string;
}

interface FoundMedia {
  readonly key: string;
  readonly type: string;
  readonly group: string;
}

function collect(lines: readonly PlaylistLine[], streams: readonly string[], resolve: (uri: string) => string) {
  const variants: FoundVariant[] = [];
  const media: FoundMedia[] = [];
  const see = (uri: string, role: UriRole, line: PlaylistLine): string => {
    const key = resolve(uri);
    if (role === 'variant') variants.push({ key, attributes: streams[variants.length] ?? '' });
    if (role === 'rendition' && line.kind === 'tag') {
      media.push({ key, type: attribute(line.value, 'TYPE') ?? '', group: groupOf(line) ?? '' });
    }
    return uri;
  };
  mapUris(lines, see);
  return { variants, media };
}

/** Lowest first, as our own ladder is named; one name for one Media Playlist, however often it is listed. */
function nameVariants(variants: readonly FoundVariant[]): PlannedRendition[] {
  const firsts = new Map<string, FoundVariant>();
  for (const variant of variants) if (!firsts.has(variant.key)) firsts.set(variant.key, variant);
  return [...firsts.values()]
    .toSorted((a, b) => heightOf(a.attributes) - heightOf(b.attributes) || bandwidthOf(a) - bandwidthOf(b))
    .map(({ key, attributes }, index) => ({ name: `v${index}`, key, usedBy: 2 ** index, attributes }));
}

function nameOthers(
  media: readonly FoundMedia[],
  streams: readonly PlannedRendition[],
  variants: readonly FoundVariant[],
): PlannedRendition[] {
  const bits = new Map(streams.map(({ key, usedBy }) => [key, usedBy]));
  const usedBy = new Map<string, number>();
  for (const { key, group } of media) {
    const users = variants.filter(({ attributes }) => groupsOfVariant(attributes).includes(group));
    for (const user of users) usedBy.set(key, (usedBy.get(key) ?? 0) | (bits.get(user.key) ?? 0));
  }
  const counts = { a: 0, t: 0 };
  const named = new Map<string, PlannedRendition>();
  for (const { key, type } of media) {
    if (named.has(key) || bits.has(key)) continue;
    const kind = type === 'SUBTITLES' ? 't' : 'a';
    named.set(key, { name: `${kind}${counts[kind]++}`, key, usedBy: usedBy.get(key) ?? 0, attributes: '' });
  }
  return [...named.values()];
}

function problemsOf(
  streams: readonly PlannedRendition[],
  others: readonly PlannedRendition[],
  media: readonly FoundMedia[],
): string[] {
  const tooMany = [streams, others.filter(isAudio), others.filter((other) => !isAudio(other))]
    .filter((list) => list.length > MAX_OF_A_KIND)
    .map((list) => `has ${list.length} playlists of one kind; at most ${MAX_OF_A_KIND} are taken`);
  const angles = media.some(({ type }) => type === 'VIDEO')
    ? ['has Renditions of TYPE=VIDEO, which are not served']
    : [];
  const unsized = streams.filter(({ attributes }) => heightOf(attributes) === 0 && !isSoundOnly(attributes));
  const caps = streams.length > 1 && unsized.length > 0;
  return [...tooMany, ...angles, ...(caps ? ['has Variant Streams without RESOLUTION, which no cap could hold'] : [])];
}

function isAudio({ name }: PlannedRendition): boolean {
  return name.startsWith('a');
}

function isSoundOnly(attributes: string): boolean {
  const codecs = attribute(attributes, 'CODECS') ?? '';
  return codecs !== '' && codecs.split(',').every((codec) => /^(mp4a|ac-3|ec-3|opus|fLaC|flac)/.test(codec.trim()));
}

export function heightOf(attributes: string): number {
  return Number(/^\d+x(\d+)$/.exec(attribute(attributes, 'RESOLUTION') ?? '')?.[1] ?? 0);
}

function bandwidthOf({ attributes }: FoundVariant): number {
  return Number(attribute(attributes, 'BANDWIDTH') ?? 0);
}

function unique(evidence: readonly Evidence[]): Evidence[] {
  return [...new Map(evidence.map((each) => [`${each.uri}\n${each.reason}`, each])).values()];
}
