import type { MergeClosed, Transfer } from '#shared/viewer/merge-rpc.ts';
import { moveStoreRows } from './db/move-store-rows.ts';
import { revokePasses } from './revoke-passes.ts';

interface AppliedMerge {
  readonly guest: string;
  readonly target: string;
  /** null once the guest has forgotten it: then all this was done. */
  readonly transfer: Transfer | null;
  /** What the guest's passes must have known of; null where it had bought nothing. */
  readonly passesRevokedAtSeconds: number | null;
  readonly closed: MergeClosed | null;
}

/**
 * What a merge changes outside of the two objects, before the guest forgets what it has handed over: who breaks off in
 * here does it again. Passes for what the guest had bought carry the guest's hash, so a refund at the target would not
 * reach them: they end here, and the viewer gets new ones under the new name.
 */
export async function endMerge(
  env: Pick<ApiEnv, 'DB' | 'MASTER_SECRET'>,
  { guest, target, transfer, passesRevokedAtSeconds, closed }: AppliedMerge,
): Promise<void> {
  await moveStoreRows(env.DB, guest, target);
  const bought = transfer?.unlocks.map(({ episodeId }) => episodeId) ?? [];
  if (bought.length > 0 && passesRevokedAtSeconds !== null)
    await revokePasses(env, guest, bought, passesRevokedAtSeconds);
  if (closed !== null) await revokePasses(env, target, closed.episodeIds, closed.passesRevokedAtSeconds);
}
