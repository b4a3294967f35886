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
  const planAt = plannerOf(members);
  return decisions.map((decision, index) => {
    // What is not sold by itself has no price that a bundle could discount.
    if (decision.access === 'full' || members[index]?.coins == null) return decision;
    const terms = episodes[index]?.policy.bundles ?? [];
    const bundles = terms.flatMap((term) => bundleOffer(term, planAt(index, term), common.viewer));
    return bundles.length === 0 ? decision : { ...decision, offers: [...decision.offers, ...bundles] };
  });
}

/** The bundle of the whole series is the same from wherever one looks. */
function plannerOf(members: readonly BundleMember[]): (at: number, terms: BundleTerms) => BundlePlan | null {
  const ofSeries = new Map<number, BundlePlan | null>();
  return (at, terms) => {
    if (terms.kind !== 'series') return planBundle(members, at, terms);
    const known = ofSeries.get(terms.discountPercent);
    if (known !== undefined) return known;
    const plan = planBundle(members, at, terms);
    ofSeries.set(terms.discountPercent, plan);
    return plan;
  };
}

/** The series' episodes as bundles see them: priced where this viewer still has to buy, null elsewhere. */
export function bundleMembers(
  episodes: SeriesAccessRequest['episodes'],
  decisions: readonly Decision[],
): BundleMember[] {
  return episodes.map(({ episode }, index) => ({
    id: episode.id,
    seasonId: episode.seasonId,
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
