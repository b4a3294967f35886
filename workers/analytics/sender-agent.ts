/**
 * What sent a beacon: families and majors, nothing that leads to one device (security.md PRV-2). Client hints win over the
 * User-Agent, whose system and version are frozen texts in newer browsers. @see https://wicg.github.io/ua-client-hints/
 */
import { decodeSfList } from '@svta/cml-structured-field-values';
import Bowser from 'bowser';
import { isbotMatches } from 'isbot';
import { MAX_AGENT_CHARACTERS, MAX_CACHED_AGENTS } from './limits.ts';

export interface SenderAgent {
  readonly deviceType: string | null;
  readonly os: string | null;
  readonly browser: string | null;
  /** Which rules say so; null = no bot by them. */
  readonly botRules: string | null;
}

/** isbot's list, and `/2`: the exceptions below. It is kept with each view, so that another list need not agree. */
export const BOT_RULES = 'isbot-5.2.3/2';

/**
 * Whoever sends a beacon has a viewer token that a backend signed, so what names no page and no crawler is the HTTP library of
 * an app, and what is headless a test of the operator's own: neither reads pages for a search engine.
 */
const CRAWLER = /^Mozilla\/|bot|crawl|spider|slurp|externalhit|preview|https?:\/\//i;
const HEADLESS = /headless/i;

/** Players of apps, which name themselves in few words, as bots do. */
const NATIVE: readonly (readonly [RegExp, string])[] = [
  [/AppleCoreMedia/, 'AVPlayer'],
  [/ExoPlayerLib|AndroidXMedia3/, 'ExoPlayer'],
  [/^okhttp\/|^Dalvik\//, 'Android app'],
  [/CFNetwork\//, 'Apple app'],
  [/\bVLC\//, 'VLC'],
];

/** Only these: what bowser does not know it names by the text that it found. */
const BROWSERS: ReadonlySet<string> = new Set(Object.values(Bowser.BROWSER_MAP));
const SYSTEMS: ReadonlySet<string> = new Set(Object.values(Bowser.OS_MAP));
/** Their version in a User-Agent is one text for all. */
const FROZEN: ReadonlySet<string> = new Set(['Windows', 'macOS', 'Linux', 'Chrome OS']);
const DEVICES: Readonly<Record<string, string>> = { mobile: 'phone', tablet: 'tablet', desktop: 'desktop', tv: 'tv' };
/** Chromium's own name for browsers that have one too. */
const BRANDS: Readonly<Record<string, string>> = { 'Google Chrome': 'Chrome', 'Android WebView': 'Chrome WebView' };

const seen = new Map<string, SenderAgent>();

export function agentOf(headers: Headers): SenderAgent {
  const userAgent = (headers.get('User-Agent') ?? '').slice(0, MAX_AGENT_CHARACTERS);
  const hints = ['Sec-CH-UA', 'Sec-CH-UA-Mobile', 'Sec-CH-UA-Platform'].map((name) => headers.get(name) ?? '');
  const key = [userAgent, ...hints].join('\n').slice(0, 2 * MAX_AGENT_CHARACTERS);
  const known = seen.get(key);
  if (known !== undefined) return known;
  const agent = readAgent(userAgent, readHints(hints));
  if (seen.size >= MAX_CACHED_AGENTS) seen.clear();
  seen.set(key, agent);
  return agent;
}

interface Hints {
  readonly browser: string | null;
  readonly isMobile: boolean | null;
  readonly platform: string | null;
}

function readAgent(userAgent: string, hints: Hints): SenderAgent {
  const native = NATIVE.find(([sign]) => sign.test(userAgent))?.[1] ?? null;
  const isBot = native === null && CRAWLER.test(userAgent) && isListed(userAgent);
  if (userAgent === '') return { deviceType: null, os: null, browser: null, botRules: null };
  const parsed = Bowser.parse(userAgent);
  const os = hints.platform ?? systemOf(userAgent, parsed.os);
  return {
    deviceType: deviceOf(native, parsed.platform.type ?? '', os, hints.isMobile),
    os,
    browser: hints.browser ?? native ?? browserOf(parsed.browser),
    botRules: isBot ? BOT_RULES : null,
  };
}

function isListed(userAgent: string): boolean {
  return isbotMatches(userAgent).some((match) => !HEADLESS.test(match));
}

function deviceOf(native: string | null, type: string, os: string | null, isMobile: boolean | null): string | null {
  if (isMobile === true) return 'phone';
  if (isMobile === false && os === 'Android') return 'tablet';
  // Apps on Android do not say what they run on, and would be tablets all.
  if (native !== null && os?.startsWith('Android') === true) return null;
  return DEVICES[type] ?? null;
}

function systemOf(userAgent: string, { name, version }: { name?: string; version?: string }): string | null {
  if (name === undefined || !SYSTEMS.has(name)) return null;
  const isFrozen = FROZEN.has(name) || /Android 10; K\)/.test(userAgent);
  return isFrozen ? name : withMajor(name, version);
}

function browserOf({ name, version }: { name?: string; version?: string }): string {
  return name === undefined || !BROWSERS.has(name) ? 'other' : withMajor(name, version);
}

/** A version that is no text is none. */
function withMajor(name: string, version: unknown): string {
  const major = typeof version === 'string' ? /^[0-9]{1,3}/.exec(version)?.[0] : undefined;
  return major === undefined ? name : `${name} ${major}`;
}

/** Structured fields: `"Google Chrome";v="153", "Not A Brand";v="99"`, `?1`, `"Android"`. @see RFC 9651 */
function readHints([brands = '', mobile = '', platform = '']: readonly string[]): Hints {
  const known = listed(brands).flatMap(({ value, params }) => {
    const name = BRANDS[value] ?? value;
    const isBrowser = BROWSERS.has(name) || name === 'Chrome WebView';
    return isBrowser && name !== 'Chromium' ? [withMajor(name, params?.v)] : [];
  });
  const system = /^"([\w ]{1,20})"$/.exec(platform)?.[1] ?? '';
  return {
    browser: known[0] ?? null,
    isMobile: mobile === '?1' ? true : mobile === '?0' ? false : null,
    platform: SYSTEMS.has(system) || system === 'Chrome OS' ? system : null,
  };
}

interface Brand {
  readonly value: string;
  readonly params?: { readonly v?: string };
}

function listed(text: string): readonly Brand[] {
  if (text === '') return [];
  try {
    const items: readonly { value: unknown; params?: Brand['params'] }[] = decodeSfList(text) as never;
    return items.filter((item): item is Brand => typeof item.value === 'string');
  } catch {
    return [];
  }
}
