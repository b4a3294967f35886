import { err, ok, type Result } from '#core/result.ts';

export interface UrlRules {
  /** For development: http, and hosts that only this machine or its network can reach. */
  readonly allowPrivateHosts: boolean;
}

const MAX_URL_LENGTH = 2_000;

/**
 * A URL that others gave us and that we will fetch: https, and not into a network that only we can reach. Names are
 * checked as they are written; what they resolve to is not known here. (Workers cannot reach private addresses.)
 */
export function checkPublicUrl(text: string, { allowPrivateHosts }: UrlRules): Result<URL, string> {
  const url = text.length <= MAX_URL_LENGTH ? URL.parse(text) : null;
  if (url === null) return err('is not a URL');
  if (url.protocol !== 'https:' && !(allowPrivateHosts && url.protocol === 'http:')) return err('must be https');
  if (url.username !== '' || url.password !== '') return err('must not hold a user name or a password');
  if (url.hash !== '') return err('must not have a fragment');
  if (!allowPrivateHosts && isPrivateHost(url.hostname)) return err('must not lead to a private host');
  return ok(url);
}

/** `hostname` as the URL parser leaves it: lower case, IPv4 in four decimal parts, IPv6 in brackets. */
function isPrivateHost(hostname: string): boolean {
  const host = hostname.replace(/\.$/, '');
  if (host.startsWith('[')) return !isGlobalV6(host.slice(1, -1));
  if (/^[0-9.]+$/.test(host)) return isPrivateV4(host.split('.').map(Number));
  return !host.includes('.') || PRIVATE_NAMES.test(host);
}

/** @see RFC 6761, RFC 6762, RFC 8375, and `internal` as ICANN reserved it */
const PRIVATE_NAMES = /(?:^|\.)(?:localhost|local|internal|intranet|lan|home|corp|home\.arpa|onion|test|invalid)$/;

/** @see IANA IPv4 Special-Purpose Address Registry */
function isPrivateV4([a = 0, b = 0, c = 0]: readonly number[]): boolean {
  if (a === 0 || a === 10 || a === 127 || a >= 224) return true;
  if (a === 100) return b >= 64 && b <= 127;
  if (a === 169) return b === 254;
  if (a === 172) return b >= 16 && b <= 31;
  if (a === 192) return b === 168 || (b === 0 && (c === 0 || c === 2)) || (b === 88 && c === 99);
  if (a === 198) return b === 18 || b === 19 || (b === 51 && c === 100);
  return a === 203 && b === 0 && c === 113;
}

/**
 * Global unicast (2000::/3) without what is documentation or carries an IPv4 address in it: 2001::/23, 2001:db8::/32,
 * 2002::/16, 3fff::/20. Loopback, link-local, unique-local, mapped and NAT64 addresses all lie outside of 2000::/3.
 */
function isGlobalV6(address: string): boolean {
  const [first = '', second = ''] = address.split(':');
  const head = Number.parseInt(first, 16);
  if (Number.isNaN(head) || head >> 13 !== 1 || head === 0x2002) return false;
  const next = second === '' ? 0 : Number.parseInt(second, 16);
  if (head === 0x2001) return next >= 0x200 && next !== 0xdb8;
  return !(head === 0x3fff && next < 0x1000);
}
