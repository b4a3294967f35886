import { CHARGEBACK_POLICIES, type ChargebackPolicy } from '#core/ledger/txns.ts';
import type { ChargebackReply } from '#shared/viewer/rpc.ts';
import { revokePasses } from './revoke-passes.ts';

/** What becomes of coins that were spent, where nobody says it of this very payment. */
export function chargebackPolicy({ CHARGEBACK_POLICY }: Pick<ApiEnv, 'CHARGEBACK_POLICY'>): ChargebackPolicy {
  return CHARGEBACK_POLICIES.find((policy) => policy === CHARGEBACK_POLICY) ?? 'debt';
}

/** Closes what a chargeback took away; again for a retry, as the call before may have ended between the two. */
export async function closeRevoked(
  env: Pick<ApiEnv, 'DB' | 'MASTER_SECRET'>,
  viewerId: string,
  { chargeback, passesRevokedAtSeconds }: Extract<ChargebackReply, { outcome: 'charged-back' | 'replayed' }>,
): Promise<void> {
  if (passesRevokedAtSeconds === null) return;
  const episodeIds = chargeback.revoked.map(({ episodeId }) => episodeId);
  await revokePasses(env, viewerId, episodeIds, passesRevokedAtSeconds);
}
