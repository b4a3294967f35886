import { MAX_PULL_ATTEMPTS, PULL_RETRY_SECONDS, PULL_RUN_MS, UPLOAD_FINISH_MS } from '#core/ingest/limits.ts';
import { checkPublicUrl } from '#core/net/public-url.ts';
import { randomBytes, toBase64url } from '#shared/encoding.ts';
import { ProblemError } from '#shared/http/problem.ts';
import { log } from '#shared/log.ts';
import { ensureAsset, entering, findJob, insertJob, isPulling, updatePullingJob, type JobRecord } from '../db/jobs.ts';
import { claimUpload, expiryOf, insertUpload, releaseUpload, updateClaimed, type UploadRecord } from '../db/uploads.ts';
import { makeId, openDb, type ApiContext } from '../http/context.ts';
import { episodeFailed } from '../webhooks/episode-events.ts';
import { outboxOf } from '../webhooks/outbox.ts';
import { appendToUpload, type UploadPlace } from './append-upload.ts';
import { discardUpload, endUpload, hashObject, storeSource } from './finish-upload.ts';
import { openSource, SOURCE_EMPTY, SOURCE_TOO_LARGE, unreachable, type PullFailure } from './open-source.ts';

/** On its way to the queue's consumer; everything else is in the upload's row. */
export interface PullMessage {
  readonly uploadId: string;
}

/** Notes that the URL is to be pulled, and answers the job that waits for it. */
export async function startPull(c: ApiContext, episodeId: string, url: string): Promise<JobRecord> {
  const allowed = checkPublicUrl(url, { allowLoopback: c.env.LOOPBACK_URLS === '1' });
  if (!allowed.ok) throw new ProblemError({ code: 'source-url-refused', detail: `url: ${allowed.error}` });
  const { db, nowMs } = c.var;
  const id = makeId('upl', nowMs);
  const jobId = makeId('job', nowMs);
  const sourceKey = `s/${episodeId}/${jobId}`;
  const { uploadId: multipartId } = await c.env.MEDIA.createMultipartUpload(sourceKey);
  const times = { createdAt: nowMs, updatedAt: nowMs };
  // First: a job without it would wait for ever, it without a job expires.
  await insertUpload(db, {
    ...{ id, kind: 'pull', state: 'open', episodeId, jobId, sourceKey, multipartId, etags: [] },
    ...{ lengthBytes: null, url: allowed.value, expiresAt: expiryOf(nowMs, nowMs), ...times },
  });
  const assetId = await ensureAsset(db, { id: makeId('ast', nowMs), episodeId, createdAt: nowMs });
  const job = await insertJob(db, {
    ...{ id: jobId, episodeId, assetId, state: 'queued', phase: 'pulling', sourceKey, sourceSizeBytes: 0 },
    ...{ attempt: 0, progress: 0, ...times },
  });
  await sendPull(c.env, id);
  return job;
}

export async function sendPull(env: ApiEnv, uploadId: string, delaySeconds = 0): Promise<void> {
  const message: PullMessage = { uploadId };
  await env.PULLS.send(message, { delaySeconds });
}

/** One attempt at a pull, or the rest of one. Two at once do no harm: one gets the claim. */
export async function runPull(env: ApiEnv, uploadId: string): Promise<void> {
  const place = { db: openDb(env.DB), media: env.MEDIA };
  const claim = toBase64url(randomBytes(12));
  const claimed = await claimUpload(place.db, uploadId, { claim, offsetBytes: null, nowMs: Date.now() });
  if (claimed === null) return;
  try {
    const job = await findJob(place.db, claimed.jobId);
    if (job?.phase !== 'pulling' || job.state !== 'queued') return await discardUpload(place, claimed);
    const attempts = claimed.attempts + 1;
    // Before the attempt, so that one whose Worker dies counts.
    const upload = await updateClaimed(place.db, claimed, { attempts });
    if (upload === null) return;
    const failure = attempts > MAX_PULL_ATTEMPTS ? LOST : await attempt(place, upload, env.LOOPBACK_URLS === '1');
    if (failure === null || failure === 'claim-lost') return;
    if (failure === 'time-over') {
      await updateClaimed(place.db, upload, { attempts: claimed.attempts });
      await releaseUpload(place.db, upload);
      return await sendPull(env, uploadId);
    }
    log('warn', 'pull_failed', { uploadId, jobId: job.id, attempts, code: failure.code });
    if (!failure.isRetryable || attempts >= MAX_PULL_ATTEMPTS) return await failPull(place, upload, job, failure);
    await releaseUpload(place.db, upload);
    await sendPull(env, uploadId, PULL_RETRY_SECONDS[claimed.attempts] ?? 0);
  } finally {
    await releaseUpload(place.db, claimed);
  }
}

const LOST: PullFailure = {
  code: 'source-unreachable',
  detail: 'Each attempt ended before it could tell why. Look at the Worker’s log.',
  isRetryable: false,
};

async function attempt(
  place: UploadPlace,
  upload: UploadRecord,
  allowLoopback: boolean,
): Promise<PullFailure | 'claim-lost' | 'time-over' | null> {
  const { offsetBytes, validator, url } = upload;
  const opened = await openSource({ url: url ?? '', allowLoopback, offsetBytes, validator });
  if (!opened.ok) return opened.error;
  const { body, startsAtBytes, lengthBytes } = opened.value;
  const anew = { etags: [], offsetBytes: 0, tailKey: null, tailBytes: 0 };
  const change = { lengthBytes, validator: opened.value.validator, ...(startsAtBytes === 0 ? anew : {}) };
  const ready = await updateClaimed(place.db, upload, change);
  if (ready === null) return 'claim-lost';
  if (startsAtBytes === 0 && upload.tailKey !== null) await place.media.delete(upload.tailKey);
  const deadlineMs = Date.now() + PULL_RUN_MS;
  const appended = await appendToUpload(place, ready, body, { deadlineMs });
  switch (appended.end) {
    case 'whole':
      if (appended.upload.etags.length === 0 && appended.last.byteLength === 0) return SOURCE_EMPTY;
      return arrived(place, appended.upload, appended.last);
    case 'partial':
      // Where the rest cannot be asked for, another run would begin anew, for ever.
      if (Date.now() >= deadlineMs && canGoOn(upload, appended.upload)) return 'time-over';
      return unreachable(`The server broke off at byte ${appended.upload.offsetBytes} of ${lengthBytes ?? 'unknown'}.`);
    case 'too-much':
      return SOURCE_TOO_LARGE;
    case 'claim-lost':
      return 'claim-lost';
  }
}

function canGoOn(before: UploadRecord, after: UploadRecord): boolean {
  return after.validator !== null && after.offsetBytes > before.offsetBytes;
}

/** The transcoder may have the job now. */
async function arrived(place: UploadPlace, upload: UploadRecord, last: Uint8Array): Promise<'claim-lost' | null> {
  const claimedUntil = Date.now() + UPLOAD_FINISH_MS;
  if ((await updateClaimed(place.db, upload, { claimedUntil })) === null) return 'claim-lost';
  const sourceSizeBytes = await storeSource(place.media, upload, last);
  const sourceSha256 = await hashObject(place.media, upload.sourceKey);
  const change = { ...entering('queued', Date.now()), sourceSizeBytes, sourceSha256 };
  if (await updatePullingJob(place.db, upload.jobId, change))
    await endUpload(place, upload, { state: 'finished', offsetBytes: sourceSizeBytes, lengthBytes: sourceSizeBytes });
  else await discardUpload(place, upload);
  return null;
}

async function failPull(
  place: UploadPlace,
  upload: UploadRecord,
  job: JobRecord,
  { code, detail }: Pick<PullFailure, 'code' | 'detail'>,
): Promise<void> {
  const nowMs = Date.now();
  const told = outboxOf(place.db, episodeFailed(job, { code, detail }), nowMs, isPulling(job.id));
  const change = { ...entering('failed', nowMs), failureCode: code, failureDetail: detail };
  await updatePullingJob(place.db, job.id, change, told.statements);
  await discardUpload(place, upload);
}
