import type { Problem } from '#core/problem/codes.ts';
import { err, ok, type Result } from '#core/result.ts';
import {
  claimKey,
  KEY_OF_ANOTHER,
  findOffer,
  lookAtEpisode,
  unlockedAnswer,
  type FreeAnswer,
  type FreeUnlockOrder,
} from './free-way.ts';
import { mergedProblem } from './http/merged.ts';

/** The unlock that watched ads have made, or how many are missing. The last ad unlocks by itself; this only asks. */
export async function unlockByAd(
  env: Pick<ApiEnv, 'DB' | 'VIEWERS'>,
  order: FreeUnlockOrder,
): Promise<Result<FreeAnswer, Problem>> {
  const way = await lookAtEpisode(env, order);
  if (!way.ok) return way;
  const { viewer, episode } = way.value;
  const key = await claimKey(viewer, order, 'ad');
  if (!key.ok) return key;
  const offer = findOffer(way.value, 'ad');
  if (!offer.ok) return offer;
  const { idempotencyKey, nowMs } = order;
  const adsPerUnlock = offer.value?.adsPerUnlock ?? 1;
  const request = { idempotencyKey, requestSha256: key.value, nowMs };
  const reply = await viewer.unlockByAds({ ...request, episodeId: episode.id, adsPerUnlock });
  if (reply.outcome === 'merged') return err(mergedProblem(reply));
  if (reply.outcome === 'key-reused') return err(KEY_OF_ANOTHER);
  if (reply.outcome !== 'missing')
    return ok(await unlockedAnswer(viewer, reply.unlock, reply.outcome === 'owned' ? 200 : 201, nowMs));
  const adsMissing = adsPerUnlock - reply.adsWatched;
  return err({
    code: 'ads-missing',
    detail: `${adsMissing} more of ${adsPerUnlock}. Ask for an ad intent for each and hand its customData to the ad.`,
    members: {
      adsMissing,
      offers: [{ ...offer.value, adsWatched: reply.adsWatched }],
      intent: { method: 'POST', path: `${pathOf(order)}/ad-intents`, body: { episodeId: episode.id } },
    },
  });
}

function pathOf({ claims, viewerId }: FreeUnlockOrder): string {
  return claims === null ? `/v1/viewers/${viewerId}` : '/v1/me';
}
