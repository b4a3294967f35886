/** Events as they came, kept 30 days as compressed NDJSON by hour. docs/analytics-events.md has the schema. */
import { toBase64url, utf8 } from '#shared/encoding.ts';
import { rawKeyOf } from './raw-keys.ts';
import type { Delivered } from './sink.ts';

type RawEnv = Pick<AnalyticsEnv, 'DB' | 'RAW_EVENTS'>;

/** One object for a batch. */
export async function writeRawEvents(env: RawEnv, delivered: readonly Delivered[], nowMs: number): Promise<void> {
  if (delivered.length === 0) return;
  const key = await rawKeyOf(env.DB, nowMs);
  const lines = await Promise.all(delivered.map((each) => linesOf(each, key)));
  const bytes = await gzip(lines.flat().join(''));
  await env.RAW_EVENTS.put(objectKey(nowMs, crypto.randomUUID()), bytes, {
    httpMetadata: { contentType: 'application/x-ndjson', contentEncoding: 'gzip' },
  });
}

/** Sorts as time does, so that what is oldest is listed first. */
export function objectKey(nowMs: number, batchId: string): string {
  const time = new Date(nowMs).toISOString();
  return `raw/v1/${time.slice(0, 10)}/${time.slice(11, 13)}/${batchId}.ndjson.gz`;
}

async function linesOf({ seriesId, message }: Delivered, key: CryptoKey): Promise<string[]> {
  const { receivedAtMs, notBeforeMs, botRules, dimensions, events } = message;
  const viewer = await dailyName(key, message.viewer);
  const at = {
    formatVersion: 1,
    receivedAt: iso(receivedAtMs),
    notBefore: notBeforeMs === null ? null : iso(notBeforeMs),
  };
  return events.map(
    ({ details, ...event }) =>
      `${JSON.stringify({ ...at, viewer, seriesId, ...event, botRules, ...dimensions, details: details ?? null })}\n`,
  );
}

async function dailyName(key: CryptoKey, viewer: string): Promise<string> {
  const mac = await crypto.subtle.sign('HMAC', key, utf8(viewer));
  return toBase64url(new Uint8Array(mac, 0, 12));
}

async function gzip(text: string): Promise<ArrayBuffer> {
  const stream = new Response(text).body?.pipeThrough(new CompressionStream('gzip'));
  return new Response(stream ?? null).arrayBuffer();
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
