import { describe, expect, test } from 'vitest';
import { parseIpPrefix, prefixHolds } from '#core/token/ip-prefix.ts';
import { readRestrictions, RESTRICTION_CLAIMS, type TokenRestrictions } from '#core/token/restriction-claims.ts';
import { userAgentFamily } from '#core/token/user-agent.ts';

const EP = 'ep_01k9zzzzzz0123456789abcdef';
const SER = 'ser_01k9zzzzzz0123456789abcdef';
const many = (count: number, item: string): string[] => Array.from({ length: count }, () => item);

interface Row {
  readonly name: keyof TokenRestrictions;
  readonly good: readonly unknown[];
  readonly bad: readonly unknown[];
  /** What must stand beside it. */
  readonly beside?: Readonly<Record<string, unknown>>;
}

const NEVER = [null, true, {}, Number.NaN];
const TABLE: Readonly<Record<string, Row>> = {
  srs: { name: 'series', good: [SER, 'a-drama'], bad: ['', 'A', 'a b', '../a', 'x'.repeat(81), 1, ['a']] },
  eps: {
    name: 'episodeNumbers',
    good: [
      [1, 1],
      [0, 80],
    ],
    bad: ['1-2', [2, 1], [1], [1, 2, 3], [1.5, 2], ['1', '2'], [-1, 2], 1],
  },
  ep: { name: 'episodeIds', good: [[EP], many(100, EP)], bad: [EP, [], ['ep_1'], [EP, 1], many(101, EP), [[EP]]] },
  mxh: { name: 'maxHeight', good: [1, 1_080], bad: [0, -1, 1.5, '720', [720]] },
  prv: { name: 'previewSeconds', good: [0, 5], bad: [-1, 1.5, '5', [5]] },
  geo: {
    name: 'countries',
    good: [['DE'], many(50, 'DE')],
    bad: ['DE', [], ['de'], ['DEU'], ['DE', 4], many(51, 'DE')],
  },
  ipp: {
    name: 'ipPrefix',
    good: ['203.0.113.0/24', '2001:db8:0:100::/56'],
    bad: ['203.0.113.0', '203.0.113.1/24', '203.0.113.0/16', '::/24', 1],
  },
  uaf: { name: 'userAgents', good: ['safari', ['safari', 'ios']], bad: ['Safari', 'opera', [], ['safari', 1], ''] },
  did: { name: 'deviceId', good: ['phone-1'], bad: ['', 'a b', 'ä', 'x'.repeat(129), 1] },
  mxs: { name: 'maxStreams', good: [1, 100], bad: [0, -1, 101, 1.5, '2', [2]] },
  mxd: { name: 'maxDevices', good: [1, 100], bad: [0, -1, 101, 1.5, '2', [2]], beside: { did: 'phone-1' } },
  ent: {
    name: 'entitlements',
    good: [['all'], [`series:${SER}`, `episode:${EP}`, 'pass:vip']],
    bad: ['all', [], ['ALL'], ['episode:1'], ['pass:'], ['pass:VIP'], ['all', 1], many(101, 'all')],
  },
};

describe('a restriction', () => {
  test('has a row in the table below', () => {
    expect(Object.keys(TABLE).toSorted()).toEqual([...RESTRICTION_CLAIMS].toSorted());
  });

  describe.each(Object.entries(TABLE))('%s', (claim, { name, good, bad, beside }) => {
    test('that is absent restricts nothing', () => {
      expect(readRestrictions({})).toMatchObject({ ok: true, value: { [name]: null } });
    });

    test.each(good.map((value) => [value]))('is taken as %j', (value) => {
      const read = readRestrictions({ ...beside, [claim]: value });
      expect(read.ok && read.value[name] !== null).toBe(true);
    });

    test.each([...bad, ...NEVER].map((value) => [value]))('is refused as %j, and the refusal names it', (value) => {
      const read = readRestrictions({ ...beside, [claim]: value });
      expect(read).toEqual({ ok: false, error: expect.stringMatching(new RegExp(`^${claim} must be `)) });
    });
  });
});

test('a limit of devices is refused in a token that names none: it could not be enforced', () => {
  expect(readRestrictions({ mxd: 2 })).toEqual({ ok: false, error: expect.stringMatching(/^mxd must be .* did$/) });
});

describe('an IP prefix', () => {
  test.each([
    ['203.0.113.0/24', '203.0.113.255', true],
    ['203.0.113.0/24', '203.0.114.0', false],
    ['203.0.113.0/24', '::ffff:203.0.113.1', false],
    ['203.0.113.0/24', '203.0.113.256', false],
    ['203.0.113.0/24', '203.0.113.01', false],
    ['203.0.113.0/24', '203.0.113', false],
    ['203.0.113.0/24', '', false],
    ['2001:db8:0:100::/56', '2001:db8:0:1ff::1', true],
    ['2001:db8:0:100::/56', '2001:DB8:0000:0100:0:0:0:1', true],
    ['2001:db8:0:100::/56', '2001:db8:0:200::1', false],
    ['2001:db8:0:100::/56', '203.0.113.1', false],
    ['2001:db8:0:100::/56', '2001:db8:0:100::1::2', false],
    ['::/56', '::1', true],
    ['::/56', '1::', false],
  ])('%s holds %s: %s', (prefix, address, holds) => {
    const parsed = parseIpPrefix(prefix);
    expect(parsed !== null && prefixHolds(parsed, address)).toBe(holds);
  });
});

describe('a user agent', () => {
  const WEBKIT = 'AppleWebKit/605.1.15 (KHTML, like Gecko)';
  test.each([
    [
      'chrome',
      'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36',
    ],
    [
      'chrome',
      `Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) ${WEBKIT} CriOS/130.0 Mobile/15E148 Safari/604.1`,
    ],
    [
      'edge',
      'Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36 Edg/130.0',
    ],
    ['firefox', 'Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0'],
    ['safari', `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${WEBKIT} Version/18.0 Safari/605.1.15`],
    ['ios', 'AppleCoreMedia/1.0.0.22A3354 (iPhone; U; CPU OS 18_0 like Mac OS X; en_us)'],
    ['apple-tv', 'AppleCoreMedia/1.0.0.22J357 (AppleTV; U; CPU OS 18_0 like Mac OS X; en_us)'],
    ['android', 'Drama/1.0 (Linux; Android 14) AndroidXMedia3/1.4.1'],
    [
      'android',
      'Mozilla/5.0 (Linux; Android 14; Pixel 8; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/130.0 Mobile Safari/537.36',
    ],
    ['other', 'VLC/3.0.21 LibVLC/3.0.21'],
    ['other', ''],
  ])('is %s: %s', (family, text) => {
    expect(userAgentFamily(text)).toBe(family);
  });
});
