import type { KeySignalling, LeasedContentKey } from '#core/ingest/transcoder-protocol.ts';

/** What the parsers of the edge's answers have in common. */

type Fields = Readonly<Record<string, unknown>>;

/** undefined for what is no key; null, also from an edge that knows of none, for no protection. */
export function parseContentKey(value: unknown): LeasedContentKey | null | undefined {
  if (value === null) return null;
  if (!isRecord(value)) return undefined;
  const { scheme, keyId, key } = value;
  if ((scheme !== 'aes-128' && scheme !== 'cbcs') || !isText(keyId) || !isText(key)) return undefined;
  if (value['signalling'] === undefined) return { scheme, keyId, key };
  const signalling = parseSignalling(value['signalling']);
  return signalling === undefined ? undefined : { scheme, keyId, key, signalling };
}

/** undefined for anything else: a version whose players are told half is not encoded. */
function parseSignalling(value: unknown): KeySignalling | undefined {
  if (!isRecord(value)) return undefined;
  const { psshBoxes, mediaPlaylistTags, multivariantPlaylistTags } = value;
  if (!isTexts(psshBoxes) || !isTexts(mediaPlaylistTags) || !isTexts(multivariantPlaylistTags)) return undefined;
  return { psshBoxes, mediaPlaylistTags, multivariantPlaylistTags };
}

export function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isText);
}

export function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

export function isHttpUrl(value: unknown): value is string {
  return isText(value) && /^https?:$/.test(URL.parse(value)?.protocol ?? '');
}

export function isTextRecord(value: unknown): value is Readonly<Record<string, string>> {
  return isRecord(value) && Object.values(value).every((entry) => typeof entry === 'string');
}
