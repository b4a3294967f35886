import { compactVerify, decodeProtectedHeader, importJWK, SignJWT, type JWK, type CryptoKey as JoseKey } from 'jose';
import type { Problem } from '#core/problem/codes.ts';
import { err, ok, type Result } from '#core/result.ts';
import {
  checkExpiry,
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
  const seen = verifiedTokens.get(token);
  if (seen && (await findVerifyingKey(store, seen.kid, nowMs))?.publicKey === seen.publicKey) {
    const expiry = checkExpiry(seen.claims.expiresAtSeconds, Math.floor(nowMs / 1_000));
    return expiry.ok ? ok(seen.claims) : err(toProblem(expiry.error));
  }
  const bytes = checkTokenBytes(token);
  if (!bytes.ok) return err(toProblem(bytes.error));
  const header = goodHeaders.get(bytes.value.header) ?? validateTokenHeader(readHeader(token));
  if (!header.ok) return err(toProblem(header.error));
  const { kid, alg } = header.value;
  const key = await findVerifyingKey(store, kid, nowMs);
  if (!key || key.alg !== alg) return err(toProblem({ reason: 'invalid', detail: 'the key id is not known' }));
  const payload = await verifiedPayload(token, key.publicKey, alg);
  if (payload === null) return err(toProblem({ reason: 'invalid', detail: 'the signature does not match' }));
  const claims = validateViewerClaims(payload, Math.floor(nowMs / 1_000));
  if (!claims.ok) return err(toProblem(claims.error));
  if (goodHeaders.size >= MAX_GOOD_HEADERS) goodHeaders.clear();
  goodHeaders.set(bytes.value.header, header);
  if (verifiedTokens.size >= MAX_VERIFIED_TOKENS) verifiedTokens.clear();
  verifiedTokens.set(token, { kid, publicKey: key.publicKey, claims: claims.value });
  return ok(claims.value);
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

interface VerifiedToken {
  readonly kid: string;
  readonly publicKey: JoseKey;
  readonly claims: ViewerClaims;
}

/**
 * Tokens that held before: one serves a session of swipes, and its check is most of a playlist's CPU. Each time the key
 * must still be the one that verified it, so a revoked key takes its tokens along, and the token must not have expired;
 * bytes, header and signature cannot change. Only what verified is kept, so forgeries cost memory nowhere.
 */
const verifiedTokens = new Map<string, VerifiedToken>();
const MAX_VERIFIED_TOKENS = 500;

/** Headers of tokens that verified, by their text: a key signs all its tokens under one or two. */
const goodHeaders = new Map<string, ReturnType<typeof validateTokenHeader>>();
const MAX_GOOD_HEADERS = 64;

/** Made once: each costs as much as decoding a payload. */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** null when the signature is not the key's or the payload is not JSON. Claims are for our own check, with our skew. */
async function verifiedPayload(token: string, key: JoseKey, alg: ViewerTokenAlgorithm): Promise<unknown> {
  try {
    const { payload } = await compactVerify(token, key, { algorithms: [alg] });
    return JSON.parse(decoder.decode(payload));
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
