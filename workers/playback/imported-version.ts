import {
  checkImportedBounds,
  openSegmentCount,
  type ImportedObject,
  type ObjectMap,
} from '#core/foreign-hls/object-map.ts';
import { cutMediaPlaylist } from '#core/playlist/cut.ts';
import { serializePlaylist } from '#core/playlist/lines.ts';
import type { MediaPath, PassDenial } from '#core/token/media-pass.ts';
import { loadPlaylist } from './canonical-playlists.ts';
import { MAX_CACHED_OBJECT_MAPS } from './limits.ts';
import type { PassedVersion } from './playlists.ts';

/** Maps of imported versions by key. They never change, so entries are only ever dropped for room. */
const cache = new Map<string, ObjectMap>();

/** What the names of an imported version stand for; null when it is not stored. */
async function loadObjectMap(
  media: R2Bucket,
  at: { readonly assetId: string; readonly version: string },
): Promise<ObjectMap | null> {
  const key = `a/${at.assetId}/${at.version}/objects.json`;
  const cached = cache.get(key);
  if (cached) return cached;
  const stored = await media.get(key);
  if (!stored) return null;
  const map = await stored.json<ObjectMap>();
  if (cache.size >= MAX_CACHED_OBJECT_MAPS) cache.delete(cache.keys().next().value ?? '');
  cache.set(key, map);
  return map;
}

export type OpenedImport =
  | { readonly kind: 'missing' }
  | { readonly kind: 'denied'; readonly denial: PassDenial }
  | { readonly kind: 'playlist'; readonly text: string }
  | { readonly kind: 'object'; readonly at: ImportedObject };

/** What a path of an imported version opens, once its pass was verified. */
export async function openImported(media: R2Bucket, path: MediaPath): Promise<OpenedImport> {
  const { object } = path;
  if (object.kind !== 'imported' && object.kind !== 'imported-playlist') return { kind: 'missing' };
  const map = await loadObjectMap(media, path);
  if (map === null) return { kind: 'missing' };
  const bounds = checkImportedBounds(map, path.pass, object.rendition, object.kind === 'imported' ? object.file : null);
  if (!bounds.ok) {
    return bounds.error.reason === 'unknown_object' ? { kind: 'missing' } : { kind: 'denied', denial: bounds.error };
  }
  if (bounds.value !== null) return { kind: 'object', at: bounds.value };
  const text = await importedMediaText(media, path, object.rendition);
  return text === null ? { kind: 'missing' } : { kind: 'playlist', text };
}

/** The Media Playlist of a Rendition, cut where its own segments leave what the pass covers. */
export async function importedMediaText(media: R2Bucket, at: PassedVersion, rendition: string): Promise<string | null> {
  const [map, lines] = await Promise.all([
    loadObjectMap(media, at),
    loadPlaylist(media, { ...at, object: { kind: 'imported-playlist', rendition } }),
  ]);
  const entry = map?.renditions[rendition];
  if (entry === undefined || lines === null) return null;
  return serializePlaylist(cutMediaPlaylist(lines, openSegmentCount(entry, at.pass.segmentCount)));
}
