/** Kinds of players that a token may be bound to: coarse, because a User-Agent is a hint and says what its sender likes. */
export const USER_AGENT_FAMILIES = [
  'chrome',
  'safari',
  'firefox',
  'edge',
  'apple-tv',
  'android',
  'ios',
  'other',
] as const;
export type UserAgentFamily = (typeof USER_AGENT_FAMILIES)[number];

/**
 * The first that matches. Browsers before systems; `android` and `ios` are apps and the systems' own players, so
 * Safari that plays HLS by itself is `ios` (AppleCoreMedia), also on a Mac.
 */
const SIGNS: readonly (readonly [UserAgentFamily, RegExp])[] = [
  ['apple-tv', /AppleTV|tvOS/],
  ['edge', /\bEdg(?:e|A|iOS)?\//],
  ['firefox', /\b(?:Firefox|FxiOS)\//],
  ['other', /\b(?:OPR|SamsungBrowser)\//],
  ['android', /; wv\)/],
  ['chrome', /\b(?:Chrome|CriOS|Chromium)\//],
  ['safari', /\bVersion\/[0-9.]+ .*\bSafari\//],
  ['ios', /AppleCoreMedia|CFNetwork|iPhone|iPad|iPod/],
  ['android', /Android|ExoPlayer|Dalvik|okhttp/],
];

export function userAgentFamily(userAgent: string): UserAgentFamily {
  return SIGNS.find(([, sign]) => sign.test(userAgent))?.[0] ?? 'other';
}
