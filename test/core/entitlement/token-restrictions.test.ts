import { describe, expect, test } from 'vitest';
import { checkRequest, type RequestOrigin } from '#core/entitlement/token-restrictions.ts';
import type { TokenRestrictions } from '#core/token/restriction-claims.ts';
import { readRestrictions } from '#core/token/restriction-claims.ts';

const CHROME = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36';
const HERE: RequestOrigin = { country: 'DE', ipAddress: '203.0.113.9', userAgent: CHROME };
const NOWHERE: RequestOrigin = { country: null, ipAddress: null, userAgent: null };

function restrictions(claims: Readonly<Record<string, unknown>>): TokenRestrictions {
  const read = readRestrictions(claims);
  if (!read.ok) throw new Error(read.error);
  return read.value;
}

describe('a token for one place', () => {
  test.each<[string, Record<string, unknown>, Partial<RequestOrigin>]>([
    ['nothing, whatever is known', {}, NOWHERE],
    ['one country', { geo: ['DE'] }, {}],
    ['several countries', { geo: ['AT', 'DE', 'CH'] }, { ipAddress: null, userAgent: null }],
    ['a network', { ipp: '203.0.113.0/24' }, { country: null }],
    ['a kind of player', { uaf: ['safari', 'chrome'] }, { country: null }],
    ['all of them', { geo: ['DE'], ipp: '203.0.113.0/24', uaf: ['chrome'] }, {}],
  ])('that names %s lets the request through', (_, claims, origin) => {
    expect(checkRequest(restrictions(claims), { ...HERE, ...origin })).toEqual({ ok: true, value: true });
  });

  test.each<[string, Record<string, unknown>, Partial<RequestOrigin>]>([
    ['geo', { geo: ['FR'] }, {}],
    ['geo', { geo: ['DE'] }, { country: null }],
    ['geo', { geo: ['DE'] }, { country: 'de' }],
    ['ipp', { ipp: '198.51.100.0/24' }, {}],
    ['ipp', { ipp: '203.0.113.0/24' }, { ipAddress: null }],
    ['uaf', { uaf: ['safari'] }, {}],
    ['uaf', { uaf: ['chrome'] }, { userAgent: null }],
    ['uaf', { geo: ['DE'], ipp: '203.0.113.0/24', uaf: ['safari'] }, {}],
  ])('is refused by %s: %j from %j', (restriction, claims, origin) => {
    expect(checkRequest(restrictions(claims), { ...HERE, ...origin })).toMatchObject({ error: { restriction } });
  });
});
