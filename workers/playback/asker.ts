import type { Problem } from '#core/problem/codes.ts';
import { err, ok, type Result } from '#core/result.ts';
import type { ViewerClaims } from '#core/token/viewer-token.ts';
import { overLimit, RATE_LIMITS } from '#shared/http/rate-limit.ts';
import { timed } from '#shared/http/server-timing.ts';
import { authenticateViewer } from '#shared/http/viewer-auth.ts';

/** A viewer, and what they ask. */
export interface Asker {
  readonly env: PlaybackEnv;
  readonly request: Request;
  readonly claims: ViewerClaims;
  readonly nowMs: number;
}

/** Who asks, if the token is good and they have not asked too often. */
export async function askerOf(env: PlaybackEnv, request: Request): Promise<Result<Asker, Problem>> {
  const nowMs = Date.now();
  const claims = await timed(request, 'verify', authenticateViewer(env, request, nowMs));
  if (!claims.ok) return claims;
  const limited = await overLimit(env.VIEWER_REQUESTS, claims.value.viewerId, RATE_LIMITS.viewerRequests);
  return limited === null ? ok({ env, request, claims: claims.value, nowMs }) : err(limited);
}
