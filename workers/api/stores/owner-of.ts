import { hashViewer } from '#shared/keys/viewer-hash.ts';
import type { PurchaseOwner } from '../db/store-purchases.ts';

/** A viewer as the rows of stores are told who it is. */
export async function ownerOf(env: Pick<ApiEnv, 'MASTER_SECRET'>, viewerId: string): Promise<PurchaseOwner> {
  return { viewerId, viewerHash: await hashViewer(env.MASTER_SECRET, viewerId) };
}
