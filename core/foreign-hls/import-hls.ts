import { attribute } from '../playlist/attributes.ts';
import { parsePlaylist, serializePlaylist, type PlaylistLine } from '../playlist/lines.ts';
import { readVariables } from '../playlist/variables.ts';
import { err, ok, type Result } from '../result.ts';
import type { Evidence, ImportWarning, ObjectSizes } from './evidence.ts';
import type { ImportedObject, ImportedRendition, ObjectMap } from './object-map.ts';
import { opensAt } from './opens-at.ts';
import { readMedia, type ReadMedia } from './read-media.ts';
import { heightOf, type PlannedHls, type PlannedRendition } from './read-multivariant.ts';

export interface HlsToImport {
  /** Of the Multivariant Playlist, or of the Media Playlist that stands alone. */
  readonly lines: readonly PlaylistLine[];
  readonly prefix: string;
  readonly plan: PlannedHls;
  /** The text of each planned Rendition, by key. */
  readonly texts: ReadonlyMap<string, string>;
  readonly sizes: ObjectSizes;
  readonly etags: ReadonlyMap<string, string>;
}

export interface ImportedHls {
  /** By path below the version's own prefix. */
  readonly playlists: ReadonlyMap<string, string>;
  readonly map: ObjectMap;
  readonly segmentDurationsSeconds: readonly number[];
  readonly renditions: readonly ImportedVariant[];
  readonly warnings: readonly ImportWarning[];
}

export interface ImportedVariant {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly bandwidthBps: number;
  readonly averageBandwidthBps: number;
  readonly codecs: string;
  readonly frameRate: number;
}

/** HLS of another encoder in our own form: canonical playlists with our names, and what the names stand for. */
export function importHls(input: HlsToImport): Result<ImportedHls, readonly Evidence[]> {
  const { plan, prefix, sizes, etags } = input;
  const variables = readVariables(plan.multivariant === null ? [] : input.lines);
  const read = plan.renditions.map((rendition) => {
    const lines = parsePlaylist(input.texts.get(rendition.key) ?? '');
    return { rendition, media: readMedia({ lines, key: rendition.key, prefix, sizes, variables }) };
  });
  const evidence = [...plan.evidence, ...read.flatMap(({ media }) => media.evidence)];
  if (evidence.length > 0) return err(evidence);
  const reference = read.find(({ rendition }) => heightOf(rendition.attributes) > 0) ?? read[0];
  const segmentDurationsSeconds = reference?.media.durationsSeconds ?? [];
  const playlists = new Map<string, string>();
  const renditions: Record<string, ImportedRendition> = {};
  const objects: Record<string, ImportedObject> = {};
  for (const { rendition, media } of read) {
    const opens = opensAt(segmentDurationsSeconds, media.durationsSeconds, rendition.name.startsWith('v'));
    playlists.set(`${rendition.name}/media.m3u8`, serializePlaylist(media.lines));
    renditions[rendition.name] = { usedBy: rendition.usedBy, opensAt: opens };
    for (const { file, key, offset, sizeBytes, segment } of media.objects) {
      const at = opens[segment] ?? segmentDurationsSeconds.length;
      const etag = etags.get(key);
      objects[`${rendition.name}/${file}`] = {
        key,
        offset,
        sizeBytes,
        ...(etag === undefined ? {} : { etag }),
        opensAt: at,
      };
    }
  }
  const variants = read.filter(({ rendition }) => rendition.name.startsWith('v')).map(toVariant);
  const multivariant = plan.multivariant === null ? alone(variants) : serializePlaylist(plan.multivariant);
  playlists.set('multivariant.m3u8', multivariant);
  const warnings = [...plan.warnings, ...read.flatMap((each) => warningsOf(each, segmentDurationsSeconds.length))];
  return ok({ playlists, map: { renditions, objects }, segmentDurationsSeconds, renditions: variants, warnings });
}

interface ReadRendition {
  readonly rendition: PlannedRendition;
  readonly media: ReadMedia;
}

function toVariant({ rendition, media }: ReadRendition): ImportedVariant {
  const { name, attributes } = rendition;
  const [width = 0, height = 0] = (attribute(attributes, 'RESOLUTION') ?? '').split('x').map(Number);
  const bandwidthBps = Number(attribute(attributes, 'BANDWIDTH') ?? 0) || peakBandwidthBps(media);
  return {
    name,
    width,
    height,
    bandwidthBps,
    averageBandwidthBps: Number(attribute(attributes, 'AVERAGE-BANDWIDTH') ?? bandwidthBps),
    codecs: attribute(attributes, 'CODECS') ?? '',
    frameRate: Number(attribute(attributes, 'FRAME-RATE') ?? 0),
  };
}

function peakBandwidthBps(media: ReadMedia): number {
  const rates = media.objects.map(({ segment, sizeBytes }) => (sizeBytes * 8) / (media.durationsSeconds[segment] || 1));
  return Math.ceil(Math.max(1, ...rates));
}

/** A Media Playlist that stands alone gets the shortest Multivariant Playlist there is. */
function alone([variant]: readonly ImportedVariant[]): string {
  return `#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=${variant?.bandwidthBps ?? 1}\nv0/media.m3u8\n`;
}

function warningsOf({ rendition, media }: ReadRendition, segmentCount: number): ImportWarning[] {
  const { key, name } = rendition;
  const dropped = [...media.dropped].map((role) => `${key}: ${role}: not served, and left out`);
  // A segment is not split: what it says of the later picture is said in the preview.
  const isWhole = name.startsWith('t') && media.durationsSeconds.length === 1 && segmentCount > 1;
  return [
    ...dropped.map((detail) => ({ code: 'tag-dropped', detail })),
    ...(isWhole
      ? [{ code: 'subtitles-in-one-piece', detail: `${key}: a preview has the text of the whole episode` }]
      : []),
  ];
}
