import type { TranscodeFailure, TranscodeResult } from '#core/ingest/transcoder-protocol.ts';
import { ok, err, type Result } from '#core/result.ts';
import { openContentKey } from '#shared/keys/content-key.ts';
import { findSealedKey } from '../db/content-keys.ts';
import type { JobRecord } from '../db/jobs.ts';
import type { Db } from '../http/context.ts';

const BLOCK_BYTES = 16;

/** What opens the segments that an attempt wrote; null: they are not encrypted as a whole. */
export async function segmentKeyOf(
  db: Db,
  masterSecret: string,
  { assetId, version }: JobRecord,
  { protection }: TranscodeResult,
): Promise<Result<CryptoKey | null, TranscodeFailure>> {
  const stored = protection === 'aes-128' ? await findSealedKey(db, version ?? '') : null;
  // Another scheme than was asked for is told as that.
  if (version === null || stored?.scheme !== 'aes-128') return ok(null);
  const opened = await openContentKey(masterSecret, { assetId, version, scheme: stored.scheme }, stored.sealed);
  if (opened === null) return err(KEY_LOST);
  return ok(await crypto.subtle.importKey('raw', opened.key, 'AES-CBC', false, ['encrypt', 'decrypt']));
}

const KEY_LOST: TranscodeFailure = {
  code: 'protection-mismatch',
  detail: 'The content key that the version was encrypted with cannot be opened any more, so nobody could play it.',
  retryable: true,
};

/**
 * The beginning of a Media Segment under METHOD=AES-128, whose IV is its number (transcoder/package/encrypt-segment.ts).
 * Web Crypto opens whole messages only, so that what was read of one is given an end: behind the last block, the padding of
 * a message that ends there.
 */
export async function openSegmentHead(
  head: Uint8Array<ArrayBuffer>,
  key: CryptoKey,
  number: number,
): Promise<Uint8Array> {
  const blocks = head.subarray(0, head.length - (head.length % BLOCK_BYTES));
  if (blocks.length === 0) return new Uint8Array();
  const nothing = new Uint8Array();
  const end = await crypto.subtle.encrypt({ name: 'AES-CBC', iv: blocks.subarray(-BLOCK_BYTES) }, key, nothing);
  const message = new Uint8Array([...blocks, ...new Uint8Array(end)]);
  return new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-CBC', iv: ivOf(number) }, key, message));
}

function ivOf(number: number): Uint8Array<ArrayBuffer> {
  const iv = new Uint8Array(BLOCK_BYTES);
  new DataView(iv.buffer).setUint32(BLOCK_BYTES - 4, number);
  return iv;
}
