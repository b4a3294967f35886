import { MAX_TOKEN_TTL_SECONDS } from '#core/token/limits.ts';
import { isTokenRevoked } from '#core/token/revocation.ts';
import { listRevocations } from '#shared/db/revocations.ts';
import { log, reasonOf } from '#shared/log.ts';
import { withTimeLimit } from '#shared/time-limit.ts';
import { REVOKED_FRESH_MS, REVOKED_OVERLAP_SECONDS, REVOKED_PATIENCE_MS, REVOKED_STALE_MS } from './limits.ts';

/**
 * Viewers that were revoked within a token's life, by their hash: one small query every five seconds an isolate, instead
 * of one a beacon. While D1 does not answer, beacons are taken on what was known: they say what was seen, and open nothing.
 */
const revokedAtSeconds = new Map<string, number>();
let readAtMs = Number.NEGATIVE_INFINITY;
let askedAtMs = Number.NEGATIVE_INFINITY;
let isFailing = false;

export async function isViewerRevoked(
  db: D1Database,
  viewerHash: string,
  issuedAtSeconds: number,
  { nowMs, waitUntil }: { readonly nowMs: number; readonly waitUntil: (work: Promise<unknown>) => void },
): Promise<boolean> {
  const ageMs = nowMs - readAtMs;
  // A refresh belongs to the request that started it, so whoever has to wait for one starts its own.
  if (ageMs > REVOKED_STALE_MS && !isFailing) {
    const reading = refresh(db, nowMs);
    waitUntil(reading);
    await withTimeLimit(REVOKED_PATIENCE_MS, () => reading).catch(() => (isFailing = true));
  } else if (ageMs > REVOKED_FRESH_MS && nowMs - askedAtMs > REVOKED_FRESH_MS) waitUntil(refresh(db, nowMs));
  return isTokenRevoked(issuedAtSeconds, revokedAtSeconds.get(viewerHash) ?? null);
}

async function refresh(db: D1Database, nowMs: number): Promise<void> {
  askedAtMs = nowMs;
  const oldest = Math.floor(nowMs / 1_000) - MAX_TOKEN_TTL_SECONDS;
  const since = Math.max(oldest, Math.floor(readAtMs / 1_000) - REVOKED_OVERLAP_SECONDS);
  try {
    const added = await listRevocations(db, since);
    for (const [viewer, moment] of revokedAtSeconds) if (moment <= oldest) revokedAtSeconds.delete(viewer);
    for (const { viewerHash, assetId, revokedAtSeconds: moment } of added)
      if (assetId === null) revokedAtSeconds.set(viewerHash, moment);
    readAtMs = Math.max(readAtMs, nowMs);
    isFailing = false;
  } catch (thrown) {
    isFailing = true;
    log('error', 'revocations_unavailable', { reason: reasonOf(thrown) });
  }
}
