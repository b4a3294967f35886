import type { ViewerTokenAlgorithm } from '#core/token/viewer-token.ts';

interface VerifyingAlgorithm {
  readonly name: string;
  readonly namedCurve?: string;
  readonly hash?: string;
}

/**
 * JOSE's names as WebCrypto has them. Verifying is one call of the runtime, and jose around it was a tenth of the
 * playback Worker's size (docs/decisions/024-verifying-tokens.md).
 *
 * @see RFC 7518 3.3, 3.4; RFC 8037 3.1
 */
export const VERIFYING: Readonly<Record<ViewerTokenAlgorithm, VerifyingAlgorithm>> = {
  ES256: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  EdDSA: { name: 'Ed25519' },
  RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
};
