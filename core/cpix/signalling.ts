import { attribute } from '../playlist/attributes.ts';
import { err, ok, type Result } from '../result.ts';
import { isCanonicalBase64url } from '../token/base64url.ts';
import { hexOfBase64url } from '../token/content-key.ts';
import type { DrmSystem } from './drm-systems.ts';
import { MAX_PSSH_BOX_BYTES, MAX_SIGNALLING_TAG_CHARS, MAX_SIGNALLING_TAGS_PER_SYSTEM } from './limits.ts';

/** Padded base64 as XML has it, bytes written one way only, → hex; null for anything else. */
export function hexOfBase64(text: string): string | null {
  const unpadded = text
    .replace(/={1,2}$/, '')
    .replaceAll('+', '-')
    .replaceAll('/', '_');
  if (text.length % 4 !== 0 || /[-_]/.test(text) || !isCanonicalBase64url(unpadded)) return null;
  return hexOfBase64url(unpadded);
}

/** A whole `pssh` box of the system, and nothing behind it. @see ISO/IEC 23001-7, 8.1 */
export function checkPsshBox(base64: string, { systemId }: DrmSystem): string | null {
  const hex = hexOfBase64(base64);
  if (hex === null) return 'its PSSH is not base64';
  const sizeBytes = hex.length / 2;
  if (sizeBytes < 32 || sizeBytes > MAX_PSSH_BOX_BYTES) return `its PSSH has ${sizeBytes} bytes`;
  if (Number.parseInt(hex.slice(0, 8), 16) !== sizeBytes || hex.slice(8, 16) !== PSSH_HEX)
    return 'its PSSH is not one pssh box';
  if (hex.slice(24, 56) !== systemId.replaceAll('-', '')) return 'its PSSH is of another system';
  return null;
}

/** `pssh` in ASCII. */
const PSSH_HEX = '70737368';

export type SignalledPlaylist = 'media' | 'master';

const TAGS: Readonly<Record<SignalledPlaylist, string>> = {
  media: '#EXT-X-KEY:',
  master: '#EXT-X-SESSION-KEY:',
};

/**
 * The tags that `HLSSignalingData` holds, checked as strictly as what goes into every playlist must be: only the tag of
 * that playlist, of that system, sample encryption, and a URI that makes no player ask a server of somebody's choice.
 */
export function readSignallingTags(
  base64: string,
  playlist: SignalledPlaylist,
  { keyFormat }: DrmSystem,
): Result<readonly string[], string> {
  const text = asciiOfHex(hexOfBase64(base64));
  if (text === null) return err(`its HLSSignalingData of the ${playlist} playlist is not base64 of ASCII`);
  const tags = text.split(/\r?\n/).filter((line) => line !== '');
  if (tags.length === 0) return err(`its HLSSignalingData of the ${playlist} playlist is empty`);
  if (tags.length > MAX_SIGNALLING_TAGS_PER_SYSTEM)
    return err(`its HLSSignalingData of the ${playlist} playlist has ${tags.length} lines`);
  for (const tag of tags) {
    const fault = faultOfTag(tag, TAGS[playlist], keyFormat);
    if (fault !== null) return err(`its HLSSignalingData of the ${playlist} playlist ${fault}`);
  }
  return ok(tags);
}

function faultOfTag(tag: string, prefix: string, keyFormat: string): string | null {
  if (!tag.startsWith(prefix)) return `has a line that is no ${prefix.slice(1, -1)}`;
  if (tag.length > MAX_SIGNALLING_TAG_CHARS) return `has a line of ${tag.length} characters`;
  const attributes = tag.slice(prefix.length);
  if (attribute(attributes, 'METHOD') !== 'SAMPLE-AES') return 'has a METHOD other than SAMPLE-AES';
  if (attribute(attributes, 'KEYFORMAT') !== keyFormat) return `has a KEYFORMAT other than ${keyFormat}`;
  if (!/^(?:skd:\/\/|data:)/.test(attribute(attributes, 'URI') ?? ''))
    return 'has a URI that is neither skd: nor data:';
  return null;
}

/** Printable ASCII and line ends; null for anything else, so that no control character reaches a playlist. */
function asciiOfHex(hex: string | null): string | null {
  if (hex === null) return null;
  let text = '';
  for (let at = 0; at < hex.length; at += 2) text += String.fromCharCode(Number.parseInt(hex.slice(at, at + 2), 16));
  return /^[\x20-\x7e\r\n]*$/.test(text) ? text : null;
}
