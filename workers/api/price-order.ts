import { planBundle } from '#core/entitlement/bundles.ts';
import { bundleMembers, decideSeries } from '#core/entitlement/decide-series.ts';
import type { Offer } from '#core/entitlement/offers.ts';
import { resolvePolicy, type BundleTerms } from '#core/entitlement/policy.ts';
import { assertedGrants, checkEpisode } from '#core/entitlement/token-restrictions.ts';
import type { ViewerState } from '#core/entitlement/viewer-state.ts';
import type { Problem } from '#core/problem/codes.ts';
import { err, ok, type Result } from '#core/result.ts';
import { findPlayableEpisode, type PlayableEpisode } from '#shared/db/playback-catalog.ts';
import { findSeriesOf } from '#shared/db/series-episodes.ts';
import { restrictedProblem } from '#shared/http/viewer-auth.ts';
import { decideEpisode, loadViewerState, viewerObject, withGrants } from '#shared/playback/decide-episode.ts';
import { loadSeriesAccess, type SeriesPlace } from '#shared/playback/series-access.ts';
import type { PricedRequest, QuoteRequest } from '#shared/viewer/rpc.ts';
import type { UnlockCaller, Wanted } from './unlock-order.ts';

/** What an order costs this viewer now, and for which episodes. 0 coins: the viewer's object will say that it is owned. */
export type PricedOrder = Omit<QuoteRequest, 'expiresAtMs' | 'nowMs'> & Pick<PricedRequest, 'grantsVersion'>;

type Env = Pick<ApiEnv, 'DB' | 'VIEWERS'>;

/** Prices are ours, from the catalogue and from what this viewer has; a caller names none. */
export function priceOrder(
  env: Env,
  caller: UnlockCaller,
  wanted: Exclude<Wanted, { kind: 'quote' }>,
): Promise<Result<PricedOrder, Problem>> {
  return wanted.kind === 'episode'
    ? priceEpisode(env, caller, wanted.episodeId, wanted.method)
    : priceBundle(env, caller, wanted);
}

async function findCovered(
  env: Env,
  { claims, nowMs }: UnlockCaller,
  episodeId: string,
): Promise<Result<PlayableEpisode, Problem>> {
  const episode = await findPlayableEpisode(env.DB, episodeId, nowMs);
  if (!episode) return err({ code: 'episode-not-found', detail: 'It does not exist, or it is not published.' });
  const covered = claims === null ? ok(true as const) : checkEpisode(claims, episode);
  return covered.ok ? ok(episode) : err(restrictedProblem(covered.error));
}

async function priceEpisode(
  env: Env,
  caller: UnlockCaller,
  episodeId: string,
  method: 'coins' | 'rental',
): Promise<Result<PricedOrder, Problem>> {
  const { claims, country, nowMs } = caller;
  const episode = await findCovered(env, caller, episodeId);
  if (!episode.ok) return episode;
  const state = await loadViewerState(viewerObject(env.VIEWERS, caller.viewerId), [episodeId], nowMs);
  const asked = claims === null ? state : withGrants(state, assertedGrants(claims));
  // Whoever rents may buy for good, as if not renting: what is free for all is sold to nobody.
  const viewer = method === 'coins' ? withoutRentals(asked) : asked;
  const nowSeconds = Math.floor(nowMs / 1_000);
  const decision = decideEpisode(episode.value, viewer, country, nowSeconds, claims);
  if (decision.basis === 'country') return err({ code: 'country-not-allowed', detail: 'Nothing was debited.' });
  const isBoughtAgain = decision.basis === (method === 'coins' ? 'unlock' : 'rental');
  if (decision.access === 'full' && !isBoughtAgain) {
    const detail = `The viewer may play it already (${decision.basis}). Nothing was debited.`;
    return err({ code: 'unlock-not-needed', detail });
  }
  // What it would cost who has not got it: the object knows whether the viewer does, and debits nothing then.
  const offers =
    decision.access === 'full'
      ? offersWithout(decideEpisode(episode.value, { ...viewer, unlocks: new Map() }, country, nowSeconds, claims))
      : decision.offers;
  const offer = offers.find((candidate) => candidate.method === method);
  if (offer === undefined && decision.access !== 'full') {
    const detail = method === 'coins' ? 'This episode is not sold for coins.' : 'This episode is not rented out.';
    return err({ code: 'unlock-method-not-offered', detail });
  }
  return ok({ ...orderOf(episodeId, method, offer), grantsVersion: state.grantsVersion });
}

function offersWithout(decision: ReturnType<typeof decideEpisode>): readonly Offer[] {
  return decision.access === 'full' ? [] : decision.offers;
}

function orderOf(
  episodeId: string,
  method: 'coins' | 'rental',
  offer: Offer | undefined,
): Omit<PricedOrder, 'grantsVersion'> {
  const coins = offer?.method === 'coins' || offer?.method === 'rental' ? offer.coins : 0;
  const rental = offer?.method === 'rental' ? { hours: offer.hours, startWithinHours: offer.startWithinHours } : null;
  return { method, episodes: [{ id: episodeId, coins }], coins, bundle: null, rental };
}

/** Of what is still to be bought: nobody pays for what is free, owned or covered by a pass. */
async function priceBundle(
  env: Env,
  caller: UnlockCaller,
  { bundle, fromEpisodeId }: Extract<Wanted, { kind: 'bundle' }>,
): Promise<Result<PricedOrder, Problem>> {
  const from = await findCovered(env, caller, fromEpisodeId);
  if (!from.ok) return from;
  const offered = resolvePolicy(from.value.policyLevels).bundles ?? [];
  const terms = offered.find(({ kind, count }) => kind === bundle.kind && isCount(bundle.count, count));
  if (terms === undefined) return err(notOffered(offered));
  const series = await loadSeriesAccess(placeOf(env, caller), from.value.seriesId);
  const members = bundleMembers(series.episodes, decideSeries(series));
  const at = members.findIndex(({ id }) => id === fromEpisodeId);
  const plan = at < 0 ? null : planBundle(members, at, terms);
  if (plan === null) {
    const detail = 'Fewer than two episodes of it are left for this viewer to buy. Nothing was debited.';
    return err({ code: 'unlock-not-needed', detail });
  }
  const { episodes, coins, listCoins, discountPercent } = plan;
  const { grantsVersion } = series;
  return ok({ method: 'coins', episodes, coins, bundle: { listCoins, discountPercent }, rental: null, grantsVersion });
}

/** A caller that names no count takes the first of its kind. */
function isCount(asked: number | undefined, offered: number | undefined): boolean {
  return asked === undefined || asked === offered;
}

function notOffered(offered: readonly BundleTerms[]): Problem {
  const detail = 'This episode is not sold in such a bundle.';
  return { code: 'unlock-method-not-offered', detail, members: { bundles: offered } };
}

export function placeOf(env: Env, { viewerId, claims, country, nowMs }: UnlockCaller): SeriesPlace {
  return { env, viewerId, claims, country, nowMs };
}

/**
 * Which of these the viewer would still have to pay for, one by one; what is not visible any more is not sold. What is
 * rented may be bought for good.
 */
export async function stillToBuy(
  env: Env,
  caller: UnlockCaller,
  episodeIds: readonly string[],
  method: 'coins' | 'rental',
): Promise<{ readonly ids: ReadonlySet<string>; readonly grantsVersion: string }> {
  const ids = new Set<string>();
  const seriesId = await findSeriesOf(env.DB, episodeIds);
  if (seriesId === null) return { ids, grantsVersion: '' };
  const series = await loadSeriesAccess(placeOf(env, caller), seriesId);
  const viewer = method === 'coins' ? withoutRentals(series.viewer) : series.viewer;
  for (const [index, decision] of decideSeries({ ...series, viewer }).entries()) {
    const id = series.episodes[index]?.episode.id ?? '';
    if (episodeIds.includes(id) && decision.access !== 'full' && decision.basis !== 'country') ids.add(id);
  }
  return { ids, grantsVersion: series.grantsVersion };
}

function withoutRentals(viewer: ViewerState): ViewerState {
  return { ...viewer, unlocks: new Map([...viewer.unlocks].filter(([, { method }]) => method !== 'rental')) };
}
