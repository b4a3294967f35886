import { bucketKey } from '#core/foreign-hls/bucket-key.ts';
import type { Evidence, ImportWarning } from '#core/foreign-hls/evidence.ts';
import { importHls, type ImportedHls } from '#core/foreign-hls/import-hls.ts';
import { readMultivariant } from '#core/foreign-hls/read-multivariant.ts';
import { idOfDigest } from '#core/id.ts';
import { parsePlaylist } from '#core/playlist/lines.ts';
import { randomBytes, toBase64url, utf8 } from '#shared/encoding.ts';
import { ProblemError } from '#shared/http/problem.ts';
import { log } from '#shared/log.ts';
import { insertJob } from '../db/job-order.ts';
import { ensureAsset, findPublishedImport, isHeld, publishVersion, type JobRecord } from '../db/jobs.ts';
import { keepPrefix } from '../db/swept-prefixes.ts';
import { makeId, type ApiContext } from '../http/context.ts';
import { deliverSoon } from '../webhooks/deliver.ts';
import { episodeReady } from '../webhooks/episode-events.ts';
import { outboxOf } from '../webhooks/outbox.ts';
import { findEntry, listPrefix, readTexts, type BucketListing } from './foreign-bucket.ts';

export interface HlsImport {
  readonly job: JobRecord;
  readonly isNew: boolean;
  readonly warnings: readonly ImportWarning[];
}

/**
 * Serves HLS that another encoder wrote to the bucket: its playlists are read once and written in our own form, its
 * media stays where it is. The version's id follows from what was read, so the same import twice is one version.
 */
export async function importEpisodeHls(c: ApiContext, episodeId: string, prefix: string): Promise<HlsImport> {
  const { MEDIA } = c.env;
  const listing = await listPrefix(MEDIA, prefix);
  const entry = findEntry(listing, prefix);
  const { imported, fingerprint } = await read(MEDIA, listing, entry);
  const { db, nowMs } = c.var;
  const assetId = await ensureAsset(db, { id: makeId('ast', nowMs), episodeId, createdAt: nowMs });
  const version = idOfDigest('hls', await digestOf([assetId, fingerprint]));
  const earlier = await findPublishedImport(db, assetId, version);
  if (earlier) return { job: earlier, isNew: false, warnings: imported.warnings };
  // The same import once more is the same version, which may be about to be swept as one that was replaced.
  if (!(await keepPrefix(db, `a/${assetId}/${version}/`, nowMs))) {
    throw new ProblemError({
      code: 'conflict',
      detail: 'An older import of the same files is being deleted. Try again.',
    });
  }
  const sizeBytes = await writeVersion(MEDIA, `a/${assetId}/${version}/`, imported);
  // It holds the job as a transcoder's attempt would, so that open jobs are superseded and the newest import wins.
  // No lease: the sweep gives lapsed jobs to the transcoder, which could not do this one. It ends it instead.
  const job = await insertJob(db, {
    id: makeId('job', nowMs),
    episodeId,
    assetId,
    state: 'running',
    sourceKey: entry,
    sourceSizeBytes: sizeBytes,
    attempt: 1,
    fence: toBase64url(randomBytes(18)),
    version,
    progress: 0,
    createdAt: nowMs,
    updatedAt: nowMs,
  });
  const { segmentDurationsSeconds, renditions, warnings } = imported;
  const durationSeconds = segmentDurationsSeconds.reduce((sum, seconds) => sum + seconds, 0);
  const result = { durationSeconds, renditions, segmentDurationsSeconds, objects: [], warnings };
  const told = outboxOf(db, episodeReady(job, result), nowMs, isHeld(job));
  if (!(await publishVersion(db, job, result, sizeBytes, { nowMs, alongside: told.statements }))) {
    throw new ProblemError({ code: 'conflict', detail: 'A newer source of this episode came in between.' });
  }
  deliverSoon(c, [told.eventId]);
  log('info', 'hls_imported', { jobId: job.id, episodeId, version });
  return { job: (await findPublishedImport(db, assetId, version)) ?? job, isNew: true, warnings };
}

async function read(
  media: R2Bucket,
  listing: BucketListing,
  entry: string,
): Promise<{ imported: ImportedHls; fingerprint: string }> {
  const [text = ''] = await readTexts(media, listing, [entry]);
  const lines = parsePlaylist(text);
  const plan = readMultivariant(lines, entry, listing.prefix);
  if (plan.evidence.length > 0) throw invalid(plan.evidence);
  const keys = plan.renditions.map(({ key }) => key);
  const missing = keys.filter((key) => !listing.sizes.has(key));
  if (missing.length > 0) {
    throw invalid(missing.map((key) => ({ playlist: entry, uri: key, reason: 'is not in the bucket' })));
  }
  const texts = new Map((await readTexts(media, listing, keys)).map((each, index) => [keys[index] ?? '', each]));
  const result = importHls({ lines, prefix: listing.prefix, plan, texts, sizes: listing.sizes, etags: listing.etags });
  if (!result.ok) throw invalid(result.error);
  const used = new Set(Object.values(result.value.map.objects).map(({ key }) => key));
  const etags = [...used, entry, ...keys].map((key) => `${key}\n${listing.etags.get(key)}`);
  return { imported: result.value, fingerprint: etags.join('\n') };
}

/** The map last: a version without one is none. */
async function writeVersion(media: R2Bucket, prefix: string, { playlists, map }: ImportedHls): Promise<number> {
  for (const [path, text] of playlists) {
    await media.put(prefix + path, text, { httpMetadata: { contentType: 'application/vnd.apple.mpegurl' } });
  }
  await media.put(`${prefix}objects.json`, JSON.stringify(map), { httpMetadata: { contentType: 'application/json' } });
  return Object.values(map.objects).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

async function digestOf(parts: readonly string[]): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', utf8(parts.join('\n'))));
}

const MAX_EVIDENCE = 20;

function invalid(evidence: readonly Evidence[]): ProblemError {
  const [first] = evidence;
  const detail = [first?.playlist, first?.uri, first?.reason].filter((part) => part != null).join(': ');
  return new ProblemError({ code: 'hls-invalid', detail, members: { errors: evidence.slice(0, MAX_EVIDENCE) } });
}

/** What a caller may name: a folder, or a playlist in one, that is not a folder of ours. */
export function isImportPrefix(prefix: string): boolean {
  if (!/^[^/\s\\?#%]+(?:\/[^/\s\\?#%]+)*\/?$/.test(prefix) || /^[asu](?:\/|$)/.test(prefix)) return false;
  return bucketKey('', prefix, '').ok && !prefix.split('/').some((part) => part === '.' || part === '..');
}
