/** How much of the audience is still there: one byte per second from 0 on, 255 = all who started. */

const PRIOR_SECONDS = 120;

/**
 * For episodes that have no views yet. Two kinds of viewers, as in the curves of short video that were published
 * (docs/decisions/038-preload.md): one third is only looking and leaves after 4 s on average; the others have come for
 * the story and leave at 1 % a second. Never flat and never zero: a swipe is possible at any second.
 */
export const PRIOR_SURVIVAL: Uint8Array = /* @__PURE__ */ Uint8Array.from({ length: PRIOR_SECONDS + 1 }, (_, second) =>
  Math.round(255 * (Math.exp(-second / 4) / 3 + (2 * Math.exp(-second / 100)) / 3)),
);

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** The feed's `survival`: base64 (RFC 4648 clause 4). null when it is none, or empty: the prior stands in. */
export function decodeSurvival(base64: string): Uint8Array | null {
  const bytes: number[] = [];
  let bits = 0;
  let pending = 0;
  for (const character of base64.replace(/=+$/, '')) {
    const value = ALPHABET.indexOf(character);
    if (value < 0) return null;
    pending = ((pending << 6) | value) & 0x3fff;
    bits += 6;
    if (bits >= 8) bytes.push((pending >> (bits -= 8)) & 255);
  }
  return bytes.length === 0 ? null : Uint8Array.from(bytes);
}

/**
 * The share of those who are there at `fromSeconds` that is still there at `toSeconds`; between two seconds a straight
 * line. Past the curve's last byte nobody leaves, and a second that nobody reached says nothing about who is there now.
 */
export function stayShare(survival: Uint8Array, fromSeconds: number, toSeconds: number): number {
  const from = shareAt(survival, fromSeconds);
  return from === 0 ? 1 : Math.min(1, shareAt(survival, toSeconds) / from);
}

function shareAt(survival: Uint8Array, seconds: number): number {
  const last = survival.length - 1;
  const at = Math.min(seconds, last);
  const second = Math.floor(at);
  const before = survival[second] ?? 0;
  return before + (at - second) * ((survival[second + 1] ?? before) - before);
}
