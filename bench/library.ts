/** Puts two episodes into an empty platform as a transcoder would, with segments of 300 KB. */
import { randomBytes, randomUUID } from 'node:crypto';
import { importJWK, SignJWT, type JWK } from 'jose';
import { Webhook } from 'standardwebhooks';
import type { LeasedJob, UploadGrant } from '../core/ingest/transcoder-protocol.ts';
import type { PlatformSecrets } from '../scripts/platform/secrets.ts';

export const SEGMENT_BYTES = 300_000;
const MAX_PER_CALL = 200;

/** Of one binge series: what one viewer can unlock of it. */
const LOCKED_EPISODES = 100;

export interface Edge {
  readonly origin: string;
  readonly secrets: PlatformSecrets;
}

export interface Library {
  readonly token: string;
  /** Of the same viewer, each to be used once. */
  readonly freshTokens: readonly string[];
  /** 30 segments, three Renditions, free. */
  readonly short: string;
  /** As `short`, with a preview for who has not paid. */
  readonly preview: string;
  /** 300 segments of one Rendition. */
  readonly long: string;
  /** Each for coins; next to no media. */
  readonly locked: readonly string[];
}

export async function fillLibrary(edge: Edge, freshTokens: number): Promise<Library> {
  const segment = randomBytes(SEGMENT_BYTES);
  const free = await call<{ id: string }>(edge, 'POST', '/v1/series', { slug: 'bench', title: 'Bench' });
  const paid = await call<{ id: string }>(edge, 'POST', '/v1/series', { slug: 'paid', title: 'Paid' });
  await call(edge, 'PUT', `/v1/series/${paid.id}/access`, { coinPrice: 10, previewSeconds: 10 });
  const short = await publishEpisode(edge, free.id, 1, { renditions: 3, segments: 30, segment });
  const preview = await publishEpisode(edge, paid.id, 1, {
    renditions: 3,
    segments: 30,
    segment: segment.subarray(0, 1_000),
  });
  const long = await publishEpisode(edge, free.id, 2, {
    renditions: 1,
    segments: 300,
    segment: segment.subarray(0, 1_000),
  });
  const locked: string[] = [];
  for (let number = 2; number < 2 + LOCKED_EPISODES; number++) {
    locked.push(await publishEpisode(edge, paid.id, number, { renditions: 1, segments: 1, segment: Buffer.from('s') }));
  }
  const tokens = await signTokens(edge, freshTokens + 1);
  return { token: tokens[0] ?? '', freshTokens: tokens.slice(1), short, preview, long, locked };
}

/** As a backend makes them: with a key of its own, and without a call for each. */
export async function signTokens(edge: Edge, count: number): Promise<string[]> {
  const { kid, privateJwk } = await call<{ kid: string; privateJwk: JWK }>(edge, 'POST', '/v1/signing-keys', {});
  const key = await importJWK(privateJwk, 'ES256');
  const tokens = Array.from({ length: count }, () =>
    new SignJWT()
      .setProtectedHeader({ alg: 'ES256', kid, typ: 'playback+jwt' })
      .setSubject('bench')
      .setAudience('urn:cliffhanger:playback')
      .setJti(randomUUID())
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(key),
  );
  return Promise.all(tokens);
}

interface Shape {
  readonly renditions: number;
  readonly segments: number;
  readonly segment: Buffer;
}

async function publishEpisode(edge: Edge, seriesId: string, number: number, shape: Shape): Promise<string> {
  const path = `/v1/series/${seriesId}/episodes`;
  const { id } = await call<{ id: string }>(edge, 'POST', path, { number, title: `Episode ${number}` });
  await call(edge, 'PUT', `/v1/episodes/${id}/source`, 'a source');
  const { jobId, attempt, fence } = await signed<LeasedJob>(edge, '/v1/transcoder/leases', { workerId: 'bench' });
  const names = Array.from({ length: shape.renditions }, (_, index) => `v${index}`);
  const objects = objectsOf(names, shape);
  const listed = [...objects].map(([at, bytes]) => ({ path: at, sizeBytes: bytes.length }));
  for (let start = 0; start < listed.length; start += MAX_PER_CALL) {
    const some = listed.slice(start, start + MAX_PER_CALL).map((each) => ({ ...each, contentType: 'video/mp4' }));
    const grant = await signed<UploadGrant>(edge, '/v1/transcoder/uploads', { jobId, attempt, fence, objects: some });
    for (const { path: at, url, headers } of grant.uploads) {
      const stored = await fetch(url, { method: 'PUT', headers, body: new Uint8Array(objects.get(at) ?? []) });
      if (!stored.ok) throw new Error(`PUT ${at}: ${stored.status}`);
    }
  }
  const result = {
    durationSeconds: shape.segments,
    renditions: names.map((name, index) => renditionOf(name, index)),
    segmentDurationsSeconds: Array.from({ length: shape.segments }, () => 1),
    objects: listed,
    warnings: [],
  };
  const timestamp = new Date().toISOString();
  const data = { jobId, attempt, fence, result };
  await signed(edge, '/v1/transcoder/events', { type: 'transcode.completed', timestamp, data });
  await call(edge, 'POST', `/v1/episodes/${id}/publish`, {});
  return id;
}

function renditionOf(name: string, index: number) {
  const bandwidthBps = (index + 1) * 500_000;
  const size = { width: 360 + index * 180, height: 640 + index * 320 };
  return { name, ...size, bandwidthBps, averageBandwidthBps: bandwidthBps, codecs: 'avc1.64001f', frameRate: 30 };
}

function objectsOf(names: readonly string[], { segments, segment }: Shape): Map<string, Buffer> {
  const streams = names.flatMap((name, index) => [
    `#EXT-X-STREAM-INF:BANDWIDTH=${(index + 1) * 500_000},CODECS="avc1.64001f",RESOLUTION=${360 + index * 180}x${640 + index * 320}`,
    `${name}/media.m3u8`,
  ]);
  const objects = new Map<string, Buffer>([
    ['poster.jpg', Buffer.from('poster')],
    ['multivariant.m3u8', Buffer.from(['#EXTM3U', '#EXT-X-VERSION:7', ...streams, ''].join('\n'))],
  ]);
  for (const name of names) {
    objects.set(`${name}/init.mp4`, Buffer.from('init'));
    objects.set(`${name}/media.m3u8`, Buffer.from(mediaPlaylist(segments)));
    for (let number = 0; number < segments; number++) objects.set(`${name}/${number}.m4s`, segment);
  }
  return objects;
}

/** As our transcoder writes it. */
export function mediaPlaylist(segments: number): string {
  const head = ['#EXTM3U', '#EXT-X-VERSION:7', '#EXT-X-TARGETDURATION:1', '#EXT-X-PLAYLIST-TYPE:VOD'];
  const list = Array.from({ length: segments }, (_, number) => `#EXTINF:1.00000,\n${number}.m4s`);
  return [...head, '#EXT-X-MAP:URI="init.mp4"', ...list, '#EXT-X-ENDLIST', ''].join('\n');
}

export async function call<T>(edge: Edge, method: string, path: string, body: unknown): Promise<T> {
  const isText = typeof body === 'string';
  const headers: Record<string, string> = { authorization: `Bearer ${edge.secrets.apiKey}` };
  if (!isText) headers['content-type'] = 'application/json';
  return answerOf(
    await fetch(edge.origin + path, { method, headers, body: isText ? body : JSON.stringify(body) }),
    path,
  );
}

export async function signed<T>(edge: Edge, path: string, body: unknown): Promise<T> {
  const [id, at, text] = [`msg_${randomUUID()}`, new Date(), JSON.stringify(body)];
  const headers = {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': new Webhook(edge.secrets.transcoderWebhookSecret).sign(id, at, text),
  };
  return answerOf(await fetch(edge.origin + path, { method: 'POST', headers, body: text }), path);
}

async function answerOf<T>(response: Response, path: string): Promise<T> {
  const text = await response.text();
  if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
  return (text === '' ? null : JSON.parse(text)) as T;
}
