import { err, ok, type Result } from '../result.ts';
import { parseIpPrefix, type IpPrefix } from './ip-prefix.ts';
import { MAX_VIEWER_LIMIT } from './limits.ts';
import { USER_AGENT_FAMILIES, type UserAgentFamily } from './user-agent.ts';

/** Lists in a token are for a few things, not for a catalogue: it travels with every request. */
const MAX_EPISODE_IDS = 100;
const MAX_COUNTRIES = 50;
const MAX_ENTITLEMENTS = 100;

/** What a token allows less than its viewer may, and what its backend vouches for. null = the claim is absent. */
export interface TokenRestrictions {
  /** `srs`: one series, by id or slug. */
  readonly series: string | null;
  /** `eps`: numbers of episodes, both ends included. */
  readonly episodeNumbers: { readonly from: number; readonly to: number } | null;
  /** `ep` */
  readonly episodeIds: readonly string[] | null;
  /** `mxh`: caps the height of what this token may play. */
  readonly maxHeight: number | null;
  /** `prv`: at most so much of a locked episode; it shortens the policy's preview and never makes one. */
  readonly previewSeconds: number | null;
  /** `geo`: ISO 3166-1 alpha-2. */
  readonly countries: readonly string[] | null;
  /** `ipp` */
  readonly ipPrefix: IpPrefix | null;
  /** `uaf` */
  readonly userAgents: readonly UserAgentFamily[] | null;
  /** `did`: the operator's name for the device. */
  readonly deviceId: string | null;
  /** `mxs`: streams of the viewer at a time. */
  readonly maxStreams: number | null;
  /** `mxd`: devices of the viewer; the token then names its own as `did`. */
  readonly maxDevices: number | null;
  /** `ent`: what the backend sold by itself; good until the token ends. */
  readonly entitlements: readonly AssertedEntitlement[] | null;
}

export type AssertedEntitlement =
  | { readonly scope: 'all' }
  | { readonly scope: 'episode' | 'season' | 'series'; readonly targetId: string }
  | { readonly scope: 'pass'; readonly pass: string };

interface Reader<T> {
  /** The rule, as the refusal names it. */
  readonly rule: string;
  /** null for a value of another form. */
  readonly read: (value: unknown) => T | null;
}

const ENTITLEMENT = /^(?:(all)|(episode|season|series):([a-z]{2,4}_[0-9a-z]{26})|pass:([a-z0-9][a-z0-9_-]{0,39}))$/;

const srs: Reader<string> = { rule: 'an id or slug', read: text(/^[a-z0-9][a-z0-9_-]{0,79}$/) };
const eps: Reader<{ from: number; to: number }> = { rule: 'a pair of whole numbers [from, to]', read: readRange };
const ep: Reader<string[]> = {
  rule: `1 to ${MAX_EPISODE_IDS} episode ids`,
  read: list(text(/^ep_[0-9a-z]{26}$/), MAX_EPISODE_IDS),
};
const mxh: Reader<number> = { rule: 'a positive integer', read: whole(1) };
const prv: Reader<number> = { rule: 'a whole number of seconds', read: whole(0) };
const geo: Reader<string[]> = {
  rule: `1 to ${MAX_COUNTRIES} countries as ISO 3166-1 alpha-2`,
  read: list(text(/^[A-Z]{2}$/), MAX_COUNTRIES),
};
const ipp: Reader<IpPrefix> = {
  rule: 'an IPv4 /24 or an IPv6 /56, e.g. 203.0.113.0/24',
  read: (value) => (typeof value === 'string' ? parseIpPrefix(value) : null),
};
const uaf: Reader<UserAgentFamily[]> = {
  rule: `one or several of ${USER_AGENT_FAMILIES.join(', ')}`,
  read: (value) => list(readFamily, USER_AGENT_FAMILIES.length)(typeof value === 'string' ? [value] : value),
};
const did: Reader<string> = { rule: '1 to 128 visible characters', read: text(/^[\x21-\x7e]{1,128}$/) };
const mxs: Reader<number> = { rule: `a whole number from 1 to ${MAX_VIEWER_LIMIT}`, read: whole(1, MAX_VIEWER_LIMIT) };
const mxd: Reader<number> = {
  rule: `a whole number from 1 to ${MAX_VIEWER_LIMIT}, in a token that names its device as did`,
  read: mxs.read,
};
const ent: Reader<AssertedEntitlement[]> = {
  rule: `1 to ${MAX_ENTITLEMENTS} of all, series:…, season:…, episode:…, pass:…`,
  read: list(readEntitlement, MAX_ENTITLEMENTS),
};

const READERS: Readonly<Record<string, Reader<unknown>>> = {
  srs,
  eps,
  ep,
  mxh,
  prv,
  geo,
  ipp,
  uaf,
  did,
  mxs,
  mxd,
  ent,
};
export const RESTRICTION_CLAIMS: readonly string[] = Object.keys(READERS);

/** A claim of another form is refused with its rule: one that is passed over would restrict nothing. */
export function readRestrictions(claims: { readonly [name: string]: unknown }): Result<TokenRestrictions, string> {
  for (const [name, { rule, read }] of Object.entries(READERS)) {
    if (claims[name] !== undefined && read(claims[name]) === null) return err(`${name} must be ${rule}`);
  }
  if (claims['mxd'] !== undefined && claims['did'] === undefined) return err(`mxd must be ${mxd.rule}`);
  const take = <T>(name: string, reader: Reader<T>): T | null =>
    claims[name] === undefined ? null : reader.read(claims[name]);
  return ok({
    series: take('srs', srs),
    episodeNumbers: take('eps', eps),
    episodeIds: take('ep', ep),
    maxHeight: take('mxh', mxh),
    previewSeconds: take('prv', prv),
    countries: take('geo', geo),
    ipPrefix: take('ipp', ipp),
    userAgents: take('uaf', uaf),
    deviceId: take('did', did),
    maxStreams: take('mxs', mxs),
    maxDevices: take('mxd', mxd),
    entitlements: take('ent', ent),
  });
}

function text(pattern: RegExp): (value: unknown) => string | null {
  return (value) => (typeof value === 'string' && pattern.test(value) ? value : null);
}

function whole(least: number, most: number = Number.MAX_SAFE_INTEGER): (value: unknown) => number | null {
  return (value) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most ? value : null;
}

/** An empty list is refused: it would admit nobody, or everybody, and nobody can mean it. */
function list<T>(readItem: (item: unknown) => T | null, max: number): (value: unknown) => T[] | null {
  return (value) => {
    if (!Array.isArray(value) || value.length === 0 || value.length > max) return null;
    const items = value.map((item: unknown) => readItem(item)).filter((item) => item !== null);
    return items.length === value.length ? items : null;
  };
}

function readRange(value: unknown): { from: number; to: number } | null {
  if (!Array.isArray(value) || value.length !== 2) return null;
  const [from, to] = [whole(0)(value[0]), whole(0)(value[1])];
  return from === null || to === null || from > to ? null : { from, to };
}

function readFamily(value: unknown): UserAgentFamily | null {
  return USER_AGENT_FAMILIES.find((known) => known === value) ?? null;
}

function readEntitlement(value: unknown): AssertedEntitlement | null {
  const match = typeof value === 'string' ? ENTITLEMENT.exec(value) : null;
  if (match === null) return null;
  const [, all, scope, targetId = '', pass = ''] = match;
  if (all !== undefined) return { scope: 'all' };
  if (scope === 'episode' || scope === 'season' || scope === 'series') return { scope, targetId };
  return { scope: 'pass', pass };
}
