import type {
  EventReceipt,
  KeySignalling,
  LeasedContentKey,
  LeasedJob,
  UploadGrant,
} from '#core/ingest/transcoder-protocol.ts';
import { DEFAULT_ENCODING_SETTINGS, type EncodingSettings } from '#core/ladder/settings.ts';

/** Parsers of what the edge answers; null where something is missing or of another type. */

type Fields = Readonly<Record<string, unknown>>;

export function parseLeasedJob(value: unknown): LeasedJob | null {
  if (!isRecord(value) || !isRecord(value['source'])) return null;
  const { jobId, attempt, fence, episodeId, leaseSeconds, cutPointsSeconds } = value;
  const { url, sizeBytes } = value['source'];
  if (!isText(jobId) || !isText(fence) || !isText(episodeId)) return null;
  if (!isNumber(attempt) || !isNumber(leaseSeconds) || !isNumber(sizeBytes) || !isHttpUrl(url)) return null;
  if (!Array.isArray(cutPointsSeconds) || !cutPointsSeconds.every(isNumber)) return null;
  const contentKey = parseContentKey(value['contentKey'] ?? null);
  if (contentKey === undefined) return null;
  const settings = parseSettings(value['settings'] ?? DEFAULT_ENCODING_SETTINGS);
  if (settings === null) return null;
  const proof = { jobId, attempt, fence };
  return { ...proof, episodeId, leaseSeconds, cutPointsSeconds, contentKey, settings, source: { url, sizeBytes } };
}

/** Each field on its own, so that an edge of an earlier release, which sends none or fewer, is understood. */
function parseSettings(value: unknown): EncodingSettings | null {
  if (!isRecord(value)) return null;
  const { landscape, av1, publishPlayable, mainLanguage } = { ...DEFAULT_ENCODING_SETTINGS, ...value };
  if (landscape !== 'crop' && landscape !== 'blur-pad' && landscape !== 'refuse') return null;
  if (typeof av1 !== 'boolean' || typeof publishPlayable !== 'boolean') return null;
  if (mainLanguage !== null && !isText(mainLanguage)) return null;
  return { landscape, av1, publishPlayable, mainLanguage };
}

/** undefined for what is no key; null, also from an edge that knows of none, for no protection. */
function parseContentKey(value: unknown): LeasedContentKey | null | undefined {
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

export function parseGrant(value: unknown): UploadGrant | null {
  if (!isRecord(value) || !Array.isArray(value['uploads'])) return null;
  const uploads: UploadGrant['uploads'][number][] = [];
  for (const upload of value['uploads'] as readonly unknown[]) {
    if (!isRecord(upload) || !isText(upload['path']) || !isHttpUrl(upload['url']) || !isTextRecord(upload['headers']))
      return null;
    uploads.push({ path: upload['path'], url: upload['url'], headers: upload['headers'] });
  }
  return { uploads };
}

export function parseReceipt(value: unknown): EventReceipt | null {
  if (!isRecord(value)) return null;
  const { outcome, leaseSeconds } = value;
  if (outcome !== 'accepted' && outcome !== 'duplicate' && outcome !== 'stale') return null;
  return isNumber(leaseSeconds) ? { outcome, leaseSeconds } : null;
}

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isText);
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isHttpUrl(value: unknown): value is string {
  return isText(value) && /^https?:$/.test(URL.parse(value)?.protocol ?? '');
}

function isTextRecord(value: unknown): value is Readonly<Record<string, string>> {
  return isRecord(value) && Object.values(value).every((entry) => typeof entry === 'string');
}
