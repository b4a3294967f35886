import { MAX_PASS_TTL_SECONDS, PASS_SKEW_SECONDS } from './limits.ts';

/**
 * A revocation is a whole second in a viewer's life: every token and pass from before it is refused.
 *
 * A pass says whose it is in the 12 characters of its session id: 8 of a keyed hash of the viewer, 2 of the
 * revocation that its minter knew of (the generation), 2 of the session.
 */
const VIEWER_CHARS = 8;
const SESSION_CHARS = 2;

/** Passes from before a revocation have died by themselves after this long: nobody need remember it any longer. */
export const REVOCATION_MEMORY_SECONDS: number = MAX_PASS_TTL_SECONDS + PASS_SKEW_SECONDS;
/** Minters name a revocation for a minute longer than checkers remember it, so that their clocks may differ. */
const GENERATION_MEMORY_SECONDS: number = REVOCATION_MEMORY_SECONDS + 60;

/** Generations 1 to 4095 count seconds in a circle of 68 minutes; those alive at one time span 32 minutes at most. */
const GENERATIONS = 4_095;
const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/**
 * `iat` has whole seconds, so a token of the very second of the revocation may be from before it: it is refused.
 * null = the viewer was never revoked.
 */
export function isTokenRevoked(issuedAtSeconds: number, revokedAtSeconds: number | null): boolean {
  return revokedAtSeconds !== null && issuedAtSeconds <= revokedAtSeconds;
}

/** A second revocation within one second is one later: no two share a moment. */
export function nextRevocation(nowSeconds: number, earlierSeconds: number | null): number {
  return Math.max(nowSeconds, (earlierSeconds ?? 0) + 1);
}

/** `viewerHash` and `sessionHash` are base64url texts of at least as many characters as are taken of them. */
export function passSessionId(
  viewerHash: string,
  sessionHash: string,
  revokedAtSeconds: number | null,
  nowSeconds: number,
): string {
  const isRecent = revokedAtSeconds !== null && revokedAtSeconds + GENERATION_MEMORY_SECONDS > nowSeconds;
  const generation = isRecent ? generationOf(revokedAtSeconds) : 0;
  const [high = 'A', low = 'A'] = [BASE64URL[generation >> 6], BASE64URL[generation & 63]];
  return viewerHash.slice(0, VIEWER_CHARS) + high + low + sessionHash.slice(0, SESSION_CHARS);
}

/** By what revocations are kept for checking passes. */
export function passViewer(text: string): string {
  return text.slice(0, VIEWER_CHARS);
}

/** Was the pass minted without knowing of this revocation of its viewer? One that knows a later one is good. */
export function isPassRevoked(sessionId: string, revokedAtSeconds: number, nowSeconds: number): boolean {
  if (revokedAtSeconds + REVOCATION_MEMORY_SECONDS <= nowSeconds) return false;
  const minted =
    BASE64URL.indexOf(sessionId[VIEWER_CHARS] ?? '') * 64 + BASE64URL.indexOf(sessionId[VIEWER_CHARS + 1] ?? '');
  if (minted === 0) return true;
  const ahead = (minted - generationOf(revokedAtSeconds) + GENERATIONS) % GENERATIONS;
  return ahead > GENERATIONS / 2;
}

function generationOf(revokedAtSeconds: number): number {
  return 1 + (revokedAtSeconds % GENERATIONS);
}
