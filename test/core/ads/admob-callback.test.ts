import { describe, expect, test } from 'vitest';
import { isListedAdUnit, parseAdmobCallback } from '#core/ads/admob-callback.ts';

const SIGNED = 'ad_unit=5&custom_data=a.b-c_d%2B&timestamp=1795348800000&transaction_id=12ab&reward_item=a+b';
const TAIL = '&signature=MEUCIQ-_abcd&key_id=3335741209';

describe('a callback of AdMob', () => {
  test('is read from what was signed, and what was signed is kept as it came', () => {
    expect(parseAdmobCallback(SIGNED + TAIL)).toEqual({
      signedText: SIGNED,
      signature: 'MEUCIQ-_abcd',
      keyId: '3335741209',
      adUnit: '5',
      transactionId: '12ab',
      timestampMs: 1_795_348_800_000,
      customData: 'a.b-c_d+',
    });
  });

  test.each(['', '&custom_data='])('without custom data (%j) has none', (custom) => {
    const text = SIGNED.replace('&custom_data=a.b-c_d%2B', custom);
    expect(parseAdmobCallback(text + TAIL)?.customData).toBeNull();
  });

  test.each([
    '',
    SIGNED,
    TAIL,
    `${SIGNED}&key_id=1&signature=MEUCIQabcd`,
    `${SIGNED}&signature=MEUCIQabcd`,
    `${SIGNED}${TAIL}&more=1`,
    `${SIGNED}${TAIL}${TAIL}`,
    `${SIGNED}&signature=a b&key_id=1`,
    `${SIGNED}&signature=MEUCIQabcd&key_id=x`,
    `${SIGNED}&ad_unit=6${TAIL}`,
    `${SIGNED}&x=%zz${TAIL}`,
    `${SIGNED.replace('transaction_id=12ab', 'transaction_id=')}${TAIL}`,
    `${SIGNED.replace('ad_unit=5', 'unit=5')}${TAIL}`,
    `${SIGNED.replace('1795348800000', 'now')}${TAIL}`,
    `${SIGNED.replace('1795348800000', '-1')}${TAIL}`,
    `x=${'y'.repeat(5_000)}&${SIGNED}${TAIL}`,
  ])('is not %j', (query) => {
    expect(parseAdmobCallback(query)).toBeNull();
  });
});

describe('the list of ad units', () => {
  test.each([
    ['5', '5', true],
    ['5', 'ca-app-pub-1/5', true],
    ['5', 'ca-app-pub-1/4, ca-app-pub-1/5', true],
    ['5', '', false],
    ['5', ',', false],
    ['', '', false],
    ['', ',', false],
    ['5', '55', false],
    ['5', 'ca-app-pub-5/4', false],
  ])('has %j in %j: %s', (adUnit, list, listed) => {
    expect(isListedAdUnit(adUnit, list)).toBe(listed);
  });
});
