import type { FileHandle } from 'node:fs/promises';
import { err, ok, type Result } from '#core/result.ts';
import type { JobFailure } from './failure.ts';

export type Container = 'mp4' | 'matroska' | 'mpegts';

type SniffFailure = Extract<JobFailure, { reason: 'container-not-allowed' | 'source-truncated' | 'source-empty' }>;

const HEAD_BYTES = 1024;
/** First boxes that QuickTime and MP4 files start with; old QuickTime has no ftyp. */
const FIRST_BOXES = new Set(['ftyp', 'moov', 'mdat', 'wide', 'free', 'skip', 'pnot']);
/** EBML (RFC 8794) and Matroska (RFC 9559): the first element of a file and the one that holds the film. */
const EBML_ID = 0x1a45dfa3;
const SEGMENT_ID = 0x18538067;
const TS_PACKET_BYTES = 188;
/** Boxes on the top level of a file; a fragmented one has two a fragment. */
const MAX_TOP_LEVEL_BOXES = 100_000;

/**
 * Tells the container by its first bytes, before any decoder sees the file: a name or a Content-Type proves nothing, and a
 * playlist called `.mp4` would make ffmpeg open what the playlist names.
 */
export async function sniffContainer(file: FileHandle, sizeBytes: number): Promise<Result<Container, SniffFailure>> {
  if (sizeBytes === 0) return err({ reason: 'source-empty' });
  const head = Buffer.alloc(Math.min(HEAD_BYTES, sizeBytes));
  await file.read(head, 0, head.length, 0);
  if (head.length >= 8 && FIRST_BOXES.has(head.toString('latin1', 4, 8))) return checkBoxes(file, sizeBytes);
  if (head.length >= 4 && head.readUInt32BE(0) === EBML_ID) return checkSegment(head, sizeBytes);
  if (isTransportStream(head, 0, TS_PACKET_BYTES) || isTransportStream(head, 4, TS_PACKET_BYTES + 4))
    return ok('mpegts');
  return err({ reason: 'container-not-allowed', evidence: `it begins with ${describeHead(head)}` });
}

function isTransportStream(head: Buffer, first: number, packetBytes: number): boolean {
  return [0, 1, 2].every((n) => head[first + n * packetBytes] === 0x47);
}

/** Never the bytes themselves in text that an operator's page will show. */
function describeHead(head: Buffer): string {
  const names: readonly (readonly [string, string])[] = [
    ['#EXTM3U', 'an HLS playlist'],
    ['<?xml', 'XML'],
    ['<MPD', 'a DASH manifest'],
    ['ffconcat', 'an ffmpeg list'],
    ['v=0', 'an SDP description'],
    ['RIFF', 'RIFF (AVI or WAV)'],
    ['\u0089PNG', 'a PNG picture'],
    ['\u00ff\u00d8\u00ff', 'a JPEG picture'],
    ['PK', 'a ZIP archive'],
  ];
  const start = head.toString('latin1', 0, 16);
  const known = names.find(([magic]) => start.startsWith(magic));
  return known?.[1] ?? `the bytes ${head.subarray(0, 8).toString('hex')}`;
}

/**
 * Walks the top-level boxes. One that is larger than what is left of the file means that the upload broke off; ffprobe and
 * ffmpeg would read such a file with exit code 0 and a shorter episode.
 */
async function checkBoxes(file: FileHandle, sizeBytes: number): Promise<Result<Container, SniffFailure>> {
  const header = Buffer.alloc(16);
  let offset = 0;
  let hasMoov = false;
  for (let boxes = 0; offset + 8 <= sizeBytes && boxes < MAX_TOP_LEVEL_BOXES; boxes++) {
    const { bytesRead } = await file.read(header, 0, 16, offset);
    if (bytesRead < 8) break;
    const type = header.toString('latin1', 4, 8);
    const declared = header.readUInt32BE(0);
    const length = declared === 1 ? Number(header.readBigUInt64BE(8)) : declared === 0 ? sizeBytes - offset : declared;
    // Bytes after the last box (padding of some cameras) are not a box.
    if (length < 8 || !/^[\x20-\x7e\xa9]{4}$/.test(type)) break;
    hasMoov ||= type === 'moov';
    if (offset + length > sizeBytes) {
      const evidence = `its ${type} part needs ${offset + length} bytes and the file has ${sizeBytes}`;
      return err({ reason: 'source-truncated', evidence });
    }
    offset += length;
  }
  return hasMoov ? ok('mp4') : err({ reason: 'source-truncated', evidence: 'its index (moov) is missing' });
}

/** The Segment says how long it is, except in a live recording; a shorter file broke off. */
function checkSegment(head: Buffer, sizeBytes: number): Result<Container, SniffFailure> {
  const header = readVint(head, 4);
  if (header === null || header.value === null) return ok('matroska');
  const at = header.end + header.value;
  if (at + 4 > head.length || head.readUInt32BE(at) !== SEGMENT_ID) return ok('matroska');
  const segment = readVint(head, at + 4);
  if (segment === null || segment.value === null || segment.end + segment.value <= sizeBytes) return ok('matroska');
  const evidence = `its film needs ${segment.end + segment.value} bytes and the file has ${sizeBytes}`;
  return err({ reason: 'source-truncated', evidence });
}

/** A length whose leading zero bits tell its bytes; all ones mean unknown (null). */
function readVint(bytes: Buffer, at: number): { readonly value: number | null; readonly end: number } | null {
  const extra = Math.clz32(bytes[at] ?? 0) - 24;
  if (extra > 7 || at + extra >= bytes.length) return null;
  let value = (bytes[at] ?? 0) & (0x7f >> extra);
  let isUnknown = value === 0x7f >> extra;
  for (let n = 1; n <= extra; n++) {
    value = value * 256 + (bytes[at + n] ?? 0);
    isUnknown &&= bytes[at + n] === 0xff;
  }
  return { value: isUnknown ? null : value, end: at + 1 + extra };
}
