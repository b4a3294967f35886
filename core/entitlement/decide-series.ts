import { planBundle, type BundleMember, type BundlePlan } from './bundles.ts';
import { decideAccess, type AccessRequest, type Decision } from './decide.ts';
import { coinOffer, priceFor, type Offer } from './offers.ts';
import type { AccessPolicy, BundleTerms } from './policy.ts';

export interface SeriesAccessRequest extends Pick<AccessRequest, 'viewer' | 'country' | 'nowSeconds'> {
  /** Those that viewers can see, in order of their numbers, each with its own policy. */
  readonly episodes: readonly { readonly episode: AccessRequest['episode']; readonly policy: AccessPolicy }[];
}

/** Decides a whole series for one viewer; its locked episodes are offered in bundles too. */
export function decideSeries({ episodes, ...common }: SeriesAccessRequest): Decision[] {
  const decisions = episodes.map(({ episode, policy }) => decideAccess({ episode, policy, ...common }));
  if (!episodes.some(({ policy }) => (policy.bundles?.length ?? 0) > 0)) return decisions;
  const members = bundleMembers(episodes, decisions);
  return decisions.map((decision, index) => {
    const [from, terms] = [members[index], episodes[index]?.policy.bundles ?? []];
    // What is not sold by itself has no price that a bundle could discount.
    if (decision.access === 'full' || from === undefined || from.coins === null) return decision;
    const bundles = terms.flatMap((term) => bundleOffer(term, planBundle(members, from, term), common.viewer));
    return bundles.length === 0 ? decision : { ...decision, offers: [...decision.offers, ...bundles] };
  });
}

/** The series' episodes as bundles see them: priced where this viewer still has to buy, null elsewhere. */
export function bundleMembers(
  episodes: SeriesAccessRequest['episodes'],
  decisions: readonly Decision[],
): BundleMember[] {
  return episodes.map(({ episode }, index) => ({
    id: episode.id,
    seasonId: episode.seasonId,
    number: episode.number,
    coins: coinPriceOf(decisions[index]),
  }));
}

function coinPriceOf(decision: Decision | undefined): number | null {
  if (decision === undefined || decision.access === 'full') return null;
  return coinOffer(decision.offers)?.coins ?? null;
}

function bundleOffer({ kind, count }: BundleTerms, plan: BundlePlan | null, viewer: AccessRequest['viewer']): Offer[] {
  if (plan === null) return [];
  const { episodes, listCoins, discountPercent, coins } = plan;
  const bundle = count === undefined ? { kind } : { kind, count };
  const price = priceFor(coins, viewer);
  return [{ method: 'bundle', bundle, episodeCount: episodes.length, listCoins, discountPercent, ...price }];
}
