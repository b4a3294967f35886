import { type FileHandle, open } from 'node:fs/promises';
import { BoxError, childBoxes, findBox, listFileBoxes, readFileBox, requireBox } from './read-boxes.ts';

export interface Sample {
  /** Where its bytes are in the file. */
  readonly offset: number;
  readonly sizeBytes: number;
  /** Ticks of the track's timescale. */
  readonly durationTicks: number;
  readonly decodeTicks: number;
  /** Composition offset, signed; presentation time is decodeTicks + compositionTicks. */
  readonly compositionTicks: number;
  readonly isSync: boolean;
}

/** One track of a fragmented MP4 file that ffmpeg wrote. */
export interface Track {
  readonly timescale: number;
  /** The sample description box, copied into the Media Initialization Section as it is. */
  readonly stsd: Buffer;
  /** In decode order. */
  readonly samples: readonly Sample[];
  readonly file: FileHandle;
}

/** Opens a single-track fragmented file and lists its samples. The caller closes `file`. */
export async function openTrack(path: string): Promise<Track> {
  const file = await open(path, 'r');
  try {
    return await readTrack(file);
  } catch (cause) {
    await file.close();
    throw cause;
  }
}

async function readTrack(file: FileHandle): Promise<Track> {
  const { size } = await file.stat();
  const boxes = await listFileBoxes(file, size);
  const moovBox = boxes.find((box) => box.type === 'moov');
  if (moovBox === undefined) throw new BoxError('no moov');
  const moov = await readFileBox(file, moovBox);
  const mdhd = requireBox(moov.body, 'trak', 'mdia', 'mdhd').body;
  const trex = requireBox(moov.body, 'mvex', 'trex').body;
  const samples: Sample[] = [];
  for (const box of boxes) {
    if (box.type !== 'moof') continue;
    const moof = await readFileBox(file, box);
    const traf = requireBox(moof.body, 'traf').body;
    samples.push(...readFragment(traf, { moofOffset: box.offset, trex, decodeTicks: nextDecodeTicks(samples) }));
  }
  return {
    timescale: mdhd.readUInt32BE(mdhd[0] === 1 ? 20 : 12),
    stsd: requireBox(moov.body, 'trak', 'mdia', 'minf', 'stbl', 'stsd').bytes,
    samples,
    file,
  };
}

function nextDecodeTicks(samples: readonly Sample[]): number {
  const last = samples.at(-1);
  return last === undefined ? 0 : last.decodeTicks + last.durationTicks;
}

export interface FragmentContext {
  readonly moofOffset: number;
  readonly trex: Buffer;
  /** Used where the fragment has no tfdt. */
  readonly decodeTicks: number;
}

/** Defaults of a fragment, tfhd before trex (ISO/IEC 14496-12, 8.8.7). */
interface FragmentDefaults {
  readonly dataOffset: number;
  readonly duration: number;
  readonly size: number;
  readonly flags: number;
}

const SAMPLE_IS_NON_SYNC = 0x0001_0000;

export function readFragment(traf: Buffer, context: FragmentContext): readonly Sample[] {
  const defaults = readDefaults(requireBox(traf, 'tfhd').body, context);
  const tfdt = findBox(traf, 'tfdt');
  let decodeTicks = context.decodeTicks;
  if (tfdt !== null)
    decodeTicks = tfdt.body[0] === 1 ? Number(tfdt.body.readBigUInt64BE(4)) : tfdt.body.readUInt32BE(4);
  const samples: Sample[] = [];
  for (const box of childBoxes(traf)) {
    if (box.type !== 'trun') continue;
    for (const sample of readRun(box.body, defaults, decodeTicks)) {
      samples.push(sample);
      decodeTicks += sample.durationTicks;
    }
  }
  return samples;
}

function readDefaults(tfhd: Buffer, context: FragmentContext): FragmentDefaults {
  const flags = tfhd.readUIntBE(1, 3);
  let at = 8;
  const take = (present: number, fallback: number): number => {
    if (!(flags & present)) return fallback;
    at += 4;
    return tfhd.readUInt32BE(at - 4);
  };
  let dataOffset = context.moofOffset;
  if (flags & 0x1) {
    dataOffset = Number(tfhd.readBigUInt64BE(at));
    at += 8;
  }
  take(0x2, 0);
  const duration = take(0x8, context.trex.readUInt32BE(12));
  const size = take(0x10, context.trex.readUInt32BE(16));
  return { dataOffset, duration, size, flags: take(0x20, context.trex.readUInt32BE(20)) };
}

function readRun(trun: Buffer, defaults: FragmentDefaults, firstDecodeTicks: number): readonly Sample[] {
  const flags = trun.readUIntBE(1, 3);
  const count = trun.readUInt32BE(4);
  let at = 8;
  const next = (): number => {
    at += 4;
    return trun.readUInt32BE(at - 4);
  };
  let offset = defaults.dataOffset + (flags & 0x1 ? next() | 0 : 0);
  const firstFlags = flags & 0x4 ? next() : null;
  const samples: Sample[] = [];
  let decodeTicks = firstDecodeTicks;
  for (let n = 0; n < count; n++) {
    const durationTicks = flags & 0x100 ? next() : defaults.duration;
    const sizeBytes = flags & 0x200 ? next() : defaults.size;
    const ownFlags = flags & 0x400 ? next() : defaults.flags;
    const sampleFlags = n === 0 && firstFlags !== null ? firstFlags : ownFlags;
    // Version 0 is unsigned by the letter; no real offset reaches 2^31, so both read as signed.
    const compositionTicks = flags & 0x800 ? next() | 0 : 0;
    const isSync = (sampleFlags & SAMPLE_IS_NON_SYNC) === 0;
    samples.push({ offset, sizeBytes, durationTicks, decodeTicks, compositionTicks, isSync });
    offset += sizeBytes;
    decodeTicks += durationTicks;
  }
  return samples;
}
