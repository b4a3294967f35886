/** Speaks the transcoder's protocol, so that a version is in place in a moment and without ffmpeg. */
import { randomUUID } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import type {
  EventReceipt,
  LeasedContentKey,
  LeasedJob,
  LeaseProof,
  RenditionReport,
  TranscodeResult,
  UploadGrant,
} from '#core/ingest/transcoder-protocol.ts';
import { keyPlaceholderTag } from '#core/playlist/key-lines.ts';
import { encryptSegment } from '../../../transcoder/package/encrypt-segment.ts';
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
  const { segments = [1, 1, 2, 2, 2, 2], heights = [640, 960, 1_920] } = options;
  const renditions = heights.map((height, index) => renditionOf(height, index));
  const objects = new Map<string, Buffer>([['poster.jpg', Buffer.from('\xff\xd8 a poster', 'latin1')]]);
  for (const { name } of renditions) {
    objects.set(`${name}/init.mp4`, Buffer.from(`init of ${name}`));
    objects.set(`${name}/media.m3u8`, Buffer.from(mediaPlaylist(segments)));
    for (const number of segments.keys()) objects.set(`${name}/${number}.m4s`, segmentBytes(name, number));
  }
  objects.set('multivariant.m3u8', Buffer.from(multivariantPlaylist(renditions)));
  const durationSeconds = segments.reduce((sum, seconds) => sum + seconds, 0);
  const listed = [...objects].map(([path, bytes]) => ({ path, sizeBytes: bytes.length }));
  return {
    objects,
    result: { durationSeconds, renditions, segmentDurationsSeconds: segments, objects: listed, warnings: [] },
  };
}

/** The same version as our packager would encrypt it. */
export function protectedVersion({ objects, result }: FakeVersion, contentKey: LeasedContentKey | null): FakeVersion {
  if (contentKey === null) return { objects, result };
  const key = Buffer.from(contentKey.key, 'base64url');
  const encrypted = [...objects].map(([path, bytes]): readonly [string, Buffer] => {
    const number = /\/(\d+)\.m4s$/.exec(path)?.[1];
    if (number !== undefined) return [path, encryptSegment(bytes, key, Number(number))];
    if (!path.endsWith('/media.m3u8')) return [path, bytes];
    return [
      path,
      Buffer.from(bytes.toString().replace(/(#EXT-X-MAP.*\n)/, `$1${keyPlaceholderTag(contentKey.scheme)}\n`)),
    ];
  });
  const listed = encrypted.map(([path, bytes]) => ({ path, sizeBytes: bytes.length }));
  return { objects: new Map(encrypted), result: { ...result, objects: listed, protection: contentKey.scheme } };
}

/** 1,000 bytes that begin with the segment's own name. */
export function segmentBytes(rendition: string, number: number): Buffer {
  const name = `segment ${rendition}/${number} `;
  return Buffer.alloc(1_000, name);
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
export async function putObjects(job: LeaseProof, objects: ReadonlyMap<string, Buffer>): Promise<UploadGrant> {
  const asked = [...objects].map(([path, bytes]) => ({
    path,
    contentType: 'application/octet-stream',
    sizeBytes: bytes.length,
  }));
  const grant = await jsonOf<UploadGrant>(
    await signedPost('/v1/transcoder/uploads', { ...proofOf(job), objects: asked }),
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

export function sendProgress(job: LeaseProof, progress: number, signing: Signing = {}): Promise<Response> {
  return signedPost(
    '/v1/transcoder/events',
    { type: 'transcode.progress', timestamp: new Date().toISOString(), data: { ...proofOf(job), progress } },
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
