import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_PASS_TTL_SECONDS, PASS_SKEW_SECONDS } from '#core/token/limits.ts';
import { isPassRevoked, isTokenRevoked, nextRevocation, passSessionId, passViewer } from '#core/token/revocation.ts';

const NOW = 1_795_348_800;
const VIEWER = 'viewerhashviewerhash22';
const idAt = (mintedAt: number, knownRevocation: number | null) =>
  passSessionId(VIEWER, 'session', knownRevocation, mintedAt);

describe('a revocation', () => {
  test.each([
    [NOW - 1, true],
    [NOW, true],
    [NOW + 1, false],
  ])('at NOW and a token issued at %i: refused %s', (issuedAt, refused) => {
    expect(isTokenRevoked(issuedAt, NOW)).toBe(refused);
    expect(isTokenRevoked(issuedAt, null)).toBe(false);
  });

  test('in the second of another is one second later', () => {
    expect(nextRevocation(NOW, null)).toBe(NOW);
    expect(nextRevocation(NOW, NOW)).toBe(NOW + 1);
    expect(nextRevocation(NOW, NOW - 9)).toBe(NOW);
  });

  test('names its viewer by the same eight characters in a pass and in the list', () => {
    expect(idAt(NOW, null)).toMatch(/^[A-Za-z0-9_-]{12}$/);
    expect(passViewer(idAt(NOW, NOW))).toBe(passViewer(VIEWER));
  });

  test('ends every pass that was alive and minted without it, and none that was minted with it or a later one', () => {
    const ago = (max: number) => fc.integer({ min: 0, max });
    fc.assert(
      fc.property(
        fc.integer({ min: NOW - 10_000, max: NOW + 10_000 }),
        fc.option(ago(100_000), { nil: null }),
        ago(MAX_PASS_TTL_SECONDS),
        ago(MAX_PASS_TTL_SECONDS),
        (revokedAt, earlierAgo, mintedBefore, after) => {
          const earlier = earlierAgo === null ? null : revokedAt - mintedBefore - 1 - earlierAgo;
          const old = idAt(revokedAt - mintedBefore, earlier);
          const checkedAt = revokedAt - mintedBefore + MAX_PASS_TTL_SECONDS + PASS_SKEW_SECONDS - 1;
          expect(isPassRevoked(old, revokedAt, Math.max(revokedAt, checkedAt))).toBe(true);
          expect(isPassRevoked(idAt(revokedAt + after, revokedAt), revokedAt, revokedAt + after)).toBe(false);
          const later = revokedAt + 1 + after;
          expect(isPassRevoked(idAt(later, later), revokedAt, later), 'the list is behind').toBe(false);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
