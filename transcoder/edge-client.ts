import { randomUUID } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import type {
  EventReceipt,
  LeasedJob,
  LeaseRequest,
  LeaseProof,
  TranscodeEvent,
  UploadGrant,
  UploadRequest,
} from '#core/ingest/transcoder-protocol.ts';
import { err, ok, type Result } from '#core/result.ts';
import { parseGrant, parseLeasedJob, parseLeaseProof, parseReceipt } from './edge-answers.ts';
import { failureToWire } from './failure.ts';
import { COMPLETED_TIMEOUT_MS, EDGE_CALL_TIMEOUT_MS, MAX_EDGE_ANSWER_BYTES } from './limits.ts';

export type EdgeFailure =
  /** Another attempt owns the job. */
  | { readonly reason: 'stale' }
  /** No answer, or one that another try may better: 5xx, 408, 429. */
  | { readonly reason: 'unavailable'; readonly evidence: string }
  /** The edge understood and said no: trying again cannot help. */
  | { readonly reason: 'refused'; readonly status: number; readonly evidence: string }
  /** A lease from a newer edge. The job was handed back for a newer transcoder to take. */
  | { readonly reason: 'not-understood'; readonly evidence: string };

export interface EdgeClient {
  /** Null when nothing is queued. */
  lease(workerId: string, signal: AbortSignal): Promise<Result<LeasedJob | null, EdgeFailure>>;
  requestUploads(request: UploadRequest, signal: AbortSignal): Promise<Result<UploadGrant, EdgeFailure>>;
  /** `messageId` stays the same when an event is sent again, so that the edge can tell a repetition. */
  postEvent(event: TranscodeEvent, messageId: string, signal: AbortSignal): Promise<Result<EventReceipt, EdgeFailure>>;
}

/** Signs every call as Standard Webhooks 1.0 has it; the transcoder has no other credential and opens no port. */
export function createEdgeClient(edgeUrl: string, webhookSecret: string): EdgeClient {
  const webhook = new Webhook(webhookSecret);

  const post = async (
    path: string,
    body: unknown,
    messageId: string,
    signal: AbortSignal,
    timeoutMs = EDGE_CALL_TIMEOUT_MS,
  ): Promise<Result<unknown, EdgeFailure>> => {
    const text = JSON.stringify(body);
    const now = new Date();
    try {
      const response = await fetch(`${edgeUrl}/v1/transcoder/${path}`, {
        method: 'POST',
        redirect: 'error',
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
        headers: {
          'content-type': 'application/json',
          'webhook-id': messageId,
          'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
          'webhook-signature': webhook.sign(messageId, now, text),
        },
        body: text,
      });
      return await readAnswer(response);
    } catch (cause) {
      return err({ reason: 'unavailable', evidence: describeCause(cause) });
    }
  };

  /** Held by nobody, it would lapse, and be leased here again. */
  const handBack = async (lease: unknown, signal: AbortSignal): Promise<void> => {
    const proof = parseLeaseProof(lease);
    if (proof === null) return;
    const data = { ...proof, failure: failureToWire({ reason: 'lease-not-understood' }) };
    const event: TranscodeEvent = { type: 'transcode.failed', timestamp: new Date().toISOString(), data };
    await post('events', event, newMessageId(), signal);
  };

  return {
    async lease(workerId, signal) {
      const answer = await post('leases', { workerId } satisfies LeaseRequest, newMessageId(), signal);
      if (!answer.ok || answer.value === null) return answer.ok ? ok(null) : answer;
      const job = parseLeasedJob(answer.value);
      if (job !== null) return ok(job);
      await handBack(answer.value, signal);
      return err({ reason: 'not-understood', evidence: 'the edge sent a lease that does not parse: it may be newer' });
    },
    async requestUploads(request, signal) {
      const answer = await post('uploads', request, newMessageId(), signal);
      return answer.ok ? checked(parseGrant(answer.value), 'upload grant') : answer;
    },
    async postEvent(event, messageId, signal) {
      const isVerified = event.type === 'transcode.completed' || event.type === 'transcode.playable';
      const timeoutMs = isVerified ? COMPLETED_TIMEOUT_MS : EDGE_CALL_TIMEOUT_MS;
      const answer = await post('events', event, messageId, signal, timeoutMs);
      return answer.ok ? checked(parseReceipt(answer.value), 'receipt') : answer;
    },
  };
}

export function newMessageId(): string {
  return `msg_${randomUUID()}`;
}

/** Only the three fields of the proof: a leased job carries more, and its source URL is a credential. */
export function leaseProof(job: LeaseProof): LeaseProof {
  return { jobId: job.jobId, attempt: job.attempt, fence: job.fence };
}

export function describeEdgeFailure(failure: EdgeFailure): string {
  switch (failure.reason) {
    case 'stale':
      return 'another attempt owns the job';
    case 'unavailable':
    case 'not-understood':
      return failure.evidence;
    case 'refused':
      return `HTTP ${failure.status}: ${failure.evidence}`;
  }
}

/** `fetch failed` says nothing; its cause does. */
export function describeCause(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const inner = cause.cause instanceof Error ? `: ${cause.cause.message}` : '';
  return `${cause.name}: ${cause.message}${inner}`;
}

async function readAnswer(response: Response): Promise<Result<unknown, EdgeFailure>> {
  if (response.status === 204) return ok(null);
  const text = (await response.text()).slice(0, MAX_EDGE_ANSWER_BYTES);
  if (response.status === 409) return err({ reason: 'stale' });
  if (response.ok) return ok(JSON.parse(text));
  const evidence = text.slice(0, 300);
  const { status } = response;
  const mayPass = status >= 500 || status === 408 || status === 429;
  return err(
    mayPass
      ? { reason: 'unavailable', evidence: `HTTP ${status}: ${evidence}` }
      : { reason: 'refused', status, evidence },
  );
}

function checked<T>(value: T | null, what: string): Result<T, EdgeFailure> {
  return value === null
    ? err({ reason: 'unavailable', evidence: `the edge sent a ${what} that does not parse` })
    : ok(value);
}
