import { type ContentKeyScheme, hexOfBase64url } from '../token/content-key.ts';
import type { PlaylistLine } from './lines.ts';

/**
 * What stands in a canonical Media Playlist where the URI of its key will be: it says that the segments behind it are
 * encrypted, and leads nowhere. The edge writes the tag anew for each viewer.
 */
export const KEY_PLACEHOLDER = 'content-key';

/** The tag as a packager writes it, behind EXT-X-MAP: the Media Initialization Section stays in the clear. */
export function keyPlaceholderTag(scheme: ContentKeyScheme): string {
  return `#EXT-X-KEY:METHOD=${METHODS[scheme]},URI="${KEY_PLACEHOLDER}"`;
}

const METHODS: Readonly<Record<ContentKeyScheme, string>> = { 'aes-128': 'AES-128', cbcs: 'SAMPLE-AES' };

/** How a player gets the key of what it is given. */
export type KeyDelivery =
  | { readonly scheme: 'aes-128'; readonly uri: string }
  /** `keyId` is canonical base64url. The license's URL is no part of a playlist: players are configured with it. */
  | { readonly scheme: 'cbcs'; readonly keyId: string };

/** Whether the playlist waits for a key. Ours say so before their first segment, so clear ones cost a few lines. */
export function needsKey(lines: readonly PlaylistLine[]): boolean {
  for (const line of lines) {
    if (line.kind === 'uri') return false;
    if (isPlaceholder(line)) return true;
  }
  return false;
}

/** Puts the key where the packager left its place; every other line stays as it is. */
export function writeKeyLines(lines: readonly PlaylistLine[], delivery: KeyDelivery): PlaylistLine[] {
  const value = keyAttributes(delivery);
  return lines.map((line) =>
    isPlaceholder(line) ? { kind: 'tag', name: 'EXT-X-KEY', value, raw: `#EXT-X-KEY:${value}`, end: line.end } : line,
  );
}

function isPlaceholder(line: PlaylistLine): boolean {
  return line.kind === 'tag' && line.name === 'EXT-X-KEY' && line.value.includes(`URI="${KEY_PLACEHOLDER}"`);
}

/**
 * `aes-128` has no IV: it is the Media Sequence Number then. `cbcs` names the key system by the id that hls.js maps to
 * Clear Key (`identity` maps to none), and the key id twice, as hls.js reads it from either place.
 *
 * @see RFC 8216bis 4.4.4.4 (EXT-X-KEY)
 */
function keyAttributes(delivery: KeyDelivery): string {
  if (delivery.scheme === 'aes-128') return `METHOD=AES-128,URI="${delivery.uri}"`;
  const base64 = `${delivery.keyId.replaceAll('-', '+').replaceAll('_', '/')}==`;
  return `METHOD=SAMPLE-AES,URI="data:text/plain;base64,${base64}",KEYID=0x${hexOfBase64url(delivery.keyId)},KEYFORMAT="org.w3.clearkey",KEYFORMATVERSIONS="1"`;
}
