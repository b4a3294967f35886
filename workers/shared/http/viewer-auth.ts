import { checkRequest, type RestrictionDenial } from '#core/entitlement/token-restrictions.ts';
import type { Problem } from '#core/problem/codes.ts';
import { err, type Result } from '#core/result.ts';
import type { ViewerClaims } from '#core/token/viewer-token.ts';
import type { KeyStore } from '../keys/key-set.ts';
import { verifyViewerToken } from '../keys/viewer-token.ts';

/** The viewer of a request: `Authorization: Bearer`, or `?token=` for players that can set no header. */
export async function authenticateViewer(
  store: KeyStore,
  request: Request,
  nowMs: number,
): Promise<Result<ViewerClaims, Problem>> {
  const token = bearerToken(request) ?? new URL(request.url).searchParams.get('token');
  if (token === null || token === '') {
    return err({ code: 'token-missing', detail: 'Send a viewer token as Authorization: Bearer … or as ?token=….' });
  }
  const claims = await verifyViewerToken(store, token, nowMs);
  if (!claims.ok) return claims;
  const allowed = checkRequest(claims.value, {
    country: countryOf(request),
    ipAddress: request.headers.get('CF-Connecting-IP'),
    userAgent: request.headers.get('User-Agent'),
  });
  return allowed.ok ? claims : err(restrictedProblem(allowed.error));
}

/** The token is good and this is not what it is for. */
export function restrictedProblem({ restriction, detail }: RestrictionDenial): Problem {
  return { code: 'token-restricted', detail, members: { restriction } };
}

export function bearerToken(request: Request): string | null {
  const header = request.headers.get('Authorization');
  if (header === null) return null;
  const token = /^Bearer ([\x21-\x7e]{1,6000})$/i.exec(header)?.[1];
  return token ?? (/^Bearer\s+\S/i.test(header) ? '' : null);
}

/** Where the request comes from; Cloudflare sets `cf.country` itself. null where there is no Cloudflare in front. */
export function countryOf(request: Request): string | null {
  const country: unknown = request.cf && 'country' in request.cf ? request.cf.country : null;
  return typeof country === 'string' && /^[A-Z]{2}$/.test(country) ? country : null;
}
