import type { FileHandle } from 'node:fs/promises';
import type { EncryptSample, Subsample } from './cbcs.ts';
import { AUDIO_TRACK_ID, VIDEO_TRACK_ID } from './init-section.ts';
import { auxiliaryBoxes } from './protection-boxes.ts';
import type { Sample } from './read-track.ts';
import { ascii, box, fullBox, u32, u64 } from './write-boxes.ts';

export interface TrackRun {
  readonly kind: 'video' | 'audio';
  readonly file: FileHandle;
  readonly samples: readonly Sample[];
  /** Null leaves the samples as they are in the file. */
  readonly encrypt: EncryptSample | null;
}

/** What one moof/mdat pair holds. */
export interface Fragment {
  readonly sequenceNumber: number;
  readonly runs: readonly TrackRun[];
}

export interface MediaSegment {
  readonly bytes: Buffer;
  /** Where the first moof and the first sample behind it lie: the picture that opens a segment of a rung. */
  readonly opening: ByteRange;
}

export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

const SYNC_FLAGS = 0x0200_0000;
const NON_SYNC_FLAGS = 0x0101_0000;
/** data-offset, sample duration, size, flags and composition offset are all present. */
const TRUN_FLAGS = 0x1 | 0x100 | 0x200 | 0x400 | 0x800;
const TRUN_AUDIO_FLAGS = 0x1 | 0x200;
const DEFAULT_BASE_IS_MOOF = 0x02_0000;
const DEFAULT_DURATION_AND_FLAGS = 0x8 | 0x20;

/** A Media Segment: styp, then one or more moof/mdat pairs, each of which can be appended as soon as it has arrived. */
export async function mediaSegment(fragments: readonly Fragment[]): Promise<MediaSegment> {
  const styp = box('styp', ascii('msdh'), u32(0), ascii('msdhmsixiso6'));
  const parts: Buffer[] = [];
  for (const fragment of fragments) parts.push(...(await fragmentBoxes(fragment)));
  const firstSampleBytes = fragments[0]?.runs[0]?.samples[0]?.sizeBytes ?? 0;
  const length = (parts[0]?.length ?? 0) + BOX_HEADER_BYTES + firstSampleBytes;
  return { bytes: Buffer.concat([styp, ...parts]), opening: { offset: styp.length, length } };
}

const BOX_HEADER_BYTES = 8;
const MFHD_BYTES = 16;

async function fragmentBoxes({ sequenceNumber, runs }: Fragment): Promise<readonly [moof: Buffer, mdat: Buffer]> {
  const loaded = await Promise.all(runs.filter(({ samples }) => samples.length > 0).map(loadRun));
  // The size of a moof does not depend on the offsets in it, so it is written twice.
  const headerBytes = moof(sequenceNumber, loaded, 0).length + BOX_HEADER_BYTES;
  return [moof(sequenceNumber, loaded, headerBytes), box('mdat', ...loaded.map(({ bytes }) => bytes))];
}

/** Samples as they are written, and what is protected of each; null where nothing is encrypted. */
interface LoadedRun {
  readonly run: TrackRun;
  readonly bytes: Buffer;
  readonly subsamples: readonly (readonly Subsample[] | null)[] | null;
}

async function loadRun(run: TrackRun): Promise<LoadedRun> {
  const { file, samples, encrypt } = run;
  const bytes = Buffer.alloc(samples.reduce((sum, sample) => sum + sample.sizeBytes, 0));
  const subsamples: (readonly Subsample[] | null)[] = [];
  let at = 0;
  for (const { offset, sizeBytes } of samples) {
    await file.read(bytes, at, sizeBytes, offset);
    if (encrypt !== null) subsamples.push(encrypt(bytes.subarray(at, at + sizeBytes)));
    at += sizeBytes;
  }
  return { run, bytes, subsamples: encrypt && subsamples };
}

/** `dataOffset` is where the bytes of the first run begin, from the start of the moof. */
function moof(sequenceNumber: number, runs: readonly LoadedRun[], dataOffset: number): Buffer {
  const trafs: Buffer[] = [];
  let [at, dataAt] = [BOX_HEADER_BYTES + MFHD_BYTES, dataOffset];
  for (const loaded of runs) {
    const written = traf(loaded, at, dataAt);
    trafs.push(written);
    at += written.length;
    dataAt += loaded.bytes.length;
  }
  return box('moof', fullBox('mfhd', 0, 0, u32(sequenceNumber)), ...trafs);
}

/** `at` is where the traf itself begins. */
function traf({ run: { kind, samples }, subsamples }: LoadedRun, at: number, dataOffset: number): Buffer {
  const [first] = samples;
  const isAudio = kind === 'audio';
  const trackId = isAudio ? AUDIO_TRACK_ID : VIDEO_TRACK_ID;
  const defaults = isAudio ? u32(first?.durationTicks ?? 0, SYNC_FLAGS) : Buffer.alloc(0);
  const tfhdFlags = DEFAULT_BASE_IS_MOOF | (isAudio ? DEFAULT_DURATION_AND_FLAGS : 0);
  const tfhd = fullBox('tfhd', 0, tfhdFlags, u32(trackId), defaults);
  const tfdt = fullBox('tfdt', 1, 0, u64(first?.decodeTicks ?? 0));
  const entries = samples.map((sample) => (isAudio ? u32(sample.sizeBytes) : videoEntry(sample)));
  const trun = fullBox('trun', 1, isAudio ? TRUN_AUDIO_FLAGS : TRUN_FLAGS, u32(samples.length, dataOffset), ...entries);
  const auxiliaryAt = at + BOX_HEADER_BYTES + tfhd.length + tfdt.length + trun.length;
  const auxiliary = subsamples === null ? [] : [auxiliaryBoxes(subsamples, auxiliaryAt)];
  return box('traf', tfhd, tfdt, trun, ...auxiliary);
}

function videoEntry(sample: Sample): Buffer {
  return u32(
    sample.durationTicks,
    sample.sizeBytes,
    sample.isSync ? SYNC_FLAGS : NON_SYNC_FLAGS,
    sample.compositionTicks,
  );
}
