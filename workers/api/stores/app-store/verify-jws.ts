import { err, ok, type Result } from '#core/result.ts';
import { isCanonicalBase64url } from '#core/token/base64url.ts';
import { fromBase64, utf8 } from '#shared/encoding.ts';
import { STORE_CLOCK_SKEW_MS } from '../../limits.ts';
import { verifyChain } from './verify-chain.ts';

/** A notification holds two more of these, a transaction none. */
const MAX_JWS_CHARS = 60_000;

/**
 * What Apple has signed: a JWS with its chain of certificates in the header. ES256 and nothing else, whatever the
 * header says. @see RFC 7515; Apple, JWSDecodedHeader
 */
export async function verifyAppleJws(
  jws: string,
  rootSha256: string,
  nowMs: number,
): Promise<Result<Record<string, unknown>, string>> {
  const parts = jws.length <= MAX_JWS_CHARS ? jws.split('.') : [];
  const [protectedHeader = '', payload = '', signature = ''] = parts;
  if (parts.length !== 3 || !parts.every(isCanonicalBase64url)) return err('it is not a compact JWS');
  const header = readJson(protectedHeader);
  if (header === null) return err('its header is not JSON');
  if (header['alg'] !== 'ES256') return err('its alg is not ES256');
  if ('crit' in header) return err('its header demands an extension');
  const signer = await verifyChain(header['x5c'], rootSha256, nowMs).catch(() => err('its x5c cannot be used'));
  if (!signer.ok) return signer;
  const isSigned = await crypto.subtle.verify(
    { name: 'ECDSA', hash: 'SHA-256' },
    signer.value.key,
    fromBase64(signature),
    utf8(`${protectedHeader}.${payload}`),
  );
  if (!isSigned) return err('its signature does not match');
  const claims = readJson(payload);
  if (claims === null) return err('its payload is not JSON');
  const signedAtMs = claims['signedDate'];
  const { notBeforeMs, notAfterMs } = signer.value;
  if (typeof signedAtMs !== 'number' || !Number.isSafeInteger(signedAtMs)) return err('it has no signedDate');
  if (signedAtMs < notBeforeMs || signedAtMs > notAfterMs || signedAtMs > nowMs + STORE_CLOCK_SKEW_MS)
    return err('its signedDate is not one of its signer');
  return ok(claims);
}

function readJson(part: string): Record<string, unknown> | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(fromBase64(part));
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}
