/** Speaks the transcoder's protocol, so that a version is in place in a moment and without ffmpeg. */
import { createHash, randomUUID } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import type {
  EventReceipt,
  JobStage,
  LeasedContentKey,
  LeasedJob,
  LeaseProof,
  RenditionReport,
  TranscodeResult,
  UploadGrant,
} from '#core/ingest/transcoder-protocol.ts';
import { keyPlaceholderTag } from '#core/playlist/key-lines.ts';
import { encryptSegment } from '../../../transcoder/package/encrypt-segment.ts';
import { ascii, box, fullBox, u32, u64, zeros } from '../../../transcoder/package/write-boxes.ts';
import { edgeFetch, platformSecrets } from '../../support/edge.ts';
import { jsonOf } from './http.ts';

export interface FakeVersion {
  readonly objects: ReadonlyMap<string, Buffer>;
  readonly result: TranscodeResult;
}

/** Heights as our ladder has them; `v0` is the lowest. */
const WIDTHS: Readonly<Record<number, number>> = { 640: 360, 960: 540, 1_920: 1_080 };

/** What an attempt would write: real playlists, and segments whose bytes say which they are. */
export function fakeVersion(options: { segments?: readonly number[]; heights?: readonly number[] } = {}): FakeVersion {
  const { segments = SEGMENTS, heights = [640, 960, 1_920] } = options;
  const renditions = heights.map((height, index) => renditionOf(height, index));
  const objects = new Map<string, Buffer>([['poster.jpg', Buffer.from('\xff\xd8 a poster', 'latin1')]]);
  for (const { name } of renditions) {
    objects.set(`${name}/init.mp4`, initBytes(name));
    objects.set(`${name}/media.m3u8`, Buffer.from(mediaPlaylist(segments)));
    for (const number of segments.keys()) objects.set(`${name}/${number}.m4s`, segmentBytes(name, number, segments));
  }
  objects.set('multivariant.m3u8', Buffer.from(multivariantPlaylist(renditions)));
  const durationSeconds = segments.reduce((sum, seconds) => sum + seconds, 0);
  const listed = reportOf(objects);
  return {
    objects,
    result: { durationSeconds, renditions, segmentDurationsSeconds: segments, objects: listed, warnings: [] },
  };
}

/** The same version as our packager would encrypt it: whole segments, or samples, of which these have none. */
export function protectedVersion({ objects, result }: FakeVersion, contentKey: LeasedContentKey | null): FakeVersion {
  if (contentKey === null) return { objects, result };
  const key = Buffer.from(contentKey.key, 'base64url');
  const encrypted = [...objects].map(([path, bytes]): readonly [string, Buffer] => {
    const number = /\/(\d+)\.m4s$/.exec(path)?.[1];
    if (number !== undefined)
      return [path, contentKey.scheme === 'aes-128' ? encryptSegment(bytes, key, Number(number)) : bytes];
    if (!path.endsWith('/media.m3u8')) return [path, bytes];
    return [
      path,
      Buffer.from(bytes.toString().replace(/(#EXT-X-MAP.*\n)/, `$1${keyPlaceholderTag(contentKey.scheme)}\n`)),
    ];
  });
  const listed = reportOf(new Map(encrypted));
  return { objects: new Map(encrypted), result: { ...result, objects: listed, protection: contentKey.scheme } };
}

/** As our transcoder tells of what it has sent. */
export function reportOf(objects: ReadonlyMap<string, Buffer>): TranscodeResult['objects'] {
  return [...objects].map(([path, bytes]) => ({
    path,
    sizeBytes: bytes.length,
    md5: createHash('md5').update(bytes).digest('hex'),
  }));
}

const SEGMENTS: readonly number[] = [1, 1, 2, 2, 2, 2];
const TIMESCALE = 90_000;
const NO_SYNC = 0x0101_0000;

/** The boxes that say whose picture it is, and a text that says whose init section. */
export function initBytes(rendition: string): Buffer {
  const tkhd = fullBox('tkhd', 0, 3, u32(0, 0, 1), zeros(68));
  const mdhd = fullBox('mdhd', 0, 0, u32(0, 0, TIMESCALE, 0), zeros(4));
  const hdlr = fullBox('hdlr', 0, 0, zeros(4), ascii('vide'), zeros(13));
  const moov = box('moov', box('trak', tkhd, box('mdia', mdhd, hdlr)));
  return Buffer.concat([box('ftyp', ascii('iso6'), u32(0)), moov, box('free', ascii(`init of ${rendition}`))]);
}

/** 1,000 bytes: a fragment whose mdat says its own name again and again. */
export function segmentBytes(
  rendition: string,
  number: number,
  segments: readonly number[] = SEGMENTS,
  { isSync = true, lateSeconds = 0, frames = 1 } = {},
): Buffer {
  const seconds = segments.slice(0, number).reduce((sum, each) => sum + each, lateSeconds);
  const tfhd = fullBox('tfhd', 0, 0x02_0000, u32(1));
  const tfdt = fullBox('tfdt', 1, 0, u64(Math.round(seconds * TIMESCALE)));
  const trun = fullBox('trun', 1, 0x1 | 0x4, u32(frames, 0, isSync ? 0x0200_0000 : NO_SYNC));
  const moof = box('moof', fullBox('mfhd', 0, 0, u32(number + 1)), box('traf', tfhd, tfdt, trun));
  const media = Buffer.alloc(1_000 - moof.length - 8, `segment ${rendition}/${number} `);
  return Buffer.concat([moof, box('mdat', media)]);
}

function renditionOf(height: number, index: number): RenditionReport {
  const bandwidthBps = (index + 1) * 500_000;
  const codecs = 'avc1.64001f,mp4a.40.2';
  return {
    name: `v${index}`,
    width: WIDTHS[height] ?? height,
    height,
    bandwidthBps,
    averageBandwidthBps: bandwidthBps - 1_000,
    codecs,
    frameRate: 30,
  };
}

function mediaPlaylist(segments: readonly number[]): string {
  const head = [
    '#EXTM3U',
    '#EXT-X-VERSION:7',
    '#EXT-X-TARGETDURATION:4',
    '#EXT-X-PLAYLIST-TYPE:VOD',
    '#EXT-X-MAP:URI="init.mp4"',
    '#EXT-X-OURS:FUTURE=1',
  ];
  return [
    ...head,
    ...segments.flatMap((seconds, number) => [`#EXTINF:${seconds.toFixed(5)},`, `${number}.m4s`]),
    '#EXT-X-ENDLIST',
    '',
  ].join('\n');
}

function multivariantPlaylist(renditions: readonly RenditionReport[]): string {
  const streams = renditions.flatMap(({ name, width, height, bandwidthBps, codecs }) => [
    `#EXT-X-STREAM-INF:BANDWIDTH=${bandwidthBps},CODECS="${codecs}",RESOLUTION=${width}x${height}`,
    `${name}/media.m3u8`,
  ]);
  return ['#EXTM3U', '#EXT-X-VERSION:7', '#EXT-X-FUTURE-TAG:KEPT=1', ...streams, ''].join('\n');
}

export interface Signing {
  readonly id?: string;
  readonly at?: Date;
  readonly secret?: string;
  /** Headers put over the right ones, to forge with. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A signed POST, as Standard Webhooks prescribes. */
export async function signedPost(path: string, body: unknown, signing: Signing = {}): Promise<Response> {
  const { id = `msg_${randomUUID()}`, at = new Date(), secret = platformSecrets().transcoderWebhookSecret } = signing;
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const headers = {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': new Webhook(secret).sign(id, at, text),
    ...signing.headers,
  };
  return edgeFetch(path, { method: 'POST', headers, body: text });
}

/** The oldest queued job, or null. */
export async function lease(): Promise<LeasedJob | null> {
  const response = await signedPost('/v1/transcoder/leases', { workerId: 'fake' });
  return response.status === 204 ? null : jsonOf<LeasedJob>(response);
}

/** The lease of one job; what other tests left in the queue is taken and dropped on the way. */
export async function leaseJob(jobId: string): Promise<LeasedJob> {
  for (let tries = 0; tries < 100; tries++) {
    const job = await lease();
    if (job === null) break;
    if (job.jobId === jobId) return job;
  }
  throw new Error(`the job ${jobId} is not in the queue`);
}

export function proofOf({ jobId, attempt, fence }: LeaseProof): LeaseProof {
  return { jobId, attempt, fence };
}

/** Asks for URLs and puts every object there. */
export async function putObjects(
  job: LeaseProof,
  objects: ReadonlyMap<string, Buffer>,
  part: { part?: 'playable' } = {},
): Promise<UploadGrant> {
  const asked = [...objects].map(([path, bytes]) => ({
    path,
    contentType: 'application/octet-stream',
    sizeBytes: bytes.length,
  }));
  const grant = await jsonOf<UploadGrant>(
    await signedPost('/v1/transcoder/uploads', { ...proofOf(job), ...part, objects: asked }),
  );
  const puts = grant.uploads.map(async ({ path, url, headers }) => {
    const answer = await fetch(url, { method: 'PUT', headers, body: new Uint8Array(objects.get(path) ?? []) });
    if (!answer.ok) throw new Error(`PUT ${path}: ${answer.status} ${await answer.text()}`);
    await answer.arrayBuffer();
  });
  await Promise.all(puts);
  return grant;
}

export function sendCompleted(job: LeaseProof, result: TranscodeResult, signing: Signing = {}): Promise<Response> {
  return signedPost(
    '/v1/transcoder/events',
    { type: 'transcode.completed', timestamp: new Date().toISOString(), data: { ...proofOf(job), result } },
    signing,
  );
}

export function sendPlayable(job: LeaseProof, result: TranscodeResult): Promise<Response> {
  const data = { ...proofOf(job), result };
  return signedPost('/v1/transcoder/events', { type: 'transcode.playable', timestamp: new Date().toISOString(), data });
}

export function sendProgress(
  job: LeaseProof,
  progress: number,
  signing: Signing = {},
  stage?: JobStage,
): Promise<Response> {
  return signedPost(
    '/v1/transcoder/events',
    { type: 'transcode.progress', timestamp: new Date().toISOString(), data: { ...proofOf(job), progress, stage } },
    signing,
  );
}

export function sendFailed(job: LeaseProof, retryable: boolean, code = 'no-video-stream'): Promise<Response> {
  const data = { ...proofOf(job), failure: { code, detail: 'The file has sound only.', retryable } };
  return signedPost('/v1/transcoder/events', { type: 'transcode.failed', timestamp: new Date().toISOString(), data });
}

/** Lease, puts, completed: the job has succeeded when this returns. */
export async function transcode(jobId: string, version: FakeVersion = fakeVersion()): Promise<UploadGrant> {
  return finish(await leaseJob(jobId), version);
}

/** Puts and completed, encrypted where the lease has a key. */
export async function finish(job: LeasedJob, version: FakeVersion = fakeVersion()): Promise<UploadGrant> {
  const { objects, result } = protectedVersion(version, job.contentKey);
  const grant = await putObjects(job, objects);
  const receipt = await jsonOf<EventReceipt>(await sendCompleted(job, result));
  if (receipt.outcome !== 'accepted') throw new Error(`completed was answered ${receipt.outcome}`);
  return grant;
}
