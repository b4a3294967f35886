import { decodeProtectedHeader, jwtVerify, type JWTPayload } from 'jose';
import { err, ok, type Result } from '#core/result.ts';
import { CLOCK_SKEW_SECONDS } from '#core/token/limits.ts';
import type { GooglePlaySettings } from '../settings.ts';
import { findGoogleKey } from './google-keys.ts';

const ISSUERS = ['https://accounts.google.com', 'accounts.google.com'];

/**
 * The OpenID Connect token that Pub/Sub sends with a push: Google signed it, for our endpoint, as the service account
 * of our subscription. Any Google account can have a token for our audience made; the email says it is ours.
 * @see Google Cloud, "Authenticate Pub/Sub push subscriptions"
 */
export async function verifyPushToken(
  settings: GooglePlaySettings,
  token: string | null,
  nowMs: number,
): Promise<Result<true, string>> {
  if (token === null || token === '') return err('there is no token');
  const kid = readKid(token);
  if (kid === null) return err('it is no JWT of RS256 with a kid');
  const key = await findGoogleKey(settings, kid, nowMs);
  if (key === null) return err('Google has no such key');
  const claims = await verify(token, key, settings.pushAudience, nowMs);
  if (claims === null) return err('its signature, audience, issuer or time is not as it must be');
  if (claims['email'] !== settings.pushEmail || claims['email_verified'] !== true)
    return err('it is of another service account');
  return ok(true);
}

function readKid(token: string): string | null {
  try {
    const { alg, kid } = decodeProtectedHeader(token);
    return alg === 'RS256' && typeof kid === 'string' ? kid : null;
  } catch {
    return null;
  }
}

async function verify(
  token: string,
  key: NonNullable<Awaited<ReturnType<typeof findGoogleKey>>>,
  audience: string,
  nowMs: number,
): Promise<JWTPayload | null> {
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: ['RS256'],
      issuer: ISSUERS,
      audience,
      currentDate: new Date(nowMs),
      clockTolerance: CLOCK_SKEW_SECONDS,
      requiredClaims: ['iss', 'aud', 'exp', 'iat', 'email'],
    });
    return payload;
  } catch {
    return null;
  }
}
