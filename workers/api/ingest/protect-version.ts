import type { LeasedContentKey, TranscodeFailure, TranscodeResult } from '#core/ingest/transcoder-protocol.ts';
import { ok, type Result } from '#core/result.ts';
import { toBase64url } from '#shared/encoding.ts';
import { sealContentKey } from '#shared/keys/content-key.ts';
import { seal } from '#shared/keys/seal.ts';
import { findProtection, findScheme, insertContentKey } from '../db/content-keys.ts';
import type { JobRecord } from '../db/jobs.ts';
import type { Db } from '../http/context.ts';
import { keyProviderFor } from '../key-provider/key-provider.ts';
import type { KeyServerEnv } from '../key-provider/settings.ts';

/**
 * The key of the version that an attempt is about to write, in the clear for the transcoder and for nobody else; null
 * where the series is not protected. Each attempt has a version of its own, so no key is ever used twice.
 */
export async function protectVersion(
  db: Db,
  env: KeyServerEnv & Pick<ApiEnv, 'MASTER_SECRET'>,
  { episodeId, assetId, version }: JobRecord,
  nowMs: number,
): Promise<Result<LeasedContentKey | null, TranscodeFailure>> {
  const scheme = await findProtection(db, episodeId);
  if (scheme === 'none' || version === null) return ok(null);
  const provided = await keyProviderFor(env, scheme).provideKey({ episodeId, scheme });
  if (!provided.ok) return provided;
  const { keyId, key, signalling } = provided.value;
  const masterSecret = env.MASTER_SECRET;
  const { sealed } = await sealContentKey(masterSecret, { assetId, version, scheme }, { keyId, key });
  const sealing = { masterSecret, purpose: 'key-signalling|v1', owner: version };
  const sealedSignalling = signalling && (await seal(sealing, JSON.stringify(signalling)));
  await insertContentKey(db, { version, assetId, scheme, sealed, signalling: sealedSignalling, createdAt: nowMs });
  const leased = { scheme, keyId: toBase64url(keyId), key: toBase64url(key) };
  return ok(signalling === null ? leased : { ...leased, signalling });
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
