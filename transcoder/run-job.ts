import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  JobStage,
  LeasedDub,
  LeasedJob,
  TranscodeEvent,
  TranscodeResult,
} from '#core/ingest/transcoder-protocol.ts';
import { ok, type Result } from '#core/result.ts';
import { downloadSource } from './download-source.ts';
import { addDub } from './dub/add-dub.ts';
import { downloadBase } from './dub/download-base.ts';
import { describeEdgeFailure, type EdgeClient, type EdgeFailure, leaseProof, newMessageId } from './edge-client.ts';
import { failureToWire, type JobFailure } from './failure.ts';
import { startHeartbeat } from './heartbeat.ts';
import { EVENT_ATTEMPTS, FINAL_EVENT_ATTEMPTS, GOODBYE_TIMEOUT_MS } from './limits.ts';
import type { Log } from './log.ts';
import { withRetries } from './retry.ts';
import { jobDirPrefix } from './sweep-work-dir.ts';
import type { Toolchain } from './toolchain.ts';
import { sourcePath, transcodeFile } from './transcode-file.ts';
import { uploadObjects } from './upload-objects.ts';

export interface JobContext {
  readonly edge: EdgeClient;
  readonly toolchain: Toolchain;
  readonly workDir: string;
  /** Aborted when the service is told to stop. */
  readonly shutdown: AbortSignal;
  readonly log: Log;
}

/** Shares of the progress bar: download, encode, upload. */
const ENCODE_FROM = 0.05;
const UPLOAD_FROM = 0.9;
/** Of a dub: source, version, encode and copy, upload. */
const DUB_FROM = 0.4;

/** `retryable`: it failed, and may have failed because of this machine. */
export type JobEnd = 'done' | 'retryable';

/** One leased job from download to the final event. What goes wrong is told to the edge, not thrown. */
export async function runJob(job: LeasedJob, context: JobContext): Promise<JobEnd> {
  const log: Log = (level, message, fields) =>
    context.log(level, message, { jobId: job.jobId, attempt: job.attempt, ...fields });
  const lost = new AbortController();
  const signal = AbortSignal.any([lost.signal, context.shutdown]);
  let isMade = false;
  const onLost = (): void => {
    // The final event has its own answer; a beat that it overtook is told that the job is over.
    if (isMade) return;
    log('warn', 'job lost');
    lost.abort();
  };
  const startedMs = performance.now();
  const jobDir = await mkdtemp(join(context.workDir, jobDirPrefix(process.pid)));
  const heartbeat = startHeartbeat({ edge: context.edge, job, signal, onLost });
  log('info', 'job started', { episodeId: job.episodeId, sizeBytes: job.source.sizeBytes });
  try {
    const result = await produce(job, { ...context, jobDir, signal, report: heartbeat.report, enter: heartbeat.enter });
    isMade = true;
    const event = lost.signal.aborted ? null : finalEvent(job, result);
    if (event === null) {
      log('warn', 'job dropped');
      return 'done';
    }
    if (context.shutdown.aborted) {
      await sayGoodbye(job, context);
      return 'done';
    }
    logEnd(log, event, Math.round(performance.now() - startedMs));
    const posted = await postFinal(job, event, { ...context, signal });
    if (!posted.ok) log('error', 'final event not delivered', { evidence: describeEdgeFailure(posted.error) });
    // Stopped while the edge verified: if it published all the same, it says that this is too late.
    if (!posted.ok && context.shutdown.aborted) await sayGoodbye(job, context);
    return event.type === 'transcode.failed' && event.data.failure.retryable ? 'retryable' : 'done';
  } finally {
    await heartbeat.stop();
    await rm(jobDir, { recursive: true, force: true });
  }
}

interface ProduceContext extends JobContext {
  readonly jobDir: string;
  readonly signal: AbortSignal;
  readonly report: (progress: number) => void;
  readonly enter: (stage: JobStage) => void;
}

type Produced = Result<TranscodeResult, JobFailure | { readonly reason: 'stale' }>;

async function produce(job: LeasedJob, context: ProduceContext): Promise<Produced> {
  const { jobDir, signal, report, enter, toolchain } = context;
  const sourceFile = sourcePath(jobDir);
  const outputDir = join(jobDir, 'out');
  try {
    const onProgress = (share: number): void => report(share * ENCODE_FROM);
    const downloaded = await downloadSource({ ...job.source, targetFile: sourceFile, signal, onProgress });
    if (!downloaded.ok) return downloaded;

    const onEncoded = (share: number): void => {
      enter('running');
      report(ENCODE_FROM + share * (UPLOAD_FROM - ENCODE_FROM));
    };
    const { cutPointsSeconds, contentKey, settings, dub } = job;
    if (dub !== undefined) {
      const made = await produceDub(dub, job, { ...context, sourceFile, outputDir });
      return made.ok ? await upload(job, context, made.value, outputDir) : made;
    }
    const result = await transcodeFile({
      sourceFile,
      jobDir,
      outputDir,
      cutPointsSeconds,
      contentKey,
      settings,
      toolchain,
      signal,
      onProbed: () => enter('probed'),
      onProgress: onEncoded,
      onPlayable: settings.publishPlayable ? (early, from) => publishPlayable(job, context, early, from) : undefined,
    });
    return result.ok ? await upload(job, context, result.value, outputDir) : result;
  } catch (cause) {
    const evidence = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    return { ok: false, error: { reason: 'internal-error', evidence } };
  }
}

async function upload(
  job: LeasedJob,
  { edge, signal, report, enter }: ProduceContext,
  result: TranscodeResult,
  outputDir: string,
): Promise<Produced> {
  enter('uploading');
  const { objects } = result;
  const onProgress = (share: number): void => report(UPLOAD_FROM + share * (1 - UPLOAD_FROM));
  const uploaded = await uploadObjects({ edge, proof: leaseProof(job), outputDir, objects, signal, onProgress });
  return uploaded.ok ? ok({ ...result, objects: uploaded.value }) : uploaded;
}

interface DubContext extends ProduceContext {
  readonly sourceFile: string;
  readonly outputDir: string;
}

/** The source is sound: what is stored of the picture is fetched, and copied beside it. */
async function produceDub(dub: LeasedDub, { contentKey }: LeasedJob, context: DubContext): Promise<Produced> {
  const { jobDir, signal, report, enter, toolchain, sourceFile, outputDir } = context;
  const baseDir = join(jobDir, 'base');
  const fetched = await downloadBase(dub.objects, baseDir, signal, (share) =>
    report(ENCODE_FROM + share * (DUB_FROM - ENCODE_FROM)),
  );
  if (!fetched.ok) return fetched;
  return addDub({
    ...{ dub, sourceFile, baseDir, jobDir, outputDir, contentKey, toolchain, signal },
    onProbed: () => enter('probed'),
    onProgress: (share) => {
      enter('running');
      report(DUB_FROM + share * (UPLOAD_FROM - DUB_FROM));
    },
  });
}

/** Viewers may begin with the lowest rungs. Whatever goes wrong with them, the whole ladder comes all the same. */
async function publishPlayable(
  job: LeasedJob,
  { edge, signal, log }: ProduceContext,
  result: TranscodeResult,
  outputDir: string,
): Promise<void> {
  const proof = leaseProof(job);
  const onProgress = (): void => undefined;
  const { objects } = result;
  const uploaded = await uploadObjects({ edge, proof, part: 'playable', outputDir, objects, signal, onProgress });
  if (!uploaded.ok) return log('warn', 'playable part not uploaded', { jobId: job.jobId, ...uploaded.error });
  const data = { ...proof, result: { ...result, objects: uploaded.value } };
  const posted = await postLasting(
    { type: 'transcode.playable', timestamp: new Date().toISOString(), data },
    edge,
    signal,
  );
  if (!posted.ok) log('warn', 'playable part not told', { jobId: job.jobId, ...posted.error });
}

/** Null where the edge has said that the job is another attempt's. */
function finalEvent(job: LeasedJob, produced: Produced): TranscodeEvent | null {
  if (!produced.ok) return produced.error.reason === 'stale' ? null : failedEvent(job, produced.error);
  const data = { ...leaseProof(job), result: produced.value };
  return { type: 'transcode.completed', timestamp: new Date().toISOString(), data };
}

function logEnd(log: Log, event: TranscodeEvent, elapsedMs: number): void {
  if (event.type === 'transcode.failed') log('warn', 'job failed', { elapsedMs, ...event.data.failure });
  if (event.type === 'transcode.completed') {
    log('info', 'job completed', { elapsedMs, durationSeconds: event.data.result.durationSeconds });
  }
}

function failedEvent(job: LeasedJob, failure: JobFailure): TranscodeEvent {
  const data = { ...leaseProof(job), failure: failureToWire(failure) };
  return { type: 'transcode.failed', timestamp: new Date().toISOString(), data };
}

/** A result that the edge refuses is told as a failure with its reason: else the job would end as a lost transcoder's. */
async function postFinal(
  job: LeasedJob,
  event: TranscodeEvent,
  { edge, signal }: Pick<ProduceContext, 'edge' | 'signal'>,
): Promise<Result<unknown, EdgeFailure>> {
  const posted = await postLasting(event, edge, signal, FINAL_EVENT_ATTEMPTS);
  if (posted.ok || posted.error.reason !== 'refused' || event.type !== 'transcode.completed') return posted;
  const refused = failedEvent(job, { ...posted.error, reason: 'result-refused' });
  return postLasting(refused, edge, signal, FINAL_EVENT_ATTEMPTS);
}

/** The same message again until it was heard. */
async function postLasting(
  event: TranscodeEvent,
  edge: EdgeClient,
  signal: AbortSignal,
  attempts = EVENT_ATTEMPTS,
): Promise<Result<unknown, EdgeFailure>> {
  const messageId = newMessageId();
  const isFinal = (failure: EdgeFailure): boolean => failure.reason !== 'unavailable';
  return withRetries({ attempts, signal, isFinal }, () => edge.postEvent(event, messageId, signal));
}

/** Hands the job back when the service stops, so that the next worker need not wait for the lease to run out. */
async function sayGoodbye(job: LeasedJob, context: JobContext): Promise<void> {
  const signal = AbortSignal.timeout(GOODBYE_TIMEOUT_MS);
  const told = await context.edge.postEvent(failedEvent(job, { reason: 'worker-stopped' }), newMessageId(), signal);
  if (told.ok) return context.log('info', 'job handed back', { jobId: job.jobId });
  context.log('warn', 'job not handed back', { jobId: job.jobId, evidence: describeEdgeFailure(told.error) });
}
