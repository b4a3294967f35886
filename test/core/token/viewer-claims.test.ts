import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CLOCK_SKEW_SECONDS, MAX_TOKEN_TTL_SECONDS } from '#core/token/limits.ts';
import { validateViewerClaims, VIEWER_TOKEN_AUDIENCE } from '#core/token/viewer-token.ts';

const NOW = 1_795_348_800;
const CLAIMS = { sub: 'viewer-1', aud: VIEWER_TOKEN_AUDIENCE, iat: NOW - 10, exp: NOW + 3_600, jti: 'token-id-1' };
const validate = (change: object, nowSeconds = NOW) => validateViewerClaims({ ...CLAIMS, ...change }, nowSeconds);

function without(name: keyof typeof CLAIMS): object {
  return Object.fromEntries(Object.entries(CLAIMS).filter(([key]) => key !== name));
}

describe('the claims of a viewer token', () => {
  test('are taken under long names', () => {
    expect(validate({ iss: 'backend', sid: 'session-1', nbf: NOW, mxh: 720 })).toEqual({
      ok: true,
      value: {
        series: null,
        episodeNumbers: null,
        episodeIds: null,
        previewSeconds: null,
        countries: null,
        ipPrefix: null,
        userAgents: null,
        deviceId: null,
        maxStreams: null,
        maxDevices: null,
        entitlements: null,
        viewerId: 'viewer-1',
        tokenId: 'token-id-1',
        sessionId: 'session-1',
        issuedAtSeconds: NOW - 10,
        expiresAtSeconds: NOW + 3_600,
        maxHeight: 720,
      },
    });
    expect(validate({})).toMatchObject({ ok: true, value: { sessionId: null, maxHeight: null } });
  });

  test.each(['sub', 'aud', 'iat', 'exp', 'jti'] as const)('are refused without %s', (name) => {
    expect(validateViewerClaims(without(name), NOW).ok).toBe(false);
  });

  test.each(['iat', 'exp', 'nbf'] as const)('are refused when %s is no whole number of seconds', (name) => {
    for (const value of [
      String(NOW),
      NOW + 0.5,
      1e300,
      Number.POSITIVE_INFINITY,
      Number.NaN,
      -1,
      2 ** 53,
      null,
      true,
      [NOW],
      {},
    ]) {
      expect(validate({ [name]: value }).ok, `${name}: ${JSON.stringify(value)}`).toBe(false);
    }
  });

  test.each([
    [[VIEWER_TOKEN_AUDIENCE]],
    [[VIEWER_TOKEN_AUDIENCE, 'urn:other']],
    [`${VIEWER_TOKEN_AUDIENCE} `],
    [`${VIEWER_TOKEN_AUDIENCE}:admin`],
    ['urn:cliffhanger'],
    ['URN:CLIFFHANGER:PLAYBACK'],
    [''],
    [null],
  ])('are refused for the audience %j: a string that is ours, nothing that contains it', (aud) => {
    expect(validate({ aud }).ok).toBe(false);
  });

  test.each(['', ' ', 'a b', 'a/b', 'ä', 'a\n', 'a\0', 'a%20b', 'x'.repeat(65), "' OR 1=1 --", null, 1, ['viewer-1']])(
    'are refused for the viewer id %j',
    (sub) => {
      expect(validate({ sub }).ok).toBe(false);
    },
  );

  test.each(['country', 'ip', 'scp', 'cnf', 'r_country', 'catnip', 'admin', 'constructor'])(
    'are refused with the claim %s, which nothing here enforces',
    (name) => {
      expect(validate({ [name]: 'x' })).toMatchObject({ ok: false, error: { reason: 'invalid' } });
    },
  );

  test('are refused with a __proto__ claim, as JSON.parse makes one', () => {
    const payload: unknown = JSON.parse(`${JSON.stringify(CLAIMS).slice(0, -1)},"__proto__":{"mxh":1}}`);
    expect(validateViewerClaims(payload, NOW).ok).toBe(false);
  });

  test.each([0, -1, 1.5, '720', null, Number.POSITIVE_INFINITY])('are refused with the height cap %j', (mxh) => {
    expect(validate({ mxh }).ok).toBe(false);
  });

  test.each(['', 'short', 'x'.repeat(129), 'white space', 'tëst-id-1', null, 12_345_678])(
    'are refused with the token id %j',
    (jti) => {
      expect(validate({ jti }).ok).toBe(false);
    },
  );

  test.each([null, undefined, 'claims', 1, [], [CLAIMS]])('are refused when they are %j and no object', (payload) => {
    expect(validateViewerClaims(payload, NOW).ok).toBe(false);
  });
});

describe('the time of a viewer token', () => {
  const issued = (lifetime: number, age: number) => validate({ iat: NOW - age, exp: NOW - age + lifetime });

  test.each([
    [CLOCK_SKEW_SECONDS - 1, true],
    [CLOCK_SKEW_SECONDS, false],
    [CLOCK_SKEW_SECONDS + 1, false],
  ])('an expiry %i s ago is within the skew: %s', (ago, accepted) => {
    const result = validate({ iat: NOW - 1_000, exp: NOW - ago });
    expect(result.ok).toBe(accepted);
    if (!result.ok) expect(result.error.reason).toBe('expired');
  });

  test.each([
    [CLOCK_SKEW_SECONDS, true],
    [CLOCK_SKEW_SECONDS + 1, false],
  ])('a start %i s ahead is within the skew: %s', (ahead, accepted) => {
    expect(validate({ iat: NOW + ahead, exp: NOW + ahead + 60 }).ok).toBe(accepted);
    expect(validate({ nbf: NOW + ahead }).ok).toBe(accepted);
  });

  test.each([
    [MAX_TOKEN_TTL_SECONDS, true],
    [MAX_TOKEN_TTL_SECONDS + 1, false],
    [1, true],
    [0, false],
    [-1, false],
  ])('a lifetime of %i s is allowed: %s', (lifetime, accepted) => {
    expect(issued(lifetime, 0).ok).toBe(accepted);
  });

  test('whatever the claims say, what is accepted ends within a day and the skew, and not before now', () => {
    const moment = fc.integer({ min: NOW - 200_000, max: NOW + 200_000 });
    fc.assert(
      fc.property(moment, moment, fc.option(moment, { nil: undefined }), (iat, exp, nbf) => {
        const result = validate({ iat, exp, ...(nbf === undefined ? {} : { nbf }) });
        if (!result.ok) return;
        expect(result.value.expiresAtSeconds).toBeGreaterThan(NOW - CLOCK_SKEW_SECONDS);
        expect(result.value.expiresAtSeconds).toBeLessThanOrEqual(NOW + CLOCK_SKEW_SECONDS + MAX_TOKEN_TTL_SECONDS);
      }),
      { numRuns: 2_000 },
    );
  });
});
