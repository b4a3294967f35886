import { cutMediaPlaylist } from '#core/playlist/cut.ts';
import { serializePlaylist } from '#core/playlist/lines.ts';
import { prefixRelativeUris } from '#core/playlist/uris.ts';
import { keepVariants } from '#core/playlist/variants.ts';
import { isImported, isInMask, storageKey, type MediaObject, type MediaPass } from '#core/token/media-pass.ts';
import { loadPlaylist } from './canonical-playlists.ts';
import { type ContentKeySource, withContentKey } from './content-keys.ts';
import { importedMediaText } from './imported-version.ts';
import { signSegmentUris, type SegmentSigner } from './segment-signer.ts';
import { parseMediaUri } from './variant-uri.ts';

/** One version of one asset, under a pass. */
export interface PassedVersion {
  readonly assetId: string;
  readonly version: string;
  readonly pass: MediaPass;
}

/** The Multivariant Playlist with the Variant Streams that the pass covers; `prefix` makes their URIs absolute paths. */
export async function multivariantText(
  media: R2Bucket,
  at: PassedVersion,
  prefix: string,
  revision = 0,
): Promise<string | null> {
  const lines = await loadPlaylist(media, { ...at, object: { kind: 'multivariant', revision } });
  if (lines === null) return null;
  const kept = keepVariants(lines, (uri) => covers(at.pass, parseMediaUri(uri)));
  return serializePlaylist(prefix === '' ? kept : prefixRelativeUris(kept, prefix));
}

/** Where what a Media Playlist lists is fetched: its objects from the CDN with a signer, its key under the pass always. */
export interface Delivery {
  readonly signer: SegmentSigner | null;
  readonly contentKey: ContentKeySource;
}

type MediaPlaylist = Extract<MediaObject, { kind: 'media-playlist' | 'i-frames' | 'track-playlist' }>;

/** A Media Playlist of ours, or the `v{n}` of an imported version, cut where the pass ends. */
export async function mediaText(
  media: R2Bucket,
  at: PassedVersion,
  object: MediaPlaylist,
  { signer, contentKey }: Delivery,
): Promise<string | null> {
  if (isImported(at.version)) return importedMediaText(media, at, `v${object.rendition}`);
  const lines = await loadPlaylist(media, { ...at, object });
  if (lines === null) return null;
  const cut = await withContentKey(cutMediaPlaylist(lines, at.pass.segmentCount), contentKey);
  if (cut === null) return null;
  const folder = storageKey({ ...at, object }).replace(/[^/]+$/, '');
  return serializePlaylist(signer === null ? cut : await signSegmentUris(cut, signer, folder));
}

/** Renditions in the pass, lowest bit first. */
export function coveredRenditions(pass: MediaPass): number[] {
  return Array.from({ length: 10 }, (_, index) => index).filter((index) => covers(pass, index));
}

function covers(pass: MediaPass, rendition: number | null): boolean {
  return rendition !== null && isInMask(pass, 2 ** rendition);
}
