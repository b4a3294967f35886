import { err, ok, type Result } from '../result.ts';

/**
 * What a Clear Key CDM sends and wants back.
 *
 * @see W3C Encrypted Media Extensions 9.1.3 (License Request Format), 9.1.4 (License Format)
 */
export interface LicenseRequest {
  /** base64url without padding. */
  readonly kids: readonly string[];
}

export interface ClearKeyLicense {
  readonly keys: readonly { readonly kty: 'oct'; readonly kid: string; readonly k: string }[];
  readonly type: 'temporary';
}

/** A version has one key; a CDM asks for those that it met in the media, so more than a few are no CDM's. */
const MAX_KEY_IDS = 16;
/** Thirty-two times a request for one key. */
export const MAX_LICENSE_REQUEST_BYTES = 2_048;

export type LicenseDenial =
  | { readonly reason: 'malformed'; readonly detail: string }
  | { readonly reason: 'unknown_key_ids'; readonly kids: readonly string[] };

export function parseLicenseRequest(value: unknown): Result<LicenseRequest, LicenseDenial> {
  if (typeof value !== 'object' || value === null || !('kids' in value)) return malformed('kids is missing');
  const { kids } = value;
  if (!Array.isArray(kids) || kids.length < 1 || kids.length > MAX_KEY_IDS || !kids.every(isKeyId))
    return malformed(`kids must be a list of 1 to ${MAX_KEY_IDS} key ids, each 16 bytes as base64url`);
  const type = 'type' in value ? value.type : 'temporary';
  if (type !== 'temporary') return malformed('type must be "temporary": keys are not given to be kept');
  return ok({ kids });
}

/** Only the version's own key, and only where it was asked for. */
export function licenseFor(
  request: LicenseRequest,
  key: { readonly kid: string; readonly k: string },
): Result<ClearKeyLicense, LicenseDenial> {
  if (!request.kids.includes(key.kid)) return err({ reason: 'unknown_key_ids', kids: request.kids });
  return ok({ keys: [{ kty: 'oct', kid: key.kid, k: key.k }], type: 'temporary' });
}

function isKeyId(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9_-]{21}[AQgw]$/.test(value);
}

function malformed(detail: string): Result<never, LicenseDenial> {
  return err({ reason: 'malformed', detail });
}
