import { UPLOAD_FINISH_MS } from '#core/ingest/limits.ts';
import { ProblemError } from '#shared/http/problem.ts';
import { log, reasonOf } from '#shared/log.ts';
import { findEpisode } from '../db/catalog.ts';
import { findJob, isSourceOfJob, type JobRecord } from '../db/jobs.ts';
import { endClaimed, updateClaimed, type UploadEnd, type UploadRecord } from '../db/uploads.ts';
import type { UploadPlace } from './append-upload.ts';
import { hexOf } from './hash-source.ts';
import { queueJob } from './receive-source.ts';

/**
 * Makes the stored parts one object and the object a job. The upload says that it is whole only after that, in
 * one transaction with the job, so a client whose Worker died in here sends its last bytes again and everything below
 * happens once more, or finds the upload finished.
 */
export async function finishUpload(place: UploadPlace, upload: UploadRecord, last: Uint8Array): Promise<JobRecord> {
  const { db, media } = place;
  // Reading a large file back takes longer than a claim holds.
  const claimedUntil = Date.now() + UPLOAD_FINISH_MS;
  if ((await updateClaimed(db, upload, { claimedUntil })) === null) throw new ProblemError({ code: 'upload-locked' });
  const sizeBytes = await storeSource(media, upload, last);
  const sourceSha256 = await hashObject(media, upload.sourceKey);
  if (upload.declaredSha256 !== null && upload.declaredSha256 !== sourceSha256) {
    await discardUpload(place, upload);
    const detail = `The file that arrived has the SHA-256 ${sourceSha256}. Nothing of it is kept; begin a new upload.`;
    throw new ProblemError({ code: 'upload-checksum-mismatch', detail });
  }
  const job = (await findJob(db, upload.jobId)) ?? (await queueUploaded(place, upload, { sizeBytes, sourceSha256 }));
  await endUpload(place, upload, finishedAt(sizeBytes));
  return job;
}

export function finishedAt(sizeBytes: number): UploadEnd {
  return { state: 'finished', offsetBytes: sizeBytes, lengthBytes: sizeBytes };
}

/** The whole file under its key; its size. */
export async function storeSource(media: R2Bucket, upload: UploadRecord, last: Uint8Array): Promise<number> {
  const { sourceKey, multipartId, etags, lengthBytes } = upload;
  try {
    const multipart = media.resumeMultipartUpload(sourceKey, multipartId);
    const parts = etags.map((etag, index) => ({ partNumber: index + 1, etag }));
    if (last.byteLength > 0) parts.push(await multipart.uploadPart(parts.length + 1, last));
    const { size } = await multipart.complete(parts);
    return size;
  } catch (thrown) {
    // An earlier try may have come as far as this and died.
    const stored = await media.head(sourceKey);
    if (stored === null || (lengthBytes !== null && stored.size !== lengthBytes)) throw thrown;
    log('info', 'upload_was_complete', { uploadId: upload.id, reason: reasonOf(thrown) });
    return stored.size;
  }
}

/** Read back from where the transcoder will read it, so that it holds for what is there, however many requests brought it. */
export async function hashObject(media: R2Bucket, key: string): Promise<string> {
  const stored = await media.get(key);
  if (stored === null) throw new Error('the source is not there');
  const digest = new crypto.DigestStream('SHA-256');
  await stored.body.pipeTo(digest);
  return hexOf(await digest.digest);
}

async function queueUploaded(
  { db, media }: UploadPlace,
  upload: UploadRecord,
  { sizeBytes, sourceSha256 }: { readonly sizeBytes: number; readonly sourceSha256: string },
): Promise<JobRecord> {
  const { jobId, episodeId, sourceKey, createdAt } = upload;
  const source = { jobId, episodeId, sourceKey, sourceSha256, sourceSizeBytes: sizeBytes, nowMs: createdAt };
  try {
    return await queueJob(db, source, [endClaimed(db, upload, finishedAt(sizeBytes))]);
  } catch (thrown) {
    // The episode may have been deleted while the file came in.
    if (await findEpisode(db, episodeId)) throw thrown;
    await discardUpload({ db, media }, upload);
    throw new ProblemError({ code: 'episode-not-found' });
  }
}

async function endUpload({ db, media }: UploadPlace, upload: UploadRecord, end: UploadEnd): Promise<void> {
  await endClaimed(db, upload, end);
  if (upload.tailKey !== null) await media.delete(upload.tailKey);
}

/** Whatever there is of it in the bucket goes. */
export async function discardUpload(place: UploadPlace, upload: UploadRecord): Promise<void> {
  await dropStored(place, upload);
  await endUpload(place, upload, { state: 'failed' });
}

/**
 * The object stays where a job has it: whoever made the job may have died, or been overtaken, before the upload said so.
 */
export async function dropStored({ db, media }: UploadPlace, upload: UploadRecord): Promise<void> {
  const { id, sourceKey, multipartId } = upload;
  await media
    .resumeMultipartUpload(sourceKey, multipartId)
    .abort()
    .catch((thrown: unknown) => log('info', 'upload_abort_failed', { uploadId: id, reason: reasonOf(thrown) }));
  if (!(await isSourceOfJob(db, sourceKey))) await media.delete(sourceKey);
  await dropTails(media, id);
}

/** Whatever waited for more, with what a Worker stored that died before it could say so. */
export async function dropTails(media: R2Bucket, uploadId: string): Promise<void> {
  const { objects } = await media.list({ prefix: `u/${uploadId}/` });
  if (objects.length > 0) await media.delete(objects.map(({ key }) => key));
}
