import type { FileHandle } from 'node:fs/promises';
import { AUDIO_TRACK_ID, VIDEO_TRACK_ID } from './init-section.ts';
import type { Sample } from './read-track.ts';
import { ascii, box, fullBox, u32, u64 } from './write-boxes.ts';

export interface TrackRun {
  readonly file: FileHandle;
  readonly samples: readonly Sample[];
}

/** What one moof/mdat pair holds. */
export interface Fragment {
  readonly sequenceNumber: number;
  readonly video: TrackRun;
  readonly audio: TrackRun;
}

const SYNC_FLAGS = 0x0200_0000;
const NON_SYNC_FLAGS = 0x0101_0000;
/** data-offset, sample duration, size, flags and composition offset are all present. */
const TRUN_FLAGS = 0x1 | 0x100 | 0x200 | 0x400 | 0x800;
const TRUN_AUDIO_FLAGS = 0x1 | 0x200;
const DEFAULT_BASE_IS_MOOF = 0x02_0000;
const DEFAULT_DURATION_AND_FLAGS = 0x8 | 0x20;

/** A Media Segment: styp, then one or more moof/mdat pairs, each of which can be appended as soon as it has arrived. */
export async function mediaSegment(fragments: readonly Fragment[]): Promise<Buffer> {
  const parts: Buffer[] = [box('styp', ascii('msdh'), u32(0), ascii('msdhmsixiso6'))];
  for (const fragment of fragments) parts.push(...(await fragmentBoxes(fragment)));
  return Buffer.concat(parts);
}

async function fragmentBoxes(fragment: Fragment): Promise<readonly Buffer[]> {
  const video = await readSamples(fragment.video);
  const audio = await readSamples(fragment.audio);
  // The size of a moof does not depend on the offsets in it, so it is written twice.
  const headerBytes = moof(fragment, 0, 0).length + 8;
  const media = box('mdat', video, audio);
  return [moof(fragment, headerBytes, headerBytes + video.length), media];
}

function moof(fragment: Fragment, videoOffset: number, audioOffset: number): Buffer {
  const trafs: Buffer[] = [];
  const { video, audio } = fragment;
  if (video.samples.length > 0) trafs.push(traf(VIDEO_TRACK_ID, video.samples, videoOffset));
  if (audio.samples.length > 0) trafs.push(traf(AUDIO_TRACK_ID, audio.samples, audioOffset));
  return box('moof', fullBox('mfhd', 0, 0, u32(fragment.sequenceNumber)), ...trafs);
}

function traf(trackId: number, samples: readonly Sample[], dataOffset: number): Buffer {
  const [first] = samples;
  const isAudio = trackId === AUDIO_TRACK_ID;
  const defaults = isAudio ? u32(first?.durationTicks ?? 0, SYNC_FLAGS) : Buffer.alloc(0);
  const tfhd = fullBox(
    'tfhd',
    0,
    DEFAULT_BASE_IS_MOOF | (isAudio ? DEFAULT_DURATION_AND_FLAGS : 0),
    u32(trackId),
    defaults,
  );
  const tfdt = fullBox('tfdt', 1, 0, u64(first?.decodeTicks ?? 0));
  const entries = samples.map((sample) => (isAudio ? u32(sample.sizeBytes) : videoEntry(sample)));
  const flags = isAudio ? TRUN_AUDIO_FLAGS : TRUN_FLAGS;
  return box('traf', tfhd, tfdt, fullBox('trun', 1, flags, u32(samples.length, dataOffset), ...entries));
}

function videoEntry(sample: Sample): Buffer {
  return u32(
    sample.durationTicks,
    sample.sizeBytes,
    sample.isSync ? SYNC_FLAGS : NON_SYNC_FLAGS,
    sample.compositionTicks,
  );
}

async function readSamples(run: TrackRun): Promise<Buffer> {
  const bytes = Buffer.alloc(run.samples.reduce((sum, sample) => sum + sample.sizeBytes, 0));
  let at = 0;
  for (const sample of run.samples) {
    await run.file.read(bytes, at, sample.sizeBytes, sample.offset);
    at += sample.sizeBytes;
  }
  return bytes;
}
