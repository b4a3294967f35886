import type {
  SourceAudio,
  SourceProbe,
  SourceStream,
  SourceText,
  SourceVideo,
  StreamTags,
} from '#core/ladder/source.ts';
import { err, ok, type Result } from '#core/result.ts';
import { classifyProbeError, tooLargePicture } from './classify-failure.ts';
import type { JobFailure } from './failure.ts';
import { inputArgs } from './input-args.ts';
import { MAX_PROBE_OUTPUT_BYTES, PROBE_TIMEOUT_MS, PROBED_PACKETS } from './limits.ts';
import { runProcess } from './run-process.ts';

export interface ProbeRequest {
  readonly ffprobePath: string;
  /** Codecs outside it count as unknown. */
  readonly decodable: ReadonlySet<string>;
  readonly sourceFile: string;
  readonly workDir: string;
  readonly signal: AbortSignal;
  /** Demuxers that may open it, where not those of a film. */
  readonly formats?: string;
}

/** Reads a file's streams with ffprobe, under the same restrictions as the encode. */
export async function probeSource(request: ProbeRequest): Promise<Result<SourceProbe, JobFailure>> {
  const args = [
    '-hide_banner',
    '-v',
    'error',
    ...inputArgs(request.formats),
    '-show_format',
    '-show_streams',
    '-show_packets',
    '-read_intervals',
    `%+#${PROBED_PACKETS}`,
    '-of',
    'json',
    request.sourceFile,
  ];
  const outcome = await runProcess({
    command: request.ffprobePath,
    args,
    cwd: request.workDir,
    timeoutMs: PROBE_TIMEOUT_MS,
    maxStdoutBytes: MAX_PROBE_OUTPUT_BYTES,
    signal: request.signal,
  });
  if (outcome.ended === 'not-started')
    return err({ reason: 'internal-error', evidence: `ffprobe: ${outcome.stderrTail}` });
  if (outcome.ended !== 'exit')
    return err({ reason: 'source-unreadable', evidence: `probing it ended with ${outcome.ended}` });
  // Ended by a signal: the static ffprobe of npm crashes at every MPEG-TS file (seen with 5.2.0).
  if (outcome.exitCode === null)
    return err({
      reason: 'source-unreadable',
      evidence: 'the installed ffprobe crashes at it (a system ffmpeg may not)',
    });
  if (outcome.exitCode !== 0) return err(classifyProbeError(outcome.stderrTail));
  const probe = parseProbe(parseJson(outcome.stdout));
  // A picture that is larger than allowed has no size and no format any more: ffprobe only mentions it.
  const tooLarge = tooLargePicture(outcome.stderrTail);
  if (tooLarge !== null && probe.video.every((video) => video.storedWidth === 0)) return err(tooLarge);
  const known = <S extends SourceStream>(stream: S): S =>
    stream.codec === null || request.decodable.has(stream.codec) ? stream : { ...stream, codec: null };
  return ok({
    ...probe,
    video: probe.video.map(known),
    audio: probe.audio.map(known),
    text: probe.text.map(known),
  });
}

/** Maps ffprobe's JSON to our words, at this one place. Everything in it is untrusted and checked for its type. */
export function parseProbe(json: unknown): SourceProbe {
  const root = asRecord(json);
  const format = asRecord(root['format']);
  const containerStart = asNumber(format['start_time']) ?? 0;
  const streams = Array.isArray(root['streams']) ? root['streams'].map(asRecord) : [];
  const encrypted = encryptedStreams(root['packets']);
  const ofType = (type: string): readonly Fields[] => streams.filter((stream) => stream['codec_type'] === type);
  return {
    durationSeconds: asNumber(format['duration']),
    video: streams.filter(isMovingPicture).map((stream) => toVideo(stream, containerStart, encrypted)),
    audio: ofType('audio').map((stream) => toAudio(stream, containerStart, encrypted)),
    text: ofType('subtitle').map((stream) => toText(stream, containerStart, encrypted)),
  };
}

/** What is no JSON has no streams. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

type Fields = Readonly<Record<string, unknown>>;

/** Cover art is a video stream of one picture. */
function isMovingPicture(stream: Fields): boolean {
  return stream['codec_type'] === 'video' && asRecord(stream['disposition'])['attached_pic'] !== 1;
}

function toVideo(stream: Fields, containerStart: number, encrypted: StreamNumbers): SourceVideo {
  return {
    ...streamBasics(stream, containerStart, encrypted),
    storedWidth: asNumber(stream['width']) ?? 0,
    storedHeight: asNumber(stream['height']) ?? 0,
    rotationDegrees: rotationOf(stream),
    sampleAspectRatio: ratio(stream['sample_aspect_ratio'], ':') ?? 1,
    averageFrameRate: ratio(stream['avg_frame_rate'], '/'),
    transfer: transferOf(stream['color_transfer']),
    matrix: matrixOf(stream['color_space']),
  };
}

function toAudio(stream: Fields, containerStart: number, encrypted: StreamNumbers): SourceAudio {
  return { ...streamBasics(stream, containerStart, encrypted), ...tagsOf(stream) };
}

function toText(stream: Fields, containerStart: number, encrypted: StreamNumbers): SourceText {
  const isForHearingImpaired = asRecord(stream['disposition'])['hearing_impaired'] === 1;
  return { ...streamBasics(stream, containerStart, encrypted), ...tagsOf(stream), isForHearingImpaired };
}

function tagsOf(stream: Fields): StreamTags {
  const tags = asRecord(stream['tags']);
  const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);
  const isDefault = asRecord(stream['disposition'])['default'] === 1;
  return { language: text(tags['language']), title: text(tags['title']), isDefault };
}

function streamBasics(stream: Fields, containerStart: number, encrypted: StreamNumbers): SourceStream {
  const codec = stream['codec_name'];
  const streamIndex = asNumber(stream['index']) ?? 0;
  return {
    streamIndex,
    codec: typeof codec === 'string' && codec !== '' && codec !== 'none' && codec !== 'unknown' ? codec : null,
    encrypted: encrypted.has(streamIndex) || isMarkedEncrypted(stream),
    startSeconds: Math.max(0, (asNumber(stream['start_time']) ?? containerStart) - containerStart),
    durationSeconds: asNumber(stream['duration']),
  };
}

type StreamNumbers = ReadonlySet<number>;

/** ffprobe names the format below the encryption (`avc1`, not `encv`); only the packets tell. */
function encryptedStreams(packets: unknown): StreamNumbers {
  const all = Array.isArray(packets) ? packets.map(asRecord) : [];
  const isEncrypted = (packet: Fields): boolean =>
    Array.isArray(packet['side_data_list']) &&
    packet['side_data_list'].map(asRecord).some((data) => asText(data['side_data_type']).startsWith('Encryption'));
  return new Set(all.filter(isEncrypted).map((packet) => asNumber(packet['stream_index']) ?? -1));
}

/** Without the box that names the format below (`frma`) the outer one stays; Matroska has a tag. */
function isMarkedEncrypted(stream: Fields): boolean {
  return /^enc[av]$/.test(asText(stream['codec_tag_string'])) || 'enc_key_id' in asRecord(stream['tags']);
}

/** ffprobe 5 writes side data, older ones also a tag. */
function rotationOf(stream: Fields): number {
  const sideData = Array.isArray(stream['side_data_list']) ? stream['side_data_list'].map(asRecord) : [];
  const matrix = sideData.map((entry) => asNumber(entry['rotation'])).find((rotation) => rotation !== null);
  return matrix ?? asNumber(asRecord(stream['tags'])['rotate']) ?? 0;
}

function transferOf(value: unknown): SourceVideo['transfer'] {
  if (value === 'smpte2084') return 'pq';
  return value === 'arib-std-b67' ? 'hlg' : 'sdr';
}

function matrixOf(value: unknown): SourceVideo['matrix'] {
  if (value === 'smpte170m' || value === 'bt470bg') return 'bt601';
  if (value === 'bt709') return 'bt709';
  return value === 'bt2020nc' || value === 'bt2020c' ? 'bt2020' : 'unknown';
}

function ratio(value: unknown, separator: string): number | null {
  const [left, right] = asText(value).split(separator).map(Number);
  const result = (left ?? 0) / (right ?? 0);
  return Number.isFinite(result) && result > 0 ? result : null;
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function asNumber(value: unknown): number | null {
  const number =
    typeof value === 'number' ? value : typeof value === 'string' && value !== '' ? Number(value) : Number.NaN;
  return Number.isFinite(number) ? number : null;
}

function asRecord(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}
