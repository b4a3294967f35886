import { type FileHandle, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decryptSample, type Subsample } from '../package/cbcs.ts';
import { decryptSegment } from '../package/encrypt-segment.ts';
import { type Box, BoxError, childBoxes, findBox, requireBox } from '../package/read-boxes.ts';
import { readFragment, type Sample, type Track } from '../package/read-track.ts';
import { readStoredInit, type StoredTrack } from './stored-init.ts';

/** The key of a version that is stored. */
export interface StoredKey {
  readonly scheme: 'aes-128' | 'cbcs';
  readonly key: Buffer;
}

/** One Rendition of ours as it was before it was packaged: samples in the clear, one after the other. The caller closes `file`. */
export interface StoredRendition {
  readonly video: StoredVideo | null;
  readonly audio: Track | null;
  readonly file: FileHandle;
}

export interface StoredVideo {
  readonly track: Track;
  readonly reorderTicks: number;
  /** The first frame of each segment. */
  readonly boundaryFrames: readonly number[];
}

/** Reads `init.mp4` and `0.m4s` and on, and leaves what it decrypted in `scratchFile`. */
export async function readStored(
  folder: string,
  segmentCount: number,
  key: StoredKey | null,
  scratchFile: string,
): Promise<StoredRendition> {
  const tracks = readStoredInit(await readFile(join(folder, 'init.mp4')));
  const samples = new Map<StoredTrack, Sample[]>(tracks.map((track) => [track, []]));
  const video = tracks.find(({ kind }) => kind === 'video');
  const boundaryFrames: number[] = [];
  const file = await open(scratchFile, 'w+', 0o600);
  try {
    let at = 0;
    for (let n = 0; n < segmentCount; n++) {
      const stored = await readFile(join(folder, `${n}.m4s`));
      const bytes = key?.scheme === 'aes-128' ? decryptSegment(stored, key.key, n) : stored;
      if (video !== undefined) boundaryFrames.push(samples.get(video)?.length ?? 0);
      for (const [track, found] of readSegment(bytes, tracks, key)) {
        samples.get(track)?.push(...found.map((sample) => ({ ...sample, offset: sample.offset + at })));
      }
      await file.write(bytes, 0, bytes.length, at);
      at += bytes.length;
    }
    const trackOf = (one: StoredTrack): Track => {
      return { timescale: one.timescale, stsd: one.stsd, samples: samples.get(one) ?? [], file };
    };
    const audio = tracks.find(({ kind }) => kind === 'audio');
    return {
      video: video ? { track: trackOf(video), reorderTicks: video.reorderTicks, boundaryFrames } : null,
      audio: audio ? trackOf(audio) : null,
      file,
    };
  } catch (cause) {
    await file.close();
    throw cause;
  }
}

/** The samples of one segment, decrypted where they lie in `bytes`. */
function readSegment(
  bytes: Buffer,
  tracks: readonly StoredTrack[],
  key: StoredKey | null,
): readonly (readonly [StoredTrack, readonly Sample[]])[] {
  let moofOffset = 0;
  const found: (readonly [StoredTrack, readonly Sample[]])[] = [];
  for (const moof of childBoxes(bytes)) {
    if (moof.type === 'moof') {
      for (const traf of childBoxes(moof.body).filter(({ type }) => type === 'traf')) {
        const track = trackOfTraf(traf, tracks);
        const samples = readFragment(traf.body, { moofOffset, trex: track.trex, decodeTicks: 0 });
        if (track.cbcs !== null) decryptFragment(bytes, samples, traf, track.cbcs, key);
        found.push([track, samples]);
      }
    }
    moofOffset += moof.bytes.length;
  }
  return found;
}

function trackOfTraf(traf: Box, tracks: readonly StoredTrack[]): StoredTrack {
  const trackId = requireBox(traf.body, 'tfhd').body.readUInt32BE(4);
  const track = tracks.find((one) => one.trackId === trackId);
  if (track === undefined) throw new BoxError(`a segment of a track ${trackId}, which its init section has not`);
  return track;
}

function decryptFragment(
  bytes: Buffer,
  samples: readonly Sample[],
  traf: Box,
  { iv, stepBytes }: NonNullable<StoredTrack['cbcs']>,
  key: StoredKey | null,
): void {
  if (key === null) throw new BoxError('the segments are encrypted, and the lease has no key for them');
  const subsamples = readSubsamples(traf, samples.length);
  samples.forEach(({ offset, sizeBytes }, n) => {
    const sample = bytes.subarray(offset, offset + sizeBytes);
    decryptSample(sample, subsamples[n] ?? null, stepBytes, { key: key.key, iv });
  });
}

const USES_SUBSAMPLES = 2;
const SUBSAMPLE_BYTES = 6;

/** Without subsamples each sample is encrypted from its first byte on. @see ISO/IEC 23001-7 7.2 (senc) */
function readSubsamples(traf: Box, count: number): readonly (readonly Subsample[])[] {
  const senc = findBox(traf.body, 'senc')?.body;
  if (senc === undefined || senc.readUInt32BE(4) !== count) throw new BoxError('no senc for all samples of a fragment');
  if ((senc.readUIntBE(1, 3) & USES_SUBSAMPLES) === 0) return [];
  let at = 8;
  return Array.from({ length: count }, () => {
    const pairs = senc.readUInt16BE(at);
    const first = at + 2;
    at = first + pairs * SUBSAMPLE_BYTES;
    return Array.from({ length: pairs }, (_, n) => {
      const pair = first + n * SUBSAMPLE_BYTES;
      return { clearBytes: senc.readUInt16BE(pair), protectedBytes: senc.readUInt32BE(pair + 2) };
    });
  });
}
