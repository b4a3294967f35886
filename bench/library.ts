/** Puts two episodes into an empty platform as a transcoder would, with segments of 300 KB. */
import { randomBytes, randomUUID } from 'node:crypto';
import { importJWK, SignJWT, type JWK } from 'jose';
import { Webhook } from 'standardwebhooks';
import type { LeasedJob, UploadGrant } from '../core/ingest/transcoder-protocol.ts';
import type { PlatformSecrets } from '../scripts/platform/secrets.ts';
import { mediaObjects, type MediaShape, renditionOf, type RungShape } from './media.ts';

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
  const payload = randomBytes(SEGMENT_BYTES);
  const free = await call<{ id: string }>(edge, 'POST', '/v1/series', { slug: 'bench', title: 'Bench' });
  const paid = await call<{ id: string }>(edge, 'POST', '/v1/series', { slug: 'paid', title: 'Paid' });
  await call(edge, 'PUT', `/v1/series/${paid.id}/access`, { coinPrice: 10, previewSeconds: 10 });
  const small = payload.subarray(0, 1_000);
  const short = await publishEpisode(edge, free.id, 1, shapeOf(3, 30, payload));
  const preview = await publishEpisode(edge, paid.id, 1, shapeOf(3, 30, small));
  const long = await publishEpisode(edge, free.id, 2, shapeOf(1, 300, small));
  const locked: string[] = [];
  for (let number = 2; number < 2 + LOCKED_EPISODES; number++)
    locked.push(await publishEpisode(edge, paid.id, number, shapeOf(1, 1, small)));
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

/** Segments of a second on as many rungs. */
function shapeOf(rungs: number, segments: number, payload: Buffer): MediaShape {
  return {
    rungs: Array.from({ length: rungs }, (_, index) => rungOf(index)),
    segmentSeconds: Array.from({ length: segments }, () => 1),
    payload,
  };
}

function rungOf(index: number): RungShape {
  const size = { width: 360 + index * 180, height: 640 + index * 320 };
  return { name: `v${index}`, ...size, bandwidthBps: (index + 1) * 500_000 };
}

export async function publishEpisode(edge: Edge, seriesId: string, number: number, shape: MediaShape): Promise<string> {
  const path = `/v1/series/${seriesId}/episodes`;
  const { id } = await call<{ id: string }>(edge, 'POST', path, { number, title: `Episode ${number}` });
  await call(edge, 'PUT', `/v1/episodes/${id}/source`, 'a source');
  const { jobId, attempt, fence } = await signed<LeasedJob>(edge, '/v1/transcoder/leases', { workerId: 'bench' });
  const objects = mediaObjects(shape);
  const listed = [...objects].map(([at, bytes]) => ({ path: at, sizeBytes: bytes.length }));
  for (let start = 0; start < listed.length; start += MAX_PER_CALL) {
    const some = listed.slice(start, start + MAX_PER_CALL).map((each) => ({ ...each, contentType: 'video/mp4' }));
    const grant = await signed<UploadGrant>(edge, '/v1/transcoder/uploads', { jobId, attempt, fence, objects: some });
    for (const { path: at, url, headers } of grant.uploads) {
      const stored = await fetch(url, { method: 'PUT', headers, body: new Uint8Array(objects.get(at) ?? []) });
      if (!stored.ok) throw new Error(`PUT ${at}: ${stored.status}`);
    }
  }
  const { rungs, segmentSeconds: segmentDurationsSeconds } = shape;
  const durationSeconds = segmentDurationsSeconds.reduce((sum, seconds) => sum + seconds, 0);
  const renditions = rungs.map(renditionOf);
  const result = { durationSeconds, renditions, segmentDurationsSeconds, objects: listed, warnings: [] };
  const timestamp = new Date().toISOString();
  const data = { jobId, attempt, fence, result };
  await signed(edge, '/v1/transcoder/events', { type: 'transcode.completed', timestamp, data });
  await call(edge, 'POST', `/v1/episodes/${id}/publish`, {});
  return id;
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
