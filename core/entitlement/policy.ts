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
  /** Windows in which it is free for everyone, as NumericDates. */
  readonly freeWindows?: readonly { readonly fromSeconds: number; readonly toSeconds: number }[] | undefined;
  /** ISO 3166-1 alpha-2. `deny` wins over `allow`. */
  readonly countries?:
    | { readonly allow?: readonly string[] | undefined; readonly deny?: readonly string[] | undefined }
    | undefined;
  /** Caps the picture height of who has not paid. */
  readonly maxHeight?: number | undefined;
}

/** Fields that make an episode something to be unlocked. A policy without any of them sells nothing. */
const GATES = [
  'freeEpisodes',
  'coinPrice',
  'previewSeconds',
  'passes',
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
