/** Who watches: where, with what, over which network. What a segment should be called is written beside it. */
import { AUDIENCES, type Audience, type Consent } from '../../core/qoe/beacon-context.ts';
import { between, type Random } from '../preload/random.ts';

export interface Device {
  readonly userAgent: string;
  readonly deviceType: string;
  readonly os: string;
  readonly browser: string;
  readonly isBot: boolean;
}

const device = (deviceType: string, os: string, browser: string, userAgent: string): Device => ({
  userAgent,
  deviceType,
  os,
  browser,
  isBot: false,
});

/** As these browsers send them; a version that is the same in all of them is none. */
const DEVICES: readonly Device[] = [
  device(
    'phone',
    'iOS 18',
    'Safari 18',
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1',
  ),
  device(
    'phone',
    'Android',
    'Chrome 131',
    'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36',
  ),
  device(
    'phone',
    'Android 13',
    'Samsung Internet for Android 23',
    'Mozilla/5.0 (Linux; Android 13; SAMSUNG SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/23.0 Chrome/115.0.0.0 Mobile Safari/537.36',
  ),
  device(
    'tablet',
    'iOS 16',
    'Safari 16',
    'Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Mobile/15E148 Safari/604.1',
  ),
  device(
    'desktop',
    'Windows',
    'Microsoft Edge 131',
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0',
  ),
  device(
    'desktop',
    'macOS',
    'Safari 18',
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15',
  ),
  device('desktop', 'Linux', 'Firefox 132', 'Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0'),
];

const BOTS: readonly Device[] = [
  'Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Googlebot/2.1; +http://www.google.com/bot.html) Chrome/131.0.0.0 Safari/537.36',
  'Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm) Chrome/116.0.1938.76 Safari/537.36',
].map((userAgent) => ({ ...device('', '', '', userAgent), isBot: true }));

/** What of a player is wrong, or made up: its views cannot be. */
export type Impossible = 'past-the-end' | 'faster-than-time' | 'stalled-longer-than-time';
const IMPOSSIBLE: readonly Impossible[] = ['past-the-end', 'faster-than-time', 'stalled-longer-than-time'];

export interface Person {
  readonly viewerId: string;
  readonly country: string | null;
  readonly device: Device;
  readonly connectionType: string | null;
  readonly appVersion: string | null;
  readonly experiment: string | null;
  readonly audience: Audience | null;
  readonly consent: Consent;
  /** Their network as it is; a player measures it with noise. */
  readonly bandwidthBps: number;
  /** A player of long ago tells intervals, startup and stalls, and no more. */
  readonly tellsDetails: boolean;
  readonly impossible: Impossible | null;
}

export function drawPerson(random: Random, viewerId: string): Person {
  const isSlow = random() < 0.3;
  const isImpossible = random() < 0.01;
  return {
    viewerId,
    country: pick(random, ['IN', 'IN', 'ID', 'BR', 'US', 'US', 'DE', null]),
    device: random() < 0.015 ? pick(random, BOTS) : pick(random, DEVICES),
    connectionType: pick(random, isSlow ? ['3g', '4g', null] : ['4g', '4g', 'wifi', null]),
    appVersion: pick(random, ['4.12.0', '4.12.0', '4.11.3', null]),
    experiment: pick(random, ['paywall.late', 'paywall.early', null]),
    audience: pick(random, [...AUDIENCES, null]),
    consent: pick(random, ['essential', 'none', ...Array.from({ length: 10 }, () => 'analytics' as const)]),
    bandwidthBps: Math.round(isSlow ? between(random, [3e5, 2e6]) : between(random, [2e6, 2.5e7])),
    tellsDetails: isImpossible || random() > 0.03,
    impossible: isImpossible ? pick(random, IMPOSSIBLE) : null,
  };
}

export function pick<Item>(random: Random, items: readonly Item[]): Item {
  return items[Math.floor(random() * items.length)] as Item;
}
