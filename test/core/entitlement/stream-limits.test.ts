import { describe, expect, test } from 'vitest';
import { playlistHoldSeconds, streamName, tighterLimits } from '#core/entitlement/stream-limits.ts';

describe('of the deployment’s limit and the token’s', () => {
  test.each([
    [null, null, null],
    [2, null, 2],
    [null, 3, 3],
    [2, 3, 2],
    [3, 2, 2],
  ])('%s and %s make %s, for streams and devices alike', (deployment, token, both) => {
    const limits = (limit: number | null) => ({ maxStreams: limit, maxDevices: limit });
    expect(tighterLimits(limits(deployment), limits(token))).toEqual(limits(both));
  });

  test('streams and devices are not mixed up', () => {
    expect(tighterLimits({ maxStreams: 1, maxDevices: null }, { maxStreams: null, maxDevices: 9 })).toEqual({
      maxStreams: 1,
      maxDevices: 9,
    });
  });
});

describe('a stream is', () => {
  const token = { sessionId: 's', deviceId: 'd', tokenId: 't' };
  test.each([
    ['the session', token, 'sid:s'],
    ['the device, where no session is named', { ...token, sessionId: null }, 'did:d'],
    ['the token, where neither is', { ...token, sessionId: null, deviceId: null }, 'jti:t'],
  ])('%s', (_, claims, name) => {
    expect(streamName(claims)).toBe(name);
  });
});

test.each([
  [90, 150],
  [30.2, 91],
  [0, 60],
  [7_200, 900],
])('a playlist of %s seconds counts for %s, if no heartbeat follows', (duration, hold) => {
  expect(playlistHoldSeconds(duration)).toBe(hold);
});
