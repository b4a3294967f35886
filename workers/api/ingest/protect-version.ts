import type { LeasedContentKey, TranscodeFailure, TranscodeResult } from '#core/ingest/transcoder-protocol.ts';
import { toBase64url } from '#shared/encoding.ts';
import { makeContentKey, sealContentKey } from '#shared/keys/content-key.ts';
import { findProtection, findScheme, insertContentKey } from '../db/content-keys.ts';
import type { JobRecord } from '../db/jobs.ts';
import type { Db } from '../http/context.ts';

/**
 * The key of the version that an attempt is about to write, in the clear for the transcoder and for nobody else; null
 * where the series is not protected. Each attempt has a version of its own, so no key is ever used twice.
 */
export async function protectVersion(
  db: Db,
  masterSecret: string,
  { episodeId, assetId, version }: JobRecord,
  nowMs: number,
): Promise<LeasedContentKey | null> {
  const scheme = await findProtection(db, episodeId);
  if (scheme === 'none' || version === null) return null;
  const made = makeContentKey();
  const { sealed } = await sealContentKey(masterSecret, { assetId, version, scheme }, made);
  await insertContentKey(db, { version, assetId, scheme, sealed, createdAt: nowMs });
  return { scheme, keyId: toBase64url(made.keyId), key: toBase64url(made.key) };
}

/** A transcoder that does not know of keys would leave a protected series in the clear; its version is not published. */
export async function checkProtection(
  db: Db,
  { version }: JobRecord,
  { protection }: TranscodeResult,
): Promise<TranscodeFailure | null> {
  const wanted = await findScheme(db, version ?? '');
  if (wanted === (protection ?? null)) return null;
  const detail = `The version was to be encrypted with ${wanted ?? 'nothing'}, and is with ${protection ?? 'nothing'}.`;
  return { code: 'protection-mismatch', detail: `${detail} Update the transcoder.`, retryable: true };
}
