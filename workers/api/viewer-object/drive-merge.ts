import { log, reasonOf } from '#shared/log.ts';
import { viewerObject } from '#shared/playback/decide-episode.ts';
import { endMerge } from '../end-merge.ts';
import { MAX_MERGE_HOPS } from '../limits.ts';
import { finishMerge, readMergeOut } from './merge.ts';
import { readPassesRevokedAt } from './revocation.ts';

/** A call that began a merge ends it within seconds; what is still open after this was left behind. */
export const MERGE_RETRY_MS = 30_000;

/**
 * The guest's own way to the end of a merge whose caller is gone: an alarm, again and again until the target has it, or
 * is erased: then the person that the guest was wants none of this back.
 */
export async function driveMerge(
  storage: DurableObjectStorage,
  env: Pick<ApiEnv, 'DB' | 'MASTER_SECRET' | 'VIEWERS'>,
  nowMs: number,
): Promise<'target-erased' | null> {
  const open = readMergeOut(storage.sql);
  if (open?.transfer == null) return null;
  let target = open.target;
  try {
    // A target that was merged itself meanwhile passes the guest on.
    for (let hops = 0; hops < MAX_MERGE_HOPS; hops++) {
      const reply = await viewerObject(env.VIEWERS, target).applyMerge({ ...open, nowMs });
      if (reply.outcome !== 'merged') {
        const closed = reply.outcome === 'unknown' ? null : reply.closed;
        const passesRevokedAtSeconds = readPassesRevokedAt(storage.sql);
        const { transfer } = open;
        await endMerge(env, { guest: transfer.guest, target, transfer, passesRevokedAtSeconds, closed });
        finishMerge(storage, open.transferId);
        return null;
      }
      if (reply.into === null) return 'target-erased';
      target = reply.into;
    }
    throw new Error('the target was merged too often');
  } catch (thrown) {
    log('error', 'merge_unfinished', { reason: reasonOf(thrown) });
  }
  return null;
}
