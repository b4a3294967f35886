import { describe, expect, test } from 'vitest';
import { consentInForce, CONTEXT_TEXT } from '#core/qoe/beacon-context.ts';

const nothing = { hasGpc: false, isChildDirected: false, otherwise: 'essential' } as const;

describe('what a viewer has agreed to', () => {
  test('is what the player says', () => {
    for (const consent of ['none', 'essential', 'analytics'] as const)
      expect(consentInForce(consent, nothing)).toBe(consent);
  });

  test('is what the deployment says where the player does not', () => {
    expect(consentInForce(null, nothing)).toBe('essential');
    expect(consentInForce(null, { ...nothing, otherwise: 'analytics' })).toBe('analytics');
  });

  test.each(['hasGpc', 'isChildDirected'] as const)('is never analytics with %s', (signal) => {
    const limits = { ...nothing, otherwise: 'analytics', [signal]: true } as const;
    expect(consentInForce('analytics', limits)).toBe('essential');
    expect(consentInForce(null, limits)).toBe('essential');
    expect(consentInForce('none', limits)).toBe('none');
  });
});

test.each(['=1+1', '+1', '-1', '@x', ' x', '', '\tx', 'a/b', 'x'.repeat(41), 'ü'])(
  '%j is no text that may stand in a table',
  (text) => expect(CONTEXT_TEXT.test(text)).toBe(false),
);
test.each(['2.14.0 (7)'.replace(/[()]/g, ''), 'paywall-v2.b', '4g', 'wifi'])('%j is one', (text) =>
  expect(CONTEXT_TEXT.test(text)).toBe(true),
);
