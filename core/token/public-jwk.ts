import { err, ok, type Result } from '../result.ts';
import { isCanonicalBase64url } from './base64url.ts';
import { KID_PATTERN, type ViewerTokenAlgorithm } from './viewer-token.ts';

/** What is kept of a key: what verifies, and no other member. */
export interface PublicJwk {
  readonly kid: string | null;
  readonly alg: ViewerTokenAlgorithm;
  /** In one order, so that two texts of one key are equal. */
  readonly members: Readonly<Record<string, string>>;
}

export type JwkDenial =
  /** It should not have been sent: whoever sent it has to act. */
  | { readonly reason: 'dangerous'; readonly detail: string }
  /** It is for something else, or of a kind that is not used here. */
  | { readonly reason: 'unsuitable'; readonly detail: string };

/** @see RFC 7518 6.2.2, 6.3.2, 6.4 */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

/** Below, a modulus can be factored; above, the signature does not fit a token. */
const MIN_RSA_BITS = 2_048;
const MAX_RSA_BITS = 4_096;
const RSA_EXPONENT_65537 = 'AQAB';
const COORDINATE_CHARS = 43;

/** Keeps the public members only, of a key that can verify a viewer token. @see RFC 7517 4 */
export function readPublicJwk(value: unknown): Result<PublicJwk, JwkDenial> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return unsuitable('it is not an object');
  const jwk = value as Readonly<Record<string, unknown>>;
  if (jwk['kty'] === 'oct' || PRIVATE_MEMBERS.some((member) => member in jwk))
    return dangerous('it holds a private half, which must be replaced now that it was sent');
  if (jwk['use'] !== undefined && jwk['use'] !== 'sig') return unsuitable('its use is not sig');
  const operations = jwk['key_ops'];
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify')))
    return unsuitable('its key_ops do not name verify');
  const { kid } = jwk;
  if (kid !== undefined && (typeof kid !== 'string' || !KID_PATTERN.test(kid)))
    return unsuitable('its kid is not 1 to 64 of [A-Za-z0-9_-]');
  const key = readMembers(jwk);
  if (!key.ok) return key;
  const named = jwk['alg'] === 'Ed25519' ? 'EdDSA' : jwk['alg'];
  if (named !== undefined && named !== key.value.alg) return unsuitable(`its alg is not ${key.value.alg}`);
  return ok({ kid: kid ?? null, ...key.value });
}

function readMembers(jwk: Readonly<Record<string, unknown>>): Result<Pick<PublicJwk, 'alg' | 'members'>, JwkDenial> {
  const { kty, crv, x, y, n, e } = jwk;
  if (kty === 'EC' && crv === 'P-256') {
    if (!isCoordinate(x) || !isCoordinate(y)) return unsuitable('x and y are not 32 bytes each');
    return ok({ alg: 'ES256', members: { kty, crv, x, y } });
  }
  if (kty === 'OKP' && crv === 'Ed25519') {
    if (!isCoordinate(x)) return unsuitable('x is not 32 bytes');
    return ok({ alg: 'EdDSA', members: { kty, crv, x } });
  }
  if (kty === 'RSA') {
    if (typeof n !== 'string' || !isCanonicalBase64url(n)) return unsuitable('n is not base64url');
    if (modulusBits(n) < MIN_RSA_BITS) return dangerous(`an RSA key needs at least ${MIN_RSA_BITS} bits`);
    if (modulusBits(n) > MAX_RSA_BITS) return unsuitable(`an RSA key has at most ${MAX_RSA_BITS} bits`);
    if (e !== RSA_EXPONENT_65537) return dangerous('the public exponent of an RSA key must be 65537 (AQAB)');
    return ok({ alg: 'RS256', members: { kty, n, e } });
  }
  return unsuitable('use EC P-256 (ES256), OKP Ed25519 (EdDSA) or RSA (RS256)');
}

function isCoordinate(value: unknown): value is string {
  return typeof value === 'string' && value.length === COORDINATE_CHARS && isCanonicalBase64url(value);
}

/** Leading zeros do not count: they would let a short modulus look long. */
function modulusBits(n: string): number {
  const zeros = /^A*/.exec(n)?.[0].length ?? 0;
  const bits = Math.floor((n.length * 6) / 8) * 8 - zeros * 6;
  const first = BASE64URL.indexOf(n.charAt(zeros));
  return first < 1 ? 0 : bits - (6 - (32 - Math.clz32(first)));
}

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

function unsuitable(detail: string): { readonly ok: false; readonly error: JwkDenial } {
  return err({ reason: 'unsuitable', detail });
}

function dangerous(detail: string): { readonly ok: false; readonly error: JwkDenial } {
  return err({ reason: 'dangerous', detail });
}
