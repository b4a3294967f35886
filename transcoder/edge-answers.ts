import type { EventReceipt, LeasedJob, LeaseProof, UploadGrant } from '#core/ingest/transcoder-protocol.ts';
import { DEFAULT_ENCODING_SETTINGS, type EncodingSettings } from '#core/ladder/settings.ts';
import { isHttpUrl, isNumber, isRecord, isText, isTextRecord, parseContentKey } from './answer-fields.ts';
import { parseLeasedDub } from './dub/leased-dub.ts';

/** Parsers of what the edge answers; null where something is missing or of another type. */

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
  const dub = (value['dub'] ?? null) === null ? undefined : parseLeasedDub(value['dub']);
  if (dub === null) return null;
  const leased = { jobId, attempt, fence, episodeId, leaseSeconds, source: { url, sizeBytes } };
  return { ...leased, cutPointsSeconds, contentKey, settings, ...(dub && { dub }) };
}

/** Of a lease of which the rest is not understood. */
export function parseLeaseProof(value: unknown): LeaseProof | null {
  if (!isRecord(value)) return null;
  const { jobId, attempt, fence } = value;
  return isText(jobId) && isNumber(attempt) && isText(fence) ? { jobId, attempt, fence } : null;
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
