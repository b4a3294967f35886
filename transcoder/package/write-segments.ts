import { keyPlaceholderTag } from '#core/playlist/key-lines.ts';
import type { CbcsKey } from './cbcs.ts';
import { encryptSegment } from './encrypt-segment.ts';
import type { Folder } from './folder.ts';
import { type Fragment, type MediaSegment, mediaSegment } from './media-segment.ts';

/** How a version is encrypted: whole segments, or samples. */
export type Protection = CbcsKey | { readonly scheme: 'aes-128'; readonly key: Buffer };

/** The key for samples, where samples are what is encrypted. */
export function sampleKey(protection: Protection | null): CbcsKey | null {
  return protection?.scheme === 'cbcs' ? protection : null;
}

/** Of a Media Playlist. A key of ours is left for the edge to write, for each viewer anew; a key server's is public. */
export function keyTags(protection: Protection | null): readonly string[] {
  if (protection === null) return [];
  return sampleKey(protection)?.signalling?.mediaPlaylistTags ?? [keyPlaceholderTag(protection.scheme)];
}

export type UnnumberedFragment = Omit<Fragment, 'sequenceNumber'>;

export interface WrittenSegment {
  readonly sizeBytes: number;
  readonly opening: MediaSegment['opening'];
}

/** Writes `0.m4s` and on. Whole segments are encrypted here; samples were told how when the fragments were planned. */
export async function writeSegments(
  folder: Folder,
  segments: readonly (readonly UnnumberedFragment[])[],
  protection: Protection | null,
): Promise<readonly WrittenSegment[]> {
  const written: WrittenSegment[] = [];
  let sequenceNumber = 1;
  for (const [n, fragments] of segments.entries()) {
    const numbered = fragments.map((fragment) => ({ ...fragment, sequenceNumber: sequenceNumber++ }));
    const { bytes, opening } = await mediaSegment(numbered);
    const stored = protection?.scheme === 'aes-128' ? encryptSegment(bytes, protection.key, n) : bytes;
    await folder.write(`${n}.m4s`, stored);
    written.push({ sizeBytes: stored.length, opening });
  }
  return written;
}
