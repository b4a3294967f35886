import { err, ok, type Result } from '../result.ts';
import { prefixHolds } from '../token/ip-prefix.ts';
import type { TokenRestrictions } from '../token/restriction-claims.ts';
import { userAgentFamily } from '../token/user-agent.ts';
import type { AccessPolicy } from './policy.ts';
import type { ViewerGrant } from './viewer-state.ts';

/** A request that the token is not for; `restriction` is the claim's name. */
export interface RestrictionDenial {
  readonly restriction: 'geo' | 'ipp' | 'uaf' | 'srs' | 'eps' | 'ep';
  readonly detail: string;
}

/** Where a request comes from; null = not known, which no list has on it. */
export interface RequestOrigin {
  readonly country: string | null;
  readonly ipAddress: string | null;
  readonly userAgent: string | null;
}

type Checked = Result<true, RestrictionDenial>;

/** Few tokens do, and finding out where a request comes from costs more than the rest of the check. */
export function restrictsRequest({ countries, ipPrefix, userAgents }: TokenRestrictions): boolean {
  return countries !== null || ipPrefix !== null || userAgents !== null;
}

export function checkRequest(token: TokenRestrictions, origin: RequestOrigin): Checked {
  const { country, ipAddress, userAgent } = origin;
  if (token.countries !== null && (country === null || !token.countries.includes(country)))
    return denied('geo', 'The country of this request is not one of the token’s, or it is not known.');
  if (token.ipPrefix !== null && (ipAddress === null || !prefixHolds(token.ipPrefix, ipAddress)))
    return denied('ipp', 'The token is for another network.');
  if (token.userAgents !== null && (userAgent === null || !token.userAgents.includes(userAgentFamily(userAgent))))
    return denied('uaf', 'The token is for another kind of player.');
  return ok(true);
}

export function checkSeries(token: TokenRestrictions, series: { readonly id: string; readonly slug: string }): Checked {
  return token.series === null || token.series === series.id || token.series === series.slug
    ? ok(true)
    : denied('srs', 'The token is for another series.');
}

interface CoveredEpisode {
  readonly id: string;
  readonly seriesId: string;
  readonly seriesSlug: string;
  readonly number: number;
}

export function checkEpisode(token: TokenRestrictions, episode: CoveredEpisode): Checked {
  const series = checkSeries(token, { id: episode.seriesId, slug: episode.seriesSlug });
  if (!series.ok) return series;
  const { episodeNumbers: range, episodeIds } = token;
  if (range !== null && (episode.number < range.from || episode.number > range.to))
    return denied('eps', `The token is for the episodes ${range.from} to ${range.to}.`);
  if (episodeIds !== null && !episodeIds.includes(episode.id)) return denied('ep', 'The token is for other episodes.');
  return ok(true);
}

/** A token shortens the preview that the policy gives, to none if it says 0. It never opens what the policy locks. */
export function narrowPolicy(policy: AccessPolicy, token: TokenRestrictions): AccessPolicy {
  if (token.previewSeconds === null || policy.previewSeconds === undefined) return policy;
  return { ...policy, previewSeconds: Math.min(policy.previewSeconds, token.previewSeconds) };
}

/** What the backend vouches for, as grants that end with the token. */
export function assertedGrants(
  token: Pick<TokenRestrictions, 'entitlements'> & { readonly expiresAtSeconds: number },
): ViewerGrant[] {
  return (token.entitlements ?? []).map((entitlement) => {
    const base = { targetId: null, pass: null, expiresAtSeconds: token.expiresAtSeconds };
    if (entitlement.scope === 'pass') return { ...base, scope: 'all', pass: entitlement.pass };
    return entitlement.scope === 'all' ? { ...base, scope: 'all' } : { ...base, ...entitlement };
  });
}

function denied(restriction: RestrictionDenial['restriction'], detail: string): Checked {
  return err({ restriction, detail });
}
