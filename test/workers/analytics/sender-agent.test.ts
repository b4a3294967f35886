/** What is kept of a User-Agent and of client hints: families and majors. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { inRoot } from '../../../scripts/lib/paths.ts';
import { agentOf, BOT_RULES } from '../../../workers/analytics/sender-agent.ts';

const CHROME =
  'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36';
const DESKTOP =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/153.0.0.0 Safari/537.36';
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1';
const of = (userAgent: string, hints: Record<string, string> = {}) =>
  agentOf(new Headers({ 'user-agent': userAgent, ...hints }));

describe('a sender', () => {
  test.each([
    ['Chrome on a phone', CHROME, 'phone', 'Android', 'Chrome 140'],
    ['Chrome on a desktop', DESKTOP, 'desktop', 'Windows', 'Chrome 153'],
    ['Safari on an iPhone', IPHONE, 'phone', 'iOS 26', 'Safari 26'],
    [
      'a television',
      'Mozilla/5.0 (SMART-TV; Linux; Tizen 7.0) AppleWebKit/537.36 (KHTML, like Gecko) Version/7.0 TV Safari/537.36',
      'tv',
      'Tizen 7',
      'Tizen 7',
    ],
    [
      'Apple’s own player',
      'AppleCoreMedia/1.0.0.21A5 (iPhone; U; CPU OS 17_0 like Mac OS X; en_us)',
      'phone',
      'iOS 17',
      'AVPlayer',
    ],
    ['ExoPlayer', 'MyApp/2.3 (Linux;Android 14) ExoPlayerLib/2.19.1', null, 'Android 14', 'ExoPlayer'],
    ['an app with its own name', 'SecretApp/9 (Jane Doe)', null, null, 'other'],
    ['nobody', '', null, null, null],
  ])('is told by family and major: %s', (_, userAgent, deviceType, os, browser) => {
    expect(of(userAgent)).toMatchObject({ deviceType, os, browser });
  });

  test('is what its client hints say, where they say something', () => {
    const hints = {
      'sec-ch-ua': '"Chromium";v="153", "Microsoft Edge";v="153", "Not A(Brand";v="24"',
      'sec-ch-ua-mobile': '?0',
      'sec-ch-ua-platform': '"Android"',
    };
    expect(of(CHROME, hints)).toMatchObject({ deviceType: 'tablet', os: 'Android', browser: 'Microsoft Edge 153' });
  });

  test('with hints that are none is what its User-Agent says', () => {
    const hints = { 'sec-ch-ua': '"""', 'sec-ch-ua-mobile': 'yes', 'sec-ch-ua-platform': '"<script>"' };
    expect(of(DESKTOP, hints)).toEqual(of(DESKTOP));
  });
});

describe('a bot', () => {
  test.each([
    'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
    'Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0) Chrome/150.0.0.0 Safari/537.36',
    'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)',
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/153.0.0.0 Googlebot/2.1',
  ])('is told with the version of the rules: %s', (userAgent) => {
    expect(of(userAgent).botRules).toBe(BOT_RULES);
  });

  test.each([
    CHROME,
    DESKTOP,
    IPHONE,
    'okhttp/4.12.0',
    'MyApp/1 CFNetwork/1490.0.4 Darwin/23.2.0',
    'VLC/3.0.20 LibVLC/3.0.20',
    // The HTTP library of an app, and an operator's own test.
    'node',
    'python-requests/2.32',
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/153.0.0.0 Safari/537.36',
  ])('is not %s', (userAgent) => expect(of(userAgent).botRules).toBeNull());

  test('is told by the version of the list that is installed', () => {
    const { version } = JSON.parse(readFileSync(inRoot('node_modules/isbot/package.json'), 'utf8')) as {
      version: string;
    };
    expect(BOT_RULES).toBe(`isbot-${version}/2`);
  });
});
