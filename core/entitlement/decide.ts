import { isGated, type AccessPolicy } from './policy.ts';

/** What the viewer's Durable Object knows that bears on one episode. */
export interface ViewerState {
  readonly coins: number;
  readonly unlockedEpisodeIds: ReadonlySet<string>;
  readonly grants: readonly ViewerGrant[];
}

/** Given, not paid: by the operator's backend, or as a pass product when `pass` is set. */
export interface ViewerGrant {
  readonly scope: 'episode' | 'season' | 'series' | 'all';
  readonly targetId: string | null;
  readonly pass: string | null;
  readonly expiresAtSeconds: number | null;
}

export interface AccessRequest {
  readonly episode: {
    readonly id: string;
    readonly seriesId: string;
    readonly seasonId: string | null;
    readonly number: number;
  };
  readonly policy: AccessPolicy;
  readonly viewer: ViewerState;
  /** ISO 3166-1 alpha-2 of where the viewer is; null when it is not known, ANYWHERE when nobody asked. */
  readonly country: string | null;
  readonly nowSeconds: number;
}

/** A backend that acts for a viewer may not know where the viewer is: then the country rule is not this call's business. */
export const ANYWHERE = '*';

/** A way to unlock, with what the viewer has and lacks for it. */
export interface Offer {
  readonly method: 'coins';
  readonly coins: number;
  readonly balance: number;
  readonly shortCoins: number;
}

export type FullBasis = 'free' | 'free-window' | 'unlock' | 'grant' | 'pass';

/** May this viewer play this episode, and why. */
export type Decision =
  | {
      readonly access: 'full';
      readonly basis: FullBasis;
      readonly untilSeconds: number | null;
      readonly maxHeight: number | null;
    }
  | {
      readonly access: 'preview';
      readonly basis: 'preview';
      readonly previewSeconds: number;
      readonly maxHeight: number | null;
      readonly offers: readonly Offer[];
    }
  | { readonly access: 'locked'; readonly basis: 'price' | 'country'; readonly offers: readonly Offer[] };

/**
 * Decides what a viewer may play of one episode.
 *
 * No I/O and no clock. A country that is not allowed closes every way in; then what was paid, then what was given,
 * then what is free, so that the basis names the strongest claim; what is left is a preview, or nothing.
 */
export function decideAccess(request: AccessRequest): Decision {
  const { episode, policy, viewer, nowSeconds } = request;
  if (!countryAllowed(policy, request.country)) return { access: 'locked', basis: 'country', offers: [] };
  if (viewer.unlockedEpisodeIds.has(episode.id)) return full('unlock', null, null);
  const grant = bestGrant(request);
  if (grant) return full(grant.pass === null ? 'grant' : 'pass', grant.expiresAtSeconds, null);
  const maxHeight = policy.maxHeight ?? null;
  const isFree = !isGated(policy) || (policy.freeEpisodes !== undefined && episode.number <= policy.freeEpisodes);
  if (isFree) return full('free', null, maxHeight);
  const windowEnd = freeWindowEnd(policy, nowSeconds);
  if (windowEnd !== null) return full('free-window', windowEnd, maxHeight);
  const offers = coinOffers(policy, viewer.coins);
  if (policy.previewSeconds !== undefined && policy.previewSeconds > 0) {
    return { access: 'preview', basis: 'preview', previewSeconds: policy.previewSeconds, maxHeight, offers };
  }
  return { access: 'locked', basis: 'price', offers };
}

function full(basis: FullBasis, untilSeconds: number | null, maxHeight: number | null): Decision {
  return { access: 'full', basis, untilSeconds, maxHeight };
}

/** An allow list needs to know the country; where it is unknown, it is not on the list. */
function countryAllowed(policy: AccessPolicy, country: string | null): boolean {
  const { allow, deny } = policy.countries ?? {};
  if (country === ANYWHERE) return true;
  if (country !== null && deny?.includes(country)) return false;
  return allow === undefined || (country !== null && allow.includes(country));
}

/** Of the grants that open this episode now, the one that lasts longest. */
function bestGrant({ episode, policy, viewer, nowSeconds }: AccessRequest): ViewerGrant | null {
  let best: ViewerGrant | null = null;
  for (const grant of viewer.grants) {
    if (grant.expiresAtSeconds !== null && grant.expiresAtSeconds <= nowSeconds) continue;
    if (!grantCovers(grant, episode, policy)) continue;
    if (grant.expiresAtSeconds === null) return grant;
    if (best === null || grant.expiresAtSeconds > (best.expiresAtSeconds ?? 0)) best = grant;
  }
  return best;
}

/** A pass product opens only what lists it; a plain grant opens what it names. */
function grantCovers(grant: ViewerGrant, episode: AccessRequest['episode'], policy: AccessPolicy): boolean {
  if (grant.pass !== null && policy.passes?.includes(grant.pass) !== true) return false;
  switch (grant.scope) {
    case 'all':
      return true;
    case 'series':
      return grant.targetId === episode.seriesId;
    case 'season':
      return grant.targetId !== null && grant.targetId === episode.seasonId;
    case 'episode':
      return grant.targetId === episode.id;
  }
}

function freeWindowEnd(policy: AccessPolicy, nowSeconds: number): number | null {
  let end: number | null = null;
  for (const { fromSeconds, toSeconds } of policy.freeWindows ?? []) {
    if (fromSeconds <= nowSeconds && nowSeconds < toSeconds && (end === null || toSeconds > end)) end = toSeconds;
  }
  return end;
}

function coinOffers(policy: AccessPolicy, balance: number): Offer[] {
  if (policy.coinPrice === undefined) return [];
  const coins = policy.coinPrice;
  return [{ method: 'coins', coins, balance, shortCoins: Math.max(0, coins - balance) }];
}
