import { hashViewer } from '#shared/keys/viewer-hash.ts';
import type { LedgerMessage } from './ledger-message.ts';

const PUT_PASS_REVOCATIONS = `
INSERT INTO pass_revocations (viewer_hash, asset_id, revoked_at)
SELECT told.value ->> 'viewerHash', assets.id, told.value ->> 'revokedAtMs'
FROM json_each(?) AS told JOIN assets ON assets.episode_id = told.value ->> 'episodeId' WHERE true
ON CONFLICT (viewer_hash, asset_id) DO UPDATE SET revoked_at = max(revoked_at, excluded.revoked_at)`;

/**
 * Passes for what a fact took away. Whoever ordered it has done this at once; a call that broke off before, has not. A
 * moment that is later than the fact's own costs a player that bought the episode again one playlist more.
 */
export async function closePasses(
  env: Pick<ApiEnv, 'DB' | 'MASTER_SECRET'>,
  messages: readonly LedgerMessage[],
): Promise<void> {
  const closed: { viewerHash: string; episodeId: string; revokedAtMs: number }[] = [];
  for (const { viewerId, tell, unlocks, passesRevokedAtMs } of messages) {
    if (!tell || passesRevokedAtMs == null) continue;
    const viewerHash = await hashViewer(env.MASTER_SECRET, viewerId);
    for (const { episodeId, method, end } of unlocks)
      if (end !== null && (method === 'coins' || method === 'rental'))
        closed.push({ viewerHash, episodeId, revokedAtMs: passesRevokedAtMs });
  }
  if (closed.length > 0) await env.DB.prepare(PUT_PASS_REVOCATIONS).bind(JSON.stringify(closed)).run();
}
