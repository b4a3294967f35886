import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LeaseProof, ReportedObject, UploadGrant } from '#core/ingest/transcoder-protocol.ts';
import { err, ok, type Result } from '#core/result.ts';
import { describeCause, describeEdgeFailure, type EdgeClient, type EdgeFailure } from './edge-client.ts';
import {
  EVENT_ATTEMPTS,
  UPLOAD_ATTEMPTS,
  UPLOAD_GRANT_OBJECTS,
  UPLOAD_PARALLELISM,
  UPLOAD_TIMEOUT_MS,
} from './limits.ts';
import type { PackagedObject } from './package/folder.ts';
import { withRetries } from './retry.ts';
import { contentType } from './transcode-file.ts';

export interface UploadObjectsRequest {
  readonly edge: EdgeClient;
  readonly proof: LeaseProof;
  readonly outputDir: string;
  /** Where the edge puts what is published before the rest. */
  readonly part?: 'playable' | undefined;
  readonly objects: readonly PackagedObject[];
  readonly signal: AbortSignal;
  readonly onProgress: (share: number) => void;
}

export type UploadFailure =
  | { readonly reason: 'stale' }
  | { readonly reason: 'upload-failed'; readonly evidence: string }
  | { readonly reason: 'result-refused'; readonly status: number; readonly evidence: string };

/**
 * Puts every object to its presigned URL, a few at a time; a batch is granted only when it is about to be sent. Answers
 * the objects with the hash of what was sent, which the edge compares with the bucket's own.
 */
export async function uploadObjects(
  request: UploadObjectsRequest,
): Promise<Result<readonly ReportedObject[], UploadFailure>> {
  const { objects } = request;
  const md5s = new Map<string, string>();
  for (let first = 0; first < objects.length; first += UPLOAD_GRANT_OBJECTS) {
    const batch = objects.slice(first, first + UPLOAD_GRANT_OBJECTS);
    const grant = await grantFor(request, batch);
    if (!grant.ok) return grant;
    const uploaded = await putBatch(request, batch, grant.value, (path, md5) => {
      md5s.set(path, md5);
      request.onProgress(md5s.size / objects.length);
    });
    if (!uploaded.ok) return uploaded;
  }
  return ok(objects.map(({ path, sizeBytes }) => ({ path, sizeBytes, md5: md5s.get(path) })));
}

async function grantFor(
  request: UploadObjectsRequest,
  batch: readonly PackagedObject[],
): Promise<Result<UploadGrant, UploadFailure>> {
  const { edge, proof, part, signal } = request;
  const objects = batch.map(({ path, sizeBytes }) => ({ path, sizeBytes, contentType: contentType(path) }));
  const isFinal = (failure: EdgeFailure): boolean => failure.reason !== 'unavailable';
  const grant = await withRetries({ attempts: EVENT_ATTEMPTS, signal, isFinal }, () =>
    edge.requestUploads({ ...proof, ...(part && { part }), objects }, signal),
  );
  if (grant.ok) return grant;
  if (grant.error.reason === 'stale') return err({ reason: 'stale' });
  if (grant.error.reason === 'refused') return err({ ...grant.error, reason: 'result-refused' });
  return err({ reason: 'upload-failed', evidence: describeEdgeFailure(grant.error) });
}

/** A fixed number of lanes take objects from one queue; the first failure empties it. */
async function putBatch(
  request: UploadObjectsRequest,
  batch: readonly PackagedObject[],
  grant: UploadGrant,
  onDone: (path: string, md5: string) => void,
): Promise<Result<void, UploadFailure>> {
  const targets = new Map(grant.uploads.map((upload) => [upload.path, upload]));
  const queue = [...batch];
  let failure: UploadFailure | null = null;
  const lane = async (): Promise<void> => {
    for (let object = queue.shift(); object !== undefined; object = queue.shift()) {
      const result = await putObject(request, object, targets.get(object.path));
      if (result.ok) onDone(object.path, result.value);
      else {
        failure ??= result.error;
        queue.length = 0;
      }
    }
  };
  await Promise.all(Array.from({ length: UPLOAD_PARALLELISM }, lane));
  return failure === null ? ok(undefined) : err(failure);
}

type UploadTarget = UploadGrant['uploads'][number];

async function putObject(
  request: UploadObjectsRequest,
  object: PackagedObject,
  granted: UploadTarget | undefined,
): Promise<Result<string, UploadFailure>> {
  const body = await readFile(join(request.outputDir, object.path));
  const md5 = createHash('md5').update(body).digest();
  let target = granted;
  const { signal } = request;
  const isFinal = (failure: UploadFailure): boolean => failure.reason !== 'upload-failed';
  return withRetries({ attempts: UPLOAD_ATTEMPTS, signal, isFinal }, async () => {
    if (target === undefined) {
      const grant = await grantFor(request, [object]);
      if (!grant.ok) return grant;
      target = grant.value.uploads.find((upload) => upload.path === object.path);
      if (target === undefined)
        return err({ reason: 'upload-failed', evidence: `no URL was granted for ${object.path}` });
    }
    const put = await putOnce(target, body, md5, signal);
    // 403: the URL has expired in a long queue. The next try asks for another.
    if (!put.ok && put.error.expired) target = undefined;
    return put.ok
      ? ok(md5.toString('hex'))
      : err({ reason: 'upload-failed', evidence: `${object.path}: ${put.error.evidence}` });
  });
}

async function putOnce(
  target: UploadTarget,
  body: Buffer,
  md5: Buffer,
  signal: AbortSignal,
): Promise<Result<void, { readonly evidence: string; readonly expired: boolean }>> {
  try {
    const response = await fetch(target.url, {
      method: 'PUT',
      // What was damaged on the way is refused, and sent again.
      headers: { ...target.headers, 'Content-MD5': md5.toString('base64') },
      body: new Uint8Array(body),
      signal: AbortSignal.any([signal, AbortSignal.timeout(UPLOAD_TIMEOUT_MS)]),
    });
    const text = await response.text();
    // 412: it is there, by an earlier try whose answer was lost. Its bytes are compared with ours before anybody sees them.
    if (response.ok || response.status === 412) return ok(undefined);
    return err({ evidence: `HTTP ${response.status} ${text.slice(0, 200)}`, expired: response.status === 403 });
  } catch (cause) {
    return err({ evidence: describeCause(cause), expired: false });
  }
}
