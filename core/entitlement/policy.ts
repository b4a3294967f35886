/**
 * What an operator sets for a series, a season or an episode. Every field is optional; what is absent is inherited.
 *
 * @see contract.md, "Access policy"
 */
export interface AccessPolicy {
  /** Episodes numbered up to this one cost nothing. */
  readonly freeEpisodes?: number | undefined;
  /** Price of one episode in coins; 0 makes it free. */
  readonly coinPrice?: number | undefined;
  /** What anyone may see of a locked episode. */
  readonly previewSeconds?: number | undefined;
  /** Pass products that open it, e.g. `vip`. */
  readonly passes?: readonly string[] | undefined;
  /** Rewarded ads instead of coins. `dailyCap`: how many a viewer may watch for one series in a UTC day. */
  readonly ad?: { readonly adsPerUnlock: number; readonly dailyCap: number } | undefined;
  /** Free after so many hours; one wait at a time for each viewer and series. */
  readonly wait?: { readonly hours: number } | undefined;
  /** For so many hours from the first play, which must come within `startWithinHours` of paying. */
  readonly rental?: RentalTerms | undefined;
  /** Several episodes at once, at a discount on what they cost one by one. */
  readonly bundles?: readonly BundleTerms[] | undefined;
  /** Windows in which it is free for everyone, as NumericDates. */
  readonly freeWindows?: readonly { readonly fromSeconds: number; readonly toSeconds: number }[] | undefined;
  /** ISO 3166-1 alpha-2. `deny` wins over `allow`. */
  readonly countries?:
    | { readonly allow?: readonly string[] | undefined; readonly deny?: readonly string[] | undefined }
    | undefined;
  /** Caps the picture height of who has not paid. */
  readonly maxHeight?: number | undefined;
}

export interface RentalTerms {
  readonly coins: number;
  readonly hours: number;
  readonly startWithinHours?: number | undefined;
}

/** A rental that is never begun ends all the same, or it would be a sale; 30 days is what film shops give. */
export const DEFAULT_START_WITHIN_HOURS = 720;

/** `next`: this one and the locked ones after it, `count` in all; `season`, `series`: what is still locked of it. */
export interface BundleTerms {
  readonly kind: 'next' | 'season' | 'series';
  readonly count?: number | undefined;
  readonly discountPercent: number;
}

/** Fields that make an episode something to be unlocked. A policy without any of them sells nothing. */
const GATES = [
  'freeEpisodes',
  'coinPrice',
  'previewSeconds',
  'passes',
  'ad',
  'wait',
  'rental',
] as const satisfies readonly (keyof AccessPolicy)[];

/** The three levels, outermost first, as stored; null where nothing is set. */
export interface PolicyLevels {
  readonly series: AccessPolicy | null;
  readonly season: AccessPolicy | null;
  readonly episode: AccessPolicy | null;
}

/**
 * One policy for one episode: field by field, the nearest level that says something wins.
 *
 * `freeEpisodes` counts over a series, so an episode that names a price of its own is sold at it, whatever its number.
 */
export function resolvePolicy(levels: PolicyLevels): AccessPolicy {
  const { series, season, episode } = levels;
  const inherited = { ...series, ...season };
  if (episode?.coinPrice !== undefined && episode.freeEpisodes === undefined) delete inherited.freeEpisodes;
  return { ...inherited, ...episode };
}

/** True when the policy asks for anything at all; without one, a published episode is open to every viewer. */
export function isGated(policy: AccessPolicy): boolean {
  return GATES.some((field) => policy[field] !== undefined) && policy.coinPrice !== 0;
}
