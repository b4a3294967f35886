import { z } from 'zod';
import { AD_NETWORK_PATTERN } from '#core/ads/limits.ts';
import type { AdIntentWire } from '#core/catalog/free-ways-wire.ts';
import { resolvePolicy } from '#core/entitlement/policy.ts';
import type { Problem } from '#core/problem/codes.ts';
import { err, ok, type Result } from '#core/result.ts';
import { nextUtcDay } from '#core/time/utc-day.ts';
import { problemResponse } from '#shared/http/problem.ts';
import { findOffer, lookAtEpisode, type FreeOrder } from '../free-way.ts';
import { iso, type ApiContext } from '../http/context.ts';
import { mergedProblem } from '../http/merged.ts';
import { sealCustomData } from './custom-data.ts';

export const adIntentInput = z.strictObject({
  episodeId: z.string().max(64),
  network: z.string().regex(AD_NETWORK_PATTERN).optional(),
});

/** Leave to count one ad, for this viewer and this episode, once. The terms are the policy's of now. */
export async function openIntent(
  env: Pick<ApiEnv, 'DB' | 'VIEWERS' | 'MASTER_SECRET'>,
  order: FreeOrder & { readonly network: string | null },
): Promise<Result<AdIntentWire, Problem>> {
  const way = await lookAtEpisode(env, order);
  if (!way.ok) return way;
  const offer = findOffer(way.value, 'ad');
  if (!offer.ok) return offer;
  const { ad } = resolvePolicy(way.value.episode.policyLevels);
  if (offer.value === null || ad === undefined)
    return err({ code: 'unlock-not-needed', detail: 'The viewer may play it already (ad). Nothing was started.' });
  const { viewer, episode } = way.value;
  const { viewerId, network, nowMs } = order;
  const { adsPerUnlock, dailyCap } = ad;
  const { id: episodeId, seriesId } = episode;
  const reply = await viewer.openAdIntent({ episodeId, seriesId, network, adsPerUnlock, dailyCap, nowMs });
  if (reply.outcome === 'merged') return err(mergedProblem(reply));
  if (reply.outcome === 'cap-reached') {
    const resetsAt = iso(nextUtcDay(nowMs));
    return err({
      code: 'ad-cap-reached',
      detail: `More ads may be watched from ${resetsAt} on.`,
      members: { adsLeftToday: 0, resetsAt },
    });
  }
  const { id: intent, expiresAtMs, adsWatched, adsLeftToday } = reply;
  const customData = await sealCustomData(env.MASTER_SECRET, { viewerId, intentId: intent }, nowMs);
  return ok({ intent, customData, expiresAt: iso(expiresAtMs), adsWatched, adsPerUnlock, adsLeftToday });
}

export function intentResponse(c: ApiContext, intent: Result<AdIntentWire, Problem>): Response {
  return intent.ok ? c.json(intent.value, 201, { 'Cache-Control': 'no-store' }) : problemResponse(intent.error);
}
