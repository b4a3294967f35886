import { offersFor, type Offer } from './offers.ts';
import { isGated, type AccessPolicy } from './policy.ts';
import type { EpisodeUnlock, UnlockMethod, ViewerGrant, ViewerState } from './viewer-state.ts';

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

/** `unlock` is one that was paid with coins, by itself or in a bundle. */
export type FullBasis = 'unlock' | 'rental' | 'ad' | 'wait' | 'grant' | 'pass' | 'free' | 'free-window';

/** May this viewer play this episode, and why. */
export type Decision =
  | {
      readonly access: 'full';
      readonly basis: FullBasis;
      readonly untilSeconds: number | null;
      /** A rental whose clock begins with the first play. */
      readonly startsRental: boolean;
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
 * No I/O and no clock. A country that is not allowed closes every way in; then what is the viewer's for good, what was
 * given, what is rented, what is free for everyone, so that the basis names the strongest claim. A rental that was not
 * played yet comes last: nobody shall begin its clock on what is open anyway. What is left is a preview, or nothing.
 */
export function decideAccess(request: AccessRequest): Decision {
  const { episode, policy, viewer, nowSeconds } = request;
  if (!countryAllowed(policy, request.country)) return { access: 'locked', basis: 'country', offers: [] };
  const unlock = viewer.unlocks.get(episode.id);
  if (unlock !== undefined && unlock.method !== 'rental') return full(BASIS_OF[unlock.method], null, null);
  if (hasWaited(request)) return full('wait', null, null);
  const grant = bestGrant(request);
  if (grant) return full(grant.pass === null ? 'grant' : 'pass', grant.expiresAtSeconds, null);
  const rental = unlock === undefined ? null : rentalClaim(unlock, nowSeconds);
  if (rental !== null && !rental.startsRental) return rental;
  const maxHeight = policy.maxHeight ?? null;
  const isFree = !isGated(policy) || (policy.freeEpisodes !== undefined && episode.number <= policy.freeEpisodes);
  if (isFree) return full('free', null, maxHeight);
  const windowEnd = freeWindowEnd(policy, nowSeconds);
  if (windowEnd !== null) return full('free-window', windowEnd, maxHeight);
  if (rental !== null) return rental;
  const offers = offersFor(episode, policy, viewer);
  if (policy.previewSeconds !== undefined && policy.previewSeconds > 0) {
    return { access: 'preview', basis: 'preview', previewSeconds: policy.previewSeconds, maxHeight, offers };
  }
  return { access: 'locked', basis: 'price', offers };
}

const BASIS_OF: Readonly<Record<UnlockMethod, FullBasis>> = {
  coins: 'unlock',
  rental: 'rental',
  ad: 'ad',
  wait: 'wait',
};

type FullDecision = Extract<Decision, { access: 'full' }>;

function full(basis: FullBasis, untilSeconds: number | null, maxHeight: number | null): FullDecision {
  return { access: 'full', basis, untilSeconds, startsRental: false, maxHeight };
}

/** An allow list needs to know the country; where it is unknown, it is not on the list. */
function countryAllowed(policy: AccessPolicy, country: string | null): boolean {
  const { allow, deny } = policy.countries ?? {};
  if (country === ANYWHERE) return true;
  if (country !== null && deny?.includes(country)) return false;
  return allow === undefined || (country !== null && allow.includes(country));
}

function hasWaited({ episode, viewer, nowSeconds }: AccessRequest): boolean {
  return viewer.waits.some((wait) => wait.episodeId === episode.id && wait.readyAtSeconds <= nowSeconds);
}

/** What a rental opens, were it played now; null when it is over, or was not begun in time. */
function rentalClaim({ untilSeconds, rental }: EpisodeUnlock, nowSeconds: number): FullDecision | null {
  if (untilSeconds !== null) return untilSeconds > nowSeconds ? full('rental', untilSeconds, null) : null;
  if (rental === null || rental.startBySeconds <= nowSeconds) return null;
  return { ...full('rental', nowSeconds + rental.hours * 3_600, null), startsRental: true };
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
