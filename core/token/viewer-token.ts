import { err, ok, type Result } from '../result.ts';
import { isCanonicalBase64url } from './base64url.ts';
import { CLOCK_SKEW_SECONDS, MAX_TOKEN_TTL_SECONDS, VIEWER_ID_PATTERN } from './limits.ts';
import { readRestrictions, RESTRICTION_CLAIMS, type TokenRestrictions } from './restriction-claims.ts';

/** Explicit typing, so that no other JWT of an operator's can be taken for a viewer token. @see RFC 8725 3.11 */
export const VIEWER_TOKEN_TYPE = 'playback+jwt';
export const VIEWER_TOKEN_AUDIENCE = 'urn:cliffhanger:playback';
export const VIEWER_TOKEN_ALGORITHMS = ['ES256', 'EdDSA', 'RS256'] as const;
export type ViewerTokenAlgorithm = (typeof VIEWER_TOKEN_ALGORITHMS)[number];

/** Header, payload and signature are bounded before anything is decoded. @see RFC 7515 7.1 */
const COMPACT_JWS = /^([A-Za-z0-9_-]{1,2048})\.([A-Za-z0-9_-]{1,3072})\.([A-Za-z0-9_-]{1,700})$/;

/** Claims that this verifier knows. Any other is refused: a restriction that we cannot enforce must not be ignored. */
const KNOWN_CLAIMS = new Set(['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti', 'sid', ...RESTRICTION_CLAIMS]);
const KNOWN_HEADER = new Set(['alg', 'kid', 'typ']);
export const KID_PATTERN: RegExp = /^[A-Za-z0-9_-]{1,64}$/;

/** A verified claims set under long names. @see RFC 7519 4.1 */
export interface ViewerClaims extends TokenRestrictions {
  readonly viewerId: string;
  readonly tokenId: string;
  readonly sessionId: string | null;
  readonly issuedAtSeconds: number;
  readonly expiresAtSeconds: number;
}

export type TokenDenial =
  | { readonly reason: 'malformed'; readonly detail: string }
  | { readonly reason: 'expired'; readonly exp: number; readonly nowSeconds: number }
  | { readonly reason: 'invalid'; readonly detail: string };

/** Bytes first: shape, bounds and canonical base64url, which jose does not insist on. @see RFC 8725bis 3.1 */
export function checkTokenBytes(token: string): Result<{ readonly header: string }, TokenDenial> {
  const parts = COMPACT_JWS.exec(token);
  if (!parts) return err({ reason: 'malformed', detail: 'not a compact JWS of the allowed size' });
  for (const part of parts.slice(1)) {
    if (!isCanonicalBase64url(part)) return err({ reason: 'malformed', detail: 'not canonical base64url' });
  }
  return ok({ header: parts[1] ?? '' });
}

/** The protected header names our type, an algorithm of ours and a key id, and nothing else. */
export function validateTokenHeader(header: unknown): Result<{ alg: ViewerTokenAlgorithm; kid: string }, TokenDenial> {
  if (!isRecord(header)) return err({ reason: 'malformed', detail: 'the header is not an object' });
  for (const name of Object.keys(header)) {
    if (!KNOWN_HEADER.has(name))
      return err({ reason: 'invalid', detail: `the header parameter ${name.slice(0, 32)} is not allowed` });
  }
  const { alg, kid, typ } = header;
  if (typ !== VIEWER_TOKEN_TYPE) return err({ reason: 'invalid', detail: `typ must be ${VIEWER_TOKEN_TYPE}` });
  const algorithm = VIEWER_TOKEN_ALGORITHMS.find((known) => known === alg);
  if (!algorithm) return err({ reason: 'invalid', detail: `alg must be one of ${VIEWER_TOKEN_ALGORITHMS.join(', ')}` });
  if (typeof kid !== 'string' || !KID_PATTERN.test(kid))
    return err({ reason: 'invalid', detail: 'kid is missing or malformed' });
  return ok({ alg: algorithm, kid });
}

/** A key verifies until its retirement and the clocks' skew, so that a token signed just before it is taken. */
export function isKeyRetired(retireAtMs: number | null, nowMs: number): boolean {
  return retireAtMs !== null && retireAtMs + CLOCK_SKEW_SECONDS * 1_000 <= nowMs;
}

/** Claims last, after the signature: only then do they say anything. */
export function validateViewerClaims(payload: unknown, nowSeconds: number): Result<ViewerClaims, TokenDenial> {
  if (!isRecord(payload)) return err({ reason: 'malformed', detail: 'the payload is not an object' });
  const unknown = Object.keys(payload).find((name) => !KNOWN_CLAIMS.has(name));
  if (unknown !== undefined) return invalid(`the claim ${unknown.slice(0, 32)} is not known here`);
  const { sub, aud, exp, nbf, iat, jti, sid } = payload;
  if (aud !== VIEWER_TOKEN_AUDIENCE) return invalid(`aud must be the string ${VIEWER_TOKEN_AUDIENCE}`);
  if (typeof sub !== 'string' || !VIEWER_ID_PATTERN.test(sub))
    return invalid('sub must be a viewer id of 1 to 64 of [A-Za-z0-9._~-]');
  if (!isNumericDate(exp)) return invalid('exp must be an integer NumericDate');
  if (!isNumericDate(iat)) return invalid('iat must be an integer NumericDate');
  if (nbf !== undefined && !isNumericDate(nbf)) return invalid('nbf must be an integer NumericDate');
  if (typeof jti !== 'string' || !/^[\x21-\x7e]{8,128}$/.test(jti))
    return invalid('jti must be 8 to 128 visible characters');
  if (sid !== undefined && (typeof sid !== 'string' || !/^[\x21-\x7e]{1,128}$/.test(sid)))
    return invalid('sid must be 1 to 128 visible characters');
  if (exp <= iat || exp - iat > MAX_TOKEN_TTL_SECONDS)
    return invalid(`exp - iat must lie in 1 … ${MAX_TOKEN_TTL_SECONDS}`);
  const expiry = checkExpiry(exp, nowSeconds);
  if (!expiry.ok) return expiry;
  if (iat > nowSeconds + CLOCK_SKEW_SECONDS) return invalid('iat lies in the future');
  if (nbf !== undefined && nbf > nowSeconds + CLOCK_SKEW_SECONDS) return invalid('nbf lies in the future');
  const restrictions = readRestrictions(payload);
  if (!restrictions.ok) return invalid(restrictions.error);
  return ok({
    ...restrictions.value,
    viewerId: sub,
    tokenId: jti,
    sessionId: sid ?? null,
    issuedAtSeconds: iat,
    expiresAtSeconds: exp,
  });
}

/** All that must be asked again of claims that were valid before: no other of them can turn bad by waiting. */
export function checkExpiry(expiresAtSeconds: number, nowSeconds: number): Result<true, TokenDenial> {
  if (expiresAtSeconds + CLOCK_SKEW_SECONDS > nowSeconds) return ok(true);
  return err({ reason: 'expired', exp: expiresAtSeconds, nowSeconds });
}

function invalid(detail: string): { readonly ok: false; readonly error: TokenDenial } {
  return err({ reason: 'invalid', detail });
}

function isNumericDate(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isRecord(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
