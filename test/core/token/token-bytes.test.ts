import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isCanonicalBase64url } from '#core/token/base64url.ts';
import { checkTokenBytes } from '#core/token/viewer-token.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
/** An ES256 signature has 64 bytes: 86 characters, of which the last carries two stray bits. */
const SIGNATURE = Buffer.alloc(64, 7).toString('base64url');
const TOKEN = `${encode({ alg: 'ES256', kid: 'k' })}.${encode({ sub: 'viewer' })}.${SIGNATURE}`;

describe('the bytes of a viewer token', () => {
  test('are accepted as they are signed', () => {
    expect(checkTokenBytes(TOKEN).ok).toBe(true);
  });

  test('are accepted for any content that fits', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 1_000 }),
        fc.uint8Array({ minLength: 1, maxLength: 300 }),
        (payload, signature) => {
          const parts = [payload, payload, signature].map((bytes) => Buffer.from(bytes).toString('base64url'));
          expect(checkTokenBytes(parts.join('.')).ok).toBe(true);
        },
      ),
    );
  });

  // security.md 1.3 and TOK-1: jose takes each of these for the same signature.
  test.each(['=', '==', ' ', '\n', '\r\n', '\t', '+', '/', '%3D', '\0', '.', '.x', '\u00a0'])(
    'are refused with %j behind them',
    (suffix) => {
      expect(checkTokenBytes(TOKEN + suffix).ok).toBe(false);
    },
  );

  test.each([' ', '\n', '\uFEFF', 'Bearer ', '.'])('are refused with %j before them', (prefix) => {
    expect(checkTokenBytes(prefix + TOKEN).ok).toBe(false);
  });

  test('are refused with white space anywhere inside', () => {
    for (let at = 1; at < TOKEN.length; at++) {
      for (const space of [' ', '\n', '\t'])
        expect(checkTokenBytes(TOKEN.slice(0, at) + space + TOKEN.slice(at)).ok).toBe(false);
    }
  });

  test('have one last character of a signature: the alternatives that decode to the same bytes are refused', () => {
    const bytes = Buffer.from(SIGNATURE, 'base64url');
    const alternatives = [...ALPHABET].filter((char) => {
      const text = SIGNATURE.slice(0, -1) + char;
      return text !== SIGNATURE && Buffer.from(text, 'base64url').equals(bytes);
    });
    expect(alternatives).toHaveLength(15);
    for (const char of alternatives) expect(checkTokenBytes(TOKEN.slice(0, -1) + char).ok, char).toBe(false);
  });

  test.each([
    ['two parts', 'a.b'],
    ['four parts', `${TOKEN}.AA`],
    ['an empty signature', `${TOKEN.split('.').slice(0, 2).join('.')}.`],
    ['an empty header', `.${TOKEN.split('.').slice(1).join('.')}`],
    ['an empty payload', TOKEN.replace(/\..*\./, '..')],
    ['five parts, an encrypted JWT', 'AA.AA.AA.AA.AA'],
    ['a header above 2048 characters', `${'A'.repeat(2_052)}.AA.AA`],
    ['a payload above 3072 characters', `AA.${'A'.repeat(3_076)}.AA`],
    ['a signature above 700 characters', `AA.AA.${'A'.repeat(704)}`],
    ['ten kilobytes', 'A'.repeat(10_000)],
    ['nothing', ''],
    ['JSON serialisation', JSON.stringify({ payload: 'AA', signature: 'AA' })],
  ])('are refused: %s', (_, token) => {
    const checked = checkTokenBytes(token);
    expect(checked).toMatchObject({ ok: false, error: { reason: 'malformed' } });
  });
});

describe('canonical base64url', () => {
  test('is exactly what an encoder writes', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...ALPHABET), minLength: 1, maxLength: 12 }), (text) => {
        expect(isCanonicalBase64url(text)).toBe(Buffer.from(text, 'base64url').toString('base64url') === text);
      }),
      { numRuns: 3_000 },
    );
  });
});
