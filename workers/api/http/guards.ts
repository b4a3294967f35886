import { createMiddleware } from 'hono/factory';
import { IDEMPOTENCY_KEY_PATTERN } from '#core/ledger/limits.ts';
import { VIEWER_ID_PATTERN } from '#core/token/limits.ts';
import { isTokenRevoked } from '#core/token/revocation.ts';
import type { ViewerClaims } from '#core/token/viewer-token.ts';
import { authorizeApiKey, type Scope } from '#shared/http/api-key.ts';
import { ProblemError, problemResponse } from '#shared/http/problem.ts';
import { overLimit, RATE_LIMITS } from '#shared/http/rate-limit.ts';
import { authenticateViewer } from '#shared/http/viewer-auth.ts';
import type { KeyStore } from '#shared/keys/key-set.ts';
import { viewerObject } from '#shared/playback/decide-episode.ts';
import { TOKEN_REVOKED } from '#shared/playback/stream-limits.ts';
import { refreshSources } from '../key-sources.ts';
import type { ApiContext, ApiVariables } from './context.ts';

/** Lets a request through when its API key has the scope; who it was is kept for the audit log. */
export function requireScope(scope: Scope) {
  return createMiddleware<{ Bindings: ApiEnv; Variables: ApiVariables }>(async (c, next) => {
    const at = { nowMs: c.var.nowMs, waitUntil: (work: Promise<unknown>) => c.executionCtx.waitUntil(work) };
    const authorized = await authorizeApiKey(c.env, c.req.raw, scope, at);
    c.set('apiKeyId', authorized.ok ? authorized.value : authorized.error.apiKeyId);
    if (!authorized.ok) return problemResponse(authorized.error.problem);
    return next();
  });
}

/** This Worker asks the JWKS URLs itself. */
function keyStore(env: ApiEnv): KeyStore {
  return { DB: env.DB, KEY_SOURCES: { refresh: () => refreshSources(env, 'cooled', Date.now()) } };
}

export async function requireViewer(c: ApiContext): Promise<ViewerClaims> {
  const claims = await authenticateViewer(keyStore(c.env), c.req.raw, c.var.nowMs);
  if (!claims.ok) throw new ProblemError(claims.error);
  const limited = await overLimit(c.env.VIEWER_REQUESTS, claims.value.viewerId, RATE_LIMITS.viewerRequests);
  if (limited !== null) throw new ProblemError(limited);
  const revokedAtSeconds = await viewerObject(c.env.VIEWERS, claims.value.viewerId).revokedAt();
  if (isTokenRevoked(claims.value.issuedAtSeconds, revokedAtSeconds)) throw new ProblemError(TOKEN_REVOKED);
  return claims.value;
}

export function requireIdempotencyKey(c: ApiContext): string {
  const key = c.req.header('Idempotency-Key');
  if (key === undefined || !IDEMPOTENCY_KEY_PATTERN.test(key)) {
    const detail = 'Send 1 to 128 visible characters, the same for every retry of one operation, e.g. a UUID.';
    throw new ProblemError({ code: 'idempotency-key-missing', detail });
  }
  return key;
}

export function requireViewerId(c: ApiContext): string {
  const viewerId = c.req.param('viewerId') ?? '';
  if (VIEWER_ID_PATTERN.test(viewerId)) return viewerId;
  throw new ProblemError({ code: 'invalid-request', detail: 'A viewer id is 1 to 64 of [A-Za-z0-9._~-].' });
}
