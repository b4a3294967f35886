import { storePassRevocations } from '#shared/db/revocations.ts';
import { hashViewer } from '#shared/keys/viewer-hash.ts';

/** What plays on under an old pass ends within ten seconds; the viewer stays signed in. */
export async function revokePasses(
  env: Pick<ApiEnv, 'DB' | 'MASTER_SECRET'>,
  viewerId: string,
  episodeIds: readonly string[],
  revokedAtSeconds: number,
): Promise<void> {
  const viewerHash = await hashViewer(env.MASTER_SECRET, viewerId);
  await storePassRevocations(env.DB, viewerHash, episodeIds, revokedAtSeconds);
}
