/** A file on its way to an episode by tus, in a form that a later run of this program can go on with. */
import { createHash } from 'node:crypto';
import { createReadStream, openAsBlob } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { CliffhangerError, type Cliffhanger, type Job, type SourceUpload } from '../client/index.ts';
import { CommandError } from './command.ts';

/** A part of the edge's own: each is durable with its answer, none waits as a tail, and Cloudflare takes bodies of 100 MB. */
const PIECE_BYTES = 8 * 1024 ** 2;

const TUS = { 'Tus-Resumable': '1.0.0' };
const PIECE_TYPE = 'application/offset+octet-stream';

/** A Worker that died holds an upload for half a minute, and for two where it was making the whole file. */
const GIVE_UP_MS = 150_000;
const MAX_WAIT_MS = 5_000;

export interface UploadedFile {
  readonly path: string;
  readonly name: string;
  readonly sizeBytes: number;
  /** Hex. */
  readonly sha256: string;
}

export type OnBytes = (bytes: number) => void;

/** Hex, read as a stream. */
export async function hashFile(path: string, onBytes: OnBytes = () => undefined): Promise<string> {
  const hash = createHash('sha256');
  let read = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 ** 2 }) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    onBytes((read += chunk.length));
  }
  return hash.digest('hex');
}

export interface Uploaded {
  readonly job: Job;
  readonly sentBytes: number;
}

/** Nothing is kept on this machine: the edge knows the upload by its episode and the file's hash. */
export async function uploadResumably(
  client: Cliffhanger,
  episode: string,
  file: UploadedFile,
  onBytes: OnBytes,
): Promise<Uploaded> {
  const blob = await openAsBlob(file.path);
  let { id, offsetBytes } = await findOrBegin(client, episode, file);
  let sentBytes = 0;
  let movedAt = Date.now();
  for (let failures = 0; offsetBytes < file.sizeBytes;) {
    onBytes(offsetBytes);
    const end = Math.min(offsetBytes + PIECE_BYTES, file.sizeBytes);
    try {
      const headers = { ...TUS, 'Upload-Offset': String(offsetBytes) };
      const body = blob.slice(offsetBytes, end, PIECE_TYPE);
      await client.call('PATCH /v1/uploads/{upload}', { params: { upload: id }, headers, body });
      sentBytes += end - offsetBytes;
      offsetBytes = end;
      [failures, movedAt] = [0, Date.now()];
    } catch (error) {
      if (!canGoOn(error) || Date.now() - movedAt > GIVE_UP_MS) throw error;
      await sleep(Math.min(MAX_WAIT_MS, 250 * 2 ** failures++));
      const stands = await findOrBegin(client, episode, file, id).catch((again: unknown) => {
        if (!canGoOn(again)) throw again;
        // Not yet: the next round asks the same bytes of the same upload.
        return null;
      });
      if (stands !== null) ({ id, offsetBytes } = stands);
    }
  }
  onBytes(file.sizeBytes);
  const { jobId } = await client.call('GET /v1/uploads/{upload}', { params: { upload: id } });
  if (jobId === null) throw new CommandError(`${file.name}: the edge has all of it and no job.`);
  return { job: await client.call('GET /v1/jobs/{job}', { params: { job: jobId } }), sentBytes };
}

async function findOrBegin(
  client: Cliffhanger,
  episode: string,
  file: UploadedFile,
  known: string | null = null,
): Promise<Pick<SourceUpload, 'id' | 'offsetBytes'>> {
  const { items } = await client.call('GET /v1/uploads', { query: { episode, sha256: file.sha256 } });
  const usable = items.filter(({ state, lengthBytes }) => state !== 'failed' && lengthBytes === file.sizeBytes);
  // One that is finished counts only where this run has begun it: another time its job may have failed.
  const found = usable.find(({ id }) => id === known) ?? usable.find(({ state }) => state === 'open');
  if (found !== undefined) return found;
  const pairs = { episodeId: episode, filename: file.name, sha256: file.sha256 };
  const metadata = Object.entries(pairs).map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`);
  const headers = { ...TUS, 'Upload-Length': String(file.sizeBytes), 'Upload-Metadata': metadata.join(',') };
  return client.call('POST /v1/uploads', { headers });
}

const PASSING = new Set([
  'upload-offset-mismatch',
  'upload-locked',
  'upload-not-found',
  'upload-expired',
  'rate-limited',
  'internal-error',
  'temporarily-unavailable',
]);

/** A connection that broke, or an edge that will be well again. */
function canGoOn(error: unknown): boolean {
  if (error instanceof CliffhangerError) return PASSING.has(error.problem.code) || error.problem.status >= 500;
  return error instanceof TypeError;
}
