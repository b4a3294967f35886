import { compactVerify, decodeProtectedHeader, importJWK, SignJWT, type JWK, type CryptoKey as JoseKey } from 'jose';
import type { Problem } from '#core/problem/codes.ts';
import { err, ok, type Result } from '#core/result.ts';
import {
  checkTokenBytes,
  validateTokenHeader,
  validateViewerClaims,
  VIEWER_TOKEN_AUDIENCE,
  VIEWER_TOKEN_TYPE,
  type TokenDenial,
  type ViewerClaims,
  type ViewerTokenAlgorithm,
} from '#core/token/viewer-token.ts';
import { findVerifyingKey, type KeyStore } from './key-set.ts';

/** Bytes, then signature, then claims. */
export async function verifyViewerToken(
  store: KeyStore,
  token: string,
  nowMs: number,
): Promise<Result<ViewerClaims, Problem>> {
  const bytes = checkTokenBytes(token);
  if (!bytes.ok) return err(toProblem(bytes.error));
  const header = validateTokenHeader(readHeader(token));
  if (!header.ok) return err(toProblem(header.error));
  const key = await findVerifyingKey(store, header.value.kid, nowMs);
  if (!key || key.alg !== header.value.alg)
    return err(toProblem({ reason: 'invalid', detail: 'the key id is not known' }));
  const payload = await verifiedPayload(token, key.publicKey, key.alg);
  if (payload === null) return err(toProblem({ reason: 'invalid', detail: 'the signature does not match' }));
  const claims = validateViewerClaims(payload, Math.floor(nowMs / 1_000));
  return claims.ok ? ok(claims.value) : err(toProblem(claims.error));
}

export async function signViewerToken(
  privateJwk: JWK,
  kid: string,
  claims: Pick<ViewerClaims, 'viewerId' | 'tokenId' | 'issuedAtSeconds' | 'expiresAtSeconds'>,
  more: Readonly<Record<string, unknown>>,
): Promise<string> {
  const token = new SignJWT({ ...more })
    .setProtectedHeader({ alg: 'ES256', kid, typ: VIEWER_TOKEN_TYPE })
    .setSubject(claims.viewerId)
    .setAudience(VIEWER_TOKEN_AUDIENCE)
    .setJti(claims.tokenId)
    .setIssuedAt(claims.issuedAtSeconds)
    .setExpirationTime(claims.expiresAtSeconds);
  return token.sign(await importJWK(privateJwk, 'ES256'));
}

function readHeader(token: string): unknown {
  try {
    return decodeProtectedHeader(token);
  } catch {
    return null;
  }
}

/**
 * Payloads whose signature was checked already, by the key that checked it: one token serves a session of swipes, and
 * the signature is most of a playlist's CPU. They go with their key (KEY_CACHE_MS), so a revoked key takes them along;
 * the claims are validated every time. Only what verified is kept, so forgeries cost memory nowhere.
 */
const verifiedTokens = new WeakMap<JoseKey, Map<string, unknown>>();
const MAX_VERIFIED_TOKENS = 500;

/** null when the signature is not the key's or the payload is not JSON. Claims are for our own check, with our skew. */
async function verifiedPayload(token: string, key: JoseKey, alg: ViewerTokenAlgorithm): Promise<unknown> {
  const known = verifiedTokens.get(key) ?? new Map<string, unknown>();
  verifiedTokens.set(key, known);
  if (known.has(token)) return known.get(token);
  try {
    const { payload } = await compactVerify(token, key, { algorithms: [alg] });
    const claims: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(payload));
    if (known.size >= MAX_VERIFIED_TOKENS) known.clear();
    known.set(token, claims);
    return claims;
  } catch {
    return null;
  }
}

/** The token itself never appears: not in the detail, not in a log. */
function toProblem(denial: TokenDenial): Problem {
  switch (denial.reason) {
    case 'malformed':
      return { code: 'token-malformed', detail: `The viewer token is malformed: ${denial.detail}.` };
    case 'invalid':
      return { code: 'token-invalid', detail: `The viewer token was refused: ${denial.detail}.` };
    case 'expired':
      return { code: 'token-expired', detail: 'Ask your backend for a new viewer token and try again.' };
  }
}
