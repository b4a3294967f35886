import type { SQL } from 'drizzle-orm';
import type { DubRequest } from '#core/dubs/plan-sounds.ts';
import {
  MAX_HASH_ATTEMPTS,
  MAX_PULL_ATTEMPTS,
  PULL_RETRY_SECONDS,
  PULL_RUN_MS,
  UPLOAD_FINISH_MS,
} from '#core/ingest/limits.ts';
import { checkPublicUrl } from '#core/net/public-url.ts';
import { randomBytes, toBase64url } from '#shared/encoding.ts';
import { ProblemError } from '#shared/http/problem.ts';
import { log } from '#shared/log.ts';
import { insertJob } from '../db/job-order.ts';
import { ensureAsset, findJob, type JobRecord } from '../db/jobs.ts';
import { failPulling, queuePulled } from '../db/pulling-jobs.ts';
import {
  claimUpload,
  endClaimed,
  expiryOf,
  insertUpload,
  releaseUpload,
  updateClaimed,
  type UploadRecord,
} from '../db/uploads.ts';
import { makeId, openDb, type ApiContext } from '../http/context.ts';
import { appendToUpload, type UploadPlace } from './append-upload.ts';
import { discardUpload, finishedAt, hashObject, storeSource } from './finish-upload.ts';
import { openSource, SOURCE_EMPTY, SOURCE_TOO_LARGE, unreachable, type PullFailure } from './open-source.ts';

/** On its way to the queue's consumer; everything else is in the upload's row. */
export interface PullMessage {
  readonly uploadId: string;
}

/** Notes that the URL is to be pulled, and answers the job that waits for it. */
export async function startPull(
  c: ApiContext,
  episodeId: string,
  url: string,
  dub: DubRequest | null = null,
): Promise<JobRecord> {
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
    ...{ id: jobId, episodeId, assetId, state: 'queued', phase: 'pulling', sourceKey, sourceSizeBytes: 0, dub },
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
    await takeTurn(env, { place, upload: claimed, job });
  } finally {
    await releaseUpload(place.db, claimed);
  }
}

interface Pull {
  readonly place: UploadPlace;
  readonly upload: UploadRecord;
  readonly job: JobRecord;
}

async function takeTurn(env: ApiEnv, { place, upload: claimed, job }: Pull): Promise<void> {
  const { id: uploadId } = claimed;
  const attempts = claimed.attempts + 1;
  // Before the attempt, so that one whose Worker dies counts.
  const upload = await updateClaimed(place.db, claimed, { attempts });
  if (upload === null) return;
  const failure = await attempt({ place, upload, job }, env.LOOPBACK_URLS === '1');
  if (failure === null || failure === 'claim-lost') return;
  if (failure === 'time-over') {
    await updateClaimed(place.db, upload, { attempts: claimed.attempts });
    await releaseUpload(place.db, upload);
    return sendPull(env, uploadId);
  }
  log('warn', 'pull_failed', { uploadId, jobId: job.id, attempts, code: failure.code });
  if (!failure.isRetryable || attempts >= MAX_PULL_ATTEMPTS) {
    await failPulling(place.db, job, failure, Date.now());
    return discardUpload(place, upload);
  }
  await releaseUpload(place.db, upload);
  return sendPull(env, uploadId, PULL_RETRY_SECONDS[claimed.attempts] ?? 0);
}

const LOST: PullFailure = {
  code: 'source-unreachable',
  detail: 'Each attempt ended before it could tell why. Look at the Worker’s log.',
  isRetryable: false,
};

async function attempt(pull: Pull, allowLoopback: boolean): Promise<PullFailure | 'claim-lost' | 'time-over' | null> {
  const { place, upload } = pull;
  // A Worker may have died between the last part and the hash. Then the server, which may be gone, is not asked again.
  const stored = await place.media.head(upload.sourceKey);
  if (upload.attempts > MAX_PULL_ATTEMPTS + (stored === null ? 0 : MAX_HASH_ATTEMPTS)) return LOST;
  if (stored !== null) return queueStored(pull, stored.size);
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
      return arrived({ ...pull, upload: appended.upload }, appended.last);
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

async function arrived(pull: Pull, last: Uint8Array): Promise<'claim-lost' | null> {
  const { place, upload } = pull;
  if (!(await keepClaim(pull))) return 'claim-lost';
  return queueStored(pull, await storeSource(place.media, upload, last));
}

/** The transcoder may have the job from then on. */
async function queueStored(pull: Pull, sourceSizeBytes: number): Promise<'claim-lost' | null> {
  const { place, upload, job } = pull;
  const { db, media } = place;
  if (!(await keepClaim(pull))) return 'claim-lost';
  const source = { sourceSizeBytes, sourceSha256: await hashObject(media, upload.sourceKey) };
  const nowMs = Date.now();
  const alongside = (holds: SQL) => [endClaimed(db, upload, finishedAt(sourceSizeBytes), holds)];
  if (!(await queuePulled(db, job, source, { nowMs, alongside }))) await discardUpload(place, upload);
  else if (upload.tailKey !== null) await media.delete(upload.tailKey);
  return null;
}

/** Reading a large file back takes longer than a claim holds. */
async function keepClaim({ place, upload }: Pull): Promise<boolean> {
  return (await updateClaimed(place.db, upload, { claimedUntil: Date.now() + UPLOAD_FINISH_MS })) !== null;
}
