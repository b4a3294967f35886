import type { Problem } from '#core/problem/codes.ts';
import type { MediaPass } from '#core/token/media-pass.ts';
import { isPassRevoked, passViewer, REVOCATION_MEMORY_SECONDS } from '#core/token/revocation.ts';
import { listRevocations } from '#shared/db/revocations.ts';
import { log, reasonOf } from '#shared/log.ts';
import {
  REVOCATIONS_FRESH_MS,
  REVOCATIONS_GRACE_MS,
  REVOCATIONS_OVERLAP_SECONDS,
  REVOCATIONS_STALE_MS,
} from './limits.ts';

/**
 * Revocations of the last quarter of an hour: by the eight characters that passes carry, and for what a refund closed,
 * with the asset behind them. One list an isolate: a segment costs two look-ups in a Map, and one small query every five seconds is everything that D1 sees of it.
 */
const revokedAtSeconds = new Map<string, number>();
/** When the list was last read whole; what is newer may be missing. */
let readAtMs = Number.NEGATIVE_INFINITY;
/** When the list was last asked for, whatever came of it. */
let askedAtMs = Number.NEGATIVE_INFINITY;
/** Since when D1 has not answered; null while it does. */
let failingSinceMs: number | null = null;

/**
 * `unknown` when D1 has not answered for ten minutes: then nothing more is served on what was known. An isolate that
 * never had a list gets the same ten minutes, so that passes play on through an outage (docs/decisions/012-revocation.md).
 */
export async function checkRevoked(
  db: D1Database,
  { pass, assetId }: { readonly pass: MediaPass; readonly assetId: string },
  nowMs: number,
  ctx: ExecutionContext,
): Promise<'good' | 'revoked' | 'unknown'> {
  if (nowMs - readAtMs > REVOCATIONS_FRESH_MS) {
    const isFailing = failingSinceMs !== null;
    // A refresh belongs to the request that started it, so one that cannot wait for it starts its own.
    if (nowMs - readAtMs > REVOCATIONS_STALE_MS && (!isFailing || nowMs - askedAtMs > REVOCATIONS_FRESH_MS)) {
      await refresh(db, nowMs);
    } else if (nowMs - askedAtMs > REVOCATIONS_FRESH_MS) {
      ctx.waitUntil(refresh(db, nowMs));
    }
  }
  if (failingSinceMs !== null && nowMs - (readAtMs > 0 ? readAtMs : failingSinceMs) > REVOCATIONS_GRACE_MS) {
    return 'unknown';
  }
  const viewer = passViewer(pass.sessionId);
  const isRevoked = [viewer, `${viewer}/${assetId}`].some((name) => {
    const moment = revokedAtSeconds.get(name);
    return moment !== undefined && isPassRevoked(pass.sessionId, moment, Math.floor(nowMs / 1_000));
  });
  return isRevoked ? 'revoked' : 'good';
}

async function refresh(db: D1Database, nowMs: number): Promise<void> {
  askedAtMs = nowMs;
  const oldest = Math.floor(nowMs / 1_000) - REVOCATION_MEMORY_SECONDS;
  const since = Math.max(oldest, Math.floor(readAtMs / 1_000) - REVOCATIONS_OVERLAP_SECONDS);
  try {
    const added = await listRevocations(db, since);
    for (const [viewer, moment] of revokedAtSeconds) if (moment <= oldest) revokedAtSeconds.delete(viewer);
    for (const { viewerHash, assetId, revokedAtSeconds: moment } of added) {
      const viewer = passViewer(viewerHash);
      revokedAtSeconds.set(assetId === null ? viewer : `${viewer}/${assetId}`, moment);
    }
    readAtMs = Math.max(readAtMs, nowMs);
    failingSinceMs = null;
  } catch (thrown) {
    failingSinceMs ??= nowMs;
    log('error', 'revocations_unavailable', { reason: reasonOf(thrown) });
  }
}

export function revocationProblem(revocation: 'revoked' | 'unknown'): Problem {
  if (revocation === 'revoked')
    return {
      code: 'pass-revoked',
      detail: 'Ask for the playlist again; with a new viewer token if this one is refused.',
    };
  return {
    code: 'temporarily-unavailable',
    detail: 'Revocations could not be read for ten minutes.',
    retryAfterSeconds: 5,
  };
}
