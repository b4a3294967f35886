import { importJWK, SignJWT, type JWK } from 'jose';
import { VIEWER_TOKEN_AUDIENCE, VIEWER_TOKEN_TYPE, type ViewerClaims } from '#core/token/viewer-token.ts';

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
