import { log, reasonOf } from '#shared/log.ts';
import type { RightsRpc } from '#shared/viewer/rights-rpc.ts';
import { eraseOrphan } from '../erase-viewer.ts';
import { MERGE_RETRY_MS } from './drive-merge.ts';
import { endTombstone, isSelfErasing } from './erase.ts';
import { readName } from './outbox.ts';

/**
 * A guest whose target was erased before it took the guest in is the same person, and goes too. Nobody would call for
 * it, so the object does it itself; after a break it goes on by its alarm, as a merge that was left behind does.
 */
export async function eraseSelf(
  storage: DurableObjectStorage,
  env: ApiEnv,
  self: Pick<RightsRpc, 'erase' | 'finishErasure'>,
  nowMs: number,
): Promise<void> {
  const viewerId = readName(storage.sql);
  if (viewerId === null) return;
  try {
    await eraseOrphan(env, self, viewerId, nowMs);
  } catch (thrown) {
    log('error', 'orphan_not_erased', { reason: reasonOf(thrown) });
  }
  const isOver = !isSelfErasing(storage.sql) && (await self.erase({ nowMs, asGuest: true })).outcome === 'erased';
  if (isOver) await endTombstone(storage, nowMs);
  else await storage.setAlarm(nowMs + MERGE_RETRY_MS);
}
