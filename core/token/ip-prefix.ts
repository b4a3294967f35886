/** A network as tokens name one: what an access provider gives one household or one mast (RFC 6177: a /56). */
export interface IpPrefix {
  readonly bits: 24 | 56;
  /** The octets of the network, 3 or 7. */
  readonly octets: readonly number[];
}

/** `203.0.113.0/24` or `2001:db8:1:200::/56`, with nothing behind the prefix: one text for one network. */
export function parseIpPrefix(text: string): IpPrefix | null {
  const [, address = '', length] = /^([0-9a-f.:]{2,39})\/(24|56)$/.exec(text) ?? [];
  const octets = parseIpAddress(address);
  const bits = octets?.length === 4 ? 24 : 56;
  if (octets === null || String(bits) !== length) return null;
  return octets.slice(bits / 8).every((octet) => octet === 0) ? { bits, octets: octets.slice(0, bits / 8) } : null;
}

/** false for an address of the other family, and for what is no address. */
export function prefixHolds(prefix: IpPrefix, address: string): boolean {
  const octets = parseIpAddress(address.toLowerCase());
  if (octets === null || (octets.length === 4) !== (prefix.bits === 24)) return false;
  return prefix.octets.every((octet, index) => octets[index] === octet);
}

/** 4 or 16 octets; null for anything else, IPv4 inside IPv6 included: Cloudflare sends none. */
function parseIpAddress(text: string): number[] | null {
  return text.includes(':') ? parseV6(text) : parseV4(text);
}

function parseV4(text: string): number[] | null {
  if (!/^(?:(?:0|[1-9][0-9]{0,2})(?:\.|$)){4}$/.test(text) || text.endsWith('.')) return null;
  const octets = text.split('.').map(Number);
  return octets.every((octet) => octet <= 255) ? octets : null;
}

/** @see RFC 4291 2.2 */
function parseV6(text: string): number[] | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const [head = [], tail = []] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null;
  const groups = [...head, ...Array.from({ length: missing }, () => '0'), ...tail];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/.test(group))) return null;
  return groups.map((group) => Number.parseInt(group, 16)).flatMap((group) => [group >> 8, group & 255]);
}
