import { Hono } from 'hono';
import { resolvePolicy } from '#core/entitlement/policy.ts';
import { checkLease, triesOf } from '#core/ingest/job-machine.ts';
import { MAX_ATTEMPTS, MAX_KEY_WAIT_MS } from '#core/ingest/limits.ts';
import type { EventReceipt, LeasedJob, TranscodeFailure, UploadGrant } from '#core/ingest/transcoder-protocol.ts';
import { randomBytes, toBase64url } from '#shared/encoding.ts';
import { problemResponse } from '#shared/http/problem.ts';
import { log } from '#shared/log.ts';
import { policyFromStored } from '#shared/policy-wire.ts';
import { findEpisode, loadPolicy } from '../db/catalog.ts';
import { findJob, holdJob, type JobRecord, leaseJob, rememberWebhook, wasReceived } from '../db/jobs.ts';
import { validate } from '../http/body.ts';
import { makeId, type ApiContext, type ApiVariables, type Db } from '../http/context.ts';
import { readSignedJson } from '../http/signed-body.ts';
import { applyEvent, type Workplace } from '../ingest/apply-event.ts';
import { leaseDub } from '../ingest/lease-dub.ts';
import { leaseSecondsOf, retryAfterSecondsOf } from '../ingest/lease-seconds.ts';
import { openPrefixes } from '../ingest/open-prefixes.ts';
import { createPresigner } from '../ingest/presign.ts';
import { protectVersion } from '../ingest/protect-version.ts';
import { leaseRequest, transcodeEvent, uploadRequest } from '../ingest/transcoder-messages.ts';
import { MAX_TRANSCODE_EVENT_BYTES } from '../limits.ts';
import { forgetCatalogue } from '../series-catalogue.ts';
import { deliverSoon } from '../webhooks/deliver.ts';

export const transcoderRoutes = new Hono<{ Bindings: ApiEnv; Variables: ApiVariables }>();

transcoderRoutes.post('/leases', async (c) => {
  validate(leaseRequest, await readSigned(c));
  const { db, nowMs } = c.var;
  const fence = toBase64url(randomBytes(18));
  const leaseSeconds = leaseSecondsOf(c.env);
  const leaseUntil = nowMs + leaseSeconds * 1_000;
  const job = await leaseJob(db, { fence, version: makeId('ver', nowMs), leaseUntil, nowMs });
  if (!job) return c.body(null, 204);
  const contentKey = await protectVersion(db, c.env, job, nowMs);
  if (!contentKey.ok) {
    await withoutKey(c, { ...job, fence }, contentKey.error);
    return c.body(null, 204);
  }
  const settings = await openPrefixes(db, job, nowMs);
  const dub = await leaseDub(db, c.env, job);
  if (!dub.ok) {
    await failLeased(c, { ...job, fence }, dub.error);
    return c.body(null, 204);
  }
  const leased: LeasedJob = {
    jobId: job.id,
    attempt: job.attempt,
    fence,
    episodeId: job.episodeId,
    leaseSeconds,
    source: { url: await createPresigner(c.env).get(job.sourceKey), sizeBytes: job.sourceSizeBytes },
    cutPointsSeconds: await cutPoints(db, job.episodeId),
    contentKey: contentKey.value,
    settings,
    ...(dub.value && { dub: dub.value }),
  };
  return c.json(leased);
});

transcoderRoutes.post('/uploads', async (c) => {
  const request = validate(uploadRequest, await readSigned(c));
  const job = await findJob(c.var.db, request.jobId);
  if (!job || !checkLease({ ...job, leaseUntilMs: job.leaseUntil }, request).ok)
    return problemResponse({ code: 'lease-lost' });
  const version = request.part === 'playable' ? job.playableVersion : job.version;
  if (version === null)
    return problemResponse({ code: 'invalid-request', detail: 'part: nothing of this job is published early.' });
  const presigner = createPresigner(c.env);
  const grant: UploadGrant = {
    uploads: await Promise.all(
      request.objects.map(async ({ path, contentType }) => {
        const { url, headers } = await presigner.put(`a/${job.assetId}/${version}/${path}`);
        return { path, url, headers: { 'Content-Type': contentType, ...headers } };
      }),
    ),
  };
  return c.json(grant);
});

transcoderRoutes.post('/events', async (c) => {
  const event = validate(transcodeEvent, await readSigned(c, MAX_TRANSCODE_EVENT_BYTES));
  const { db, nowMs } = c.var;
  const webhookId = c.req.header('webhook-id') ?? '';
  // A redelivery of what was applied is a success: the sender may have lost our answer. If we died before the id was
  // remembered, it is told that the lease is gone; it stops, and what it reported stands.
  const workplace = workplaceOf(c);
  const { leaseSeconds } = workplace;
  const outcome = (await wasReceived(db, webhookId)) ? 'duplicate' : await applyEvent(workplace, event);
  if (event.type === 'transcode.completed' || event.type === 'transcode.playable') forgetCatalogue();
  if (outcome === 'stale') return problemResponse({ code: 'lease-lost' });
  await rememberWebhook(db, webhookId, nowMs);
  const receipt: EventReceipt = { outcome, leaseSeconds };
  return c.json(receipt);
});

/**
 * Nothing is encoded without its key. While a key server is away its jobs wait, which costs them no attempt, and other jobs
 * have their turn. After hours of that each try counts, and the third ends the job. What another try cannot better fails
 * at once.
 */
async function withoutKey(c: ApiContext, job: JobRecord & { fence: string }, failure: TranscodeFailure): Promise<void> {
  const { db, nowMs } = c.var;
  if (failure.retryable && nowMs - job.createdAt < MAX_KEY_WAIT_MS) {
    log('warn', 'job_waits_for_key', { jobId: job.id, code: failure.code });
    await holdJob(db, job, { nowMs, notBefore: nowMs + retryAfterSecondsOf(c.env) * 1_000 });
    return;
  }
  if (failure.retryable && triesOf(job).attempt < MAX_ATTEMPTS) return;
  await failLeased(c, job, failure);
}

/** As if the transcoder had said so: nobody was given the job yet. */
async function failLeased(c: ApiContext, job: JobRecord & { fence: string }, failure: TranscodeFailure): Promise<void> {
  const { nowMs } = c.var;
  const proof = { jobId: job.id, attempt: job.attempt, fence: job.fence };
  const data = { ...proof, failure: { ...failure, retryable: false } };
  const event = { type: 'transcode.failed', timestamp: new Date(nowMs).toISOString(), data } as const;
  await applyEvent(workplaceOf(c), event);
}

function workplaceOf(c: ApiContext): Workplace {
  const { db, nowMs } = c.var;
  const deliver = (eventIds: readonly string[]): void => deliverSoon(c, eventIds);
  const times = { leaseSeconds: leaseSecondsOf(c.env), retryAfterSeconds: retryAfterSecondsOf(c.env) };
  return { db, media: c.env.MEDIA, masterSecret: c.env.MASTER_SECRET, nowMs, ...times, deliver };
}

const HOW_TO_SIGN =
  'Sign the body as Standard Webhooks prescribes, with the transcoder’s secret and a clock that is right.';

function readSigned(c: ApiContext, maxBytes?: number): Promise<unknown> {
  return readSignedJson(c, [c.env.TRANSCODER_WEBHOOK_SECRET], HOW_TO_SIGN, maxBytes);
}

/** The end of the preview as the policy has it now, so that a segment ends exactly there. */
async function cutPoints(db: Db, episodeId: string): Promise<number[]> {
  const view = await findEpisode(db, episodeId);
  if (!view) return [];
  const { seriesId, seasonId } = view.episode;
  const [series, season, episode] = await Promise.all([
    loadPolicy(db, 'series', seriesId),
    seasonId === null ? null : loadPolicy(db, 'season', seasonId),
    loadPolicy(db, 'episode', episodeId),
  ]);
  const level = (stored: Awaited<ReturnType<typeof loadPolicy>>) => (stored ? policyFromStored(stored.policy) : null);
  const { previewSeconds } = resolvePolicy({ series: level(series), season: level(season), episode: level(episode) });
  return previewSeconds === undefined || previewSeconds === 0 ? [] : [previewSeconds];
}
