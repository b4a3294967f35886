import { describe, expect, test, vi } from 'vitest';
import { readPageRequest } from '../../player/page/page-request.ts';
import { createTokenHolder, readExpirySeconds } from '../../player/viewer-token.ts';

const jwt = (claims: object): string => `h.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.s`;

describe('a viewer token', () => {
  test('is renewed a minute before it lapses, once for many requests', async () => {
    const renew = vi.fn(() => 'second');
    const holder = createTokenHolder(jwt({ exp: 1000 }), renew, () => 950_000);
    expect(await Promise.all([holder.get(), holder.get()])).toEqual(['second', 'second']);
    expect(renew).toHaveBeenCalledTimes(1);
  });

  test('that has time left is used as it is', async () => {
    const renew = vi.fn(() => 'second');
    await createTokenHolder(jwt({ exp: 9000 }), renew, () => 950_000).get();
    expect(renew).not.toHaveBeenCalled();
  });

  test('goes on being used when the app cannot give another one', async () => {
    const token = jwt({ exp: 1000 });
    const holder = createTokenHolder(
      token,
      () => Promise.reject(new Error('offline')),
      () => 950_000,
    );
    expect(await holder.get()).toBe(token);
  });

  test.each([['not a token'], ['a.b.c'], [`h.${btoa('[]')}.s`], [jwt({ exp: 'soon' })]])(
    '%s has no known expiry',
    (token) => {
      expect(readExpirySeconds(token)).toBeNull();
    },
  );
});

describe('the address of the page', () => {
  test('gives the token away from the query, where logs would keep it', () => {
    expect(readPageRequest('https://x.test/?token=t1&series=s')).toEqual({
      token: 't1',
      series: 's',
      cleanUrl: '/?series=s#token=t1',
    });
  });

  test('may name nothing: the demo decides', () => {
    expect(readPageRequest('https://x.test/')).toEqual({ token: null, series: null, cleanUrl: null });
  });
});
