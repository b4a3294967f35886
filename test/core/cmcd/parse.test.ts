import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseCmcd } from '#core/cmcd/parse.ts';

describe('what a player says of itself', () => {
  test('is read as CTA-5004 writes it, from a query or from joined headers', () => {
    const text = 'bl=21300,br=3200,bs,cid="ep_1",mtp=48100,ot=v,rtp=15000,sid="6e2fb550-c457-11e9",st=v';
    expect(parseCmcd(text)).toEqual({
      bl: '21300',
      br: '3200',
      bs: 'true',
      cid: 'ep_1',
      mtp: '48100',
      ot: 'v',
      rtp: '15000',
      sid: '6e2fb550-c457-11e9',
      st: 'v',
    });
    expect(parseCmcd('bl=100, mtp=200 ,,br=1')).toEqual({ bl: '100', mtp: '200', br: '1' });
  });

  test.each([
    ['an unknown key', 'com.example-x="y",nor="../3.m4s",__proto__=1,constructor=2'],
    ['a number that is none', 'br=1e9,bl=-1,mtp=9999999999,rtp='],
    ['an id that is a URL or a token', 'sid="https://a.example/x",cid=unquoted,sid="a b"'],
    ['a type that the standard does not have', 'ot=zz,st=x,bs=maybe'],
    ['nothing', ''],
  ])('%s is passed over', (_name, text) => {
    expect(parseCmcd(text)).toEqual({});
  });

  test('is bounded, whatever is sent', () => {
    expect(parseCmcd(`${'x,'.repeat(1_000)}br=1`)).toEqual({});
    fc.assert(
      fc.property(fc.string({ maxLength: 3_000 }), (text) => {
        for (const value of Object.values(parseCmcd(text))) expect(value).toMatch(/^[A-Za-z0-9._~:-]{1,64}$/);
      }),
    );
  });
});
