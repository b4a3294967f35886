import type { BundleTerms } from './policy.ts';

/** An episode as a bundle sees it. */
export interface BundleMember {
  readonly id: string;
  readonly seasonId: string | null;
  /** What it costs by itself; null when this viewer needs not, or cannot, buy it. */
  readonly coins: number | null;
}

export interface BundlePlan {
  readonly episodes: readonly { readonly id: string; readonly coins: number }[];
  /** What these episodes cost one by one. */
  readonly listCoins: number;
  readonly coins: number;
  readonly discountPercent: number;
}

/** A bundle of one is that episode under another name. */
const MIN_EPISODES = 2;

/**
 * What a bundle holds for one viewer who stands at an episode: only what is still to be bought, so that nobody pays
 * for what is free, owned or covered by a pass. null when that is fewer than two episodes.
 *
 * `members` are the series' episodes that viewers can see, in order of their numbers; `at` is where the viewer stands.
 */
export function planBundle(members: readonly BundleMember[], at: number, terms: BundleTerms): BundlePlan | null {
  const episodes: { id: string; coins: number }[] = [];
  const most = terms.kind === 'next' ? (terms.count ?? 0) : Number.POSITIVE_INFINITY;
  for (let index = terms.kind === 'series' ? 0 : at; index < members.length && episodes.length < most; index++) {
    const member = members[index];
    if (member === undefined || member.coins === null) continue;
    if (terms.kind === 'season' && member.seasonId !== members[at]?.seasonId) continue;
    episodes.push({ id: member.id, coins: member.coins });
  }
  if (episodes.length < MIN_EPISODES) return null;
  const listCoins = episodes.reduce((total, { coins }) => total + coins, 0);
  return {
    episodes,
    listCoins,
    coins: discounted(listCoins, terms.discountPercent),
    discountPercent: terms.discountPercent,
  };
}

/** Rounded up: a discount never gives away a coin that it does not say. */
function discounted(listCoins: number, discountPercent: number): number {
  return Math.ceil((listCoins * (100 - discountPercent)) / 100);
}
