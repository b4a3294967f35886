import type { Problem } from '#core/problem/codes.ts';
import { err, ok, type Result } from '#core/result.ts';
import {
  checkExpiry,
  checkTokenBytes,
  validateTokenHeader,
  validateViewerClaims,
  type TokenDenial,
  type ViewerClaims,
  type ViewerTokenAlgorithm,
} from '#core/token/viewer-token.ts';
import { fromBase64, utf8 } from '../encoding.ts';
import { findVerifyingKey, type KeyStore } from './key-set.ts';
import { VERIFYING } from './verifying-algorithms.ts';

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

/** null for what is not JSON. */
function readHeader(token: string): unknown {
  return readJson(token.slice(0, token.indexOf('.')));
}

interface VerifiedToken {
  readonly kid: string;
  readonly publicKey: CryptoKey;
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
async function verifiedPayload(token: string, key: CryptoKey, alg: ViewerTokenAlgorithm): Promise<unknown> {
  const end = token.lastIndexOf('.');
  const signature = fromBase64(token.slice(end + 1));
  if (!(await crypto.subtle.verify(VERIFYING[alg], key, signature, utf8(token.slice(0, end))))) return null;
  return readJson(token.slice(token.indexOf('.') + 1, end));
}

/** base64url of JSON; the bytes of a token were found canonical before. */
function readJson(part: string): unknown {
  try {
    return JSON.parse(decoder.decode(fromBase64(part)));
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
