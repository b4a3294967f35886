import type { DubRequest } from '#core/dubs/plan-sounds.ts';
import { MAX_SOURCE_BYTES, UPLOAD_PART_BYTES } from '#core/ingest/limits.ts';
import { ProblemError } from '#shared/http/problem.ts';
import { log, reasonOf } from '#shared/log.ts';
import { findEpisode } from '../db/catalog.ts';
import { insertJob } from '../db/job-order.ts';
import { ensureAsset, isSourceOfJob, type Alongside, type JobRecord } from '../db/jobs.ts';
import { makeId, type ApiContext, type Db } from '../http/context.ts';
import { hexOf, StreamHash } from './hash-source.ts';
import { readParts } from './read-parts.ts';

/**
 * Streams the request's body into R2 and queues a job for it. A broken upload leaves nothing behind: the parts are
 * dropped and the episode stays as it was.
 */
export async function receiveSource(
  c: ApiContext,
  episodeId: string,
  dub: DubRequest | null = null,
): Promise<JobRecord> {
  const { body } = c.req.raw;
  const declared = c.req.header('Content-Length');
  if (body === null || declared === '0') {
    throw new ProblemError({ code: 'invalid-request', detail: 'Send the file as the request body.' });
  }
  if (declared !== undefined && Number(declared) > MAX_SOURCE_BYTES) throw tooLarge();
  const { nowMs, db } = c.var;
  const jobId = makeId('job', nowMs);
  const sourceKey = `s/${episodeId}/${jobId}`;
  const stored = await storeSource(c.env.MEDIA, sourceKey, body);
  try {
    return await queueJob(db, { jobId, episodeId, sourceKey, ...stored, nowMs, dub });
  } catch (thrown) {
    // The episode may have been deleted while the file came in. Or the job is there, and only the answer was lost.
    if (!(await isSourceOfJob(db, sourceKey))) await c.env.MEDIA.delete(sourceKey);
    if (!(await findEpisode(db, episodeId))) throw new ProblemError({ code: 'episode-not-found' });
    throw thrown;
  }
}

interface StoredSource {
  readonly jobId: string;
  readonly episodeId: string;
  readonly sourceKey: string;
  readonly sourceSizeBytes: number;
  readonly sourceSha256: string;
  /** When the upload was begun: what decides which of two uploads is the newer. */
  readonly nowMs: number;
  readonly dub?: DubRequest | null;
}

/** With `alongside`, statements of the same transaction. */
export async function queueJob(
  db: Db,
  { jobId, nowMs, ...source }: StoredSource,
  alongside: Alongside = [],
): Promise<JobRecord> {
  const assetId = await ensureAsset(db, { id: makeId('ast', nowMs), episodeId: source.episodeId, createdAt: nowMs });
  const times = { createdAt: nowMs, updatedAt: Date.now() };
  const job = { ...source, id: jobId, assetId, state: 'queued' as const, attempt: 0, progress: 0, ...times };
  return insertJob(db, job, alongside);
}

/** Multipart, because a body may come without a length and R2's single put needs one. */
async function storeSource(
  media: R2Bucket,
  key: string,
  body: ReadableStream<Uint8Array>,
): Promise<Pick<StoredSource, 'sourceSizeBytes' | 'sourceSha256'>> {
  const upload = await media.createMultipartUpload(key);
  try {
    const parts: R2UploadedPart[] = [];
    const hash = new StreamHash('SHA-256');
    let sizeBytes = 0;
    for await (const part of readParts(body, UPLOAD_PART_BYTES)) {
      sizeBytes += part.byteLength;
      if (sizeBytes > MAX_SOURCE_BYTES) throw tooLarge();
      await hash.add(part);
      parts.push(await upload.uploadPart(parts.length + 1, part));
    }
    if (sizeBytes === 0)
      throw new ProblemError({ code: 'invalid-request', detail: 'The request body is empty. Send the file.' });
    await upload.complete(parts);
    return { sourceSizeBytes: sizeBytes, sourceSha256: hexOf(await hash.end()) };
  } catch (thrown) {
    await upload.abort().catch((failed: unknown) => log('warn', 'upload_abort_failed', { reason: reasonOf(failed) }));
    throw thrown;
  }
}

function tooLarge(): ProblemError {
  return new ProblemError({ code: 'source-too-large', detail: `A source has at most ${MAX_SOURCE_BYTES} bytes.` });
}
