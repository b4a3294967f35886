import { open } from 'node:fs/promises';
import { err, ok, type Result } from '#core/result.ts';
import { describeCause } from './edge-client.ts';
import type { JobFailure } from './failure.ts';
import { DOWNLOAD_ATTEMPTS, DOWNLOAD_IDLE_TIMEOUT_MS, MAX_SOURCE_BYTES } from './limits.ts';
import { withRetries } from './retry.ts';

export interface DownloadRequest {
  readonly url: string;
  /** As the edge recorded it; anything else is not the file that was uploaded. */
  readonly sizeBytes: number;
  readonly targetFile: string;
  readonly signal: AbortSignal;
  readonly onProgress: (share: number) => void;
  /** For tests; `limits.ts` otherwise. */
  readonly maxBytes?: number;
}

type DownloadFailure = Extract<JobFailure, { reason: 'source-too-large' | 'source-empty' | 'source-download-failed' }>;

/** Fetches the source to a file of our own: ffmpeg is never given a URL, so it needs no network at all. */
export async function downloadSource(request: DownloadRequest): Promise<Result<void, DownloadFailure>> {
  const { sizeBytes, signal, maxBytes = MAX_SOURCE_BYTES } = request;
  if (sizeBytes > maxBytes) return err({ reason: 'source-too-large', sizeBytes, maxBytes });
  if (sizeBytes === 0) return err({ reason: 'source-empty' });
  return withRetries<void, DownloadFailure>({ attempts: DOWNLOAD_ATTEMPTS, signal, isFinal: () => false }, () =>
    tryDownload(request),
  );
}

async function tryDownload(request: DownloadRequest): Promise<Result<void, DownloadFailure>> {
  const idle = new AbortController();
  const signal = AbortSignal.any([request.signal, idle.signal]);
  let idleTimer = setTimeout(() => idle.abort(), DOWNLOAD_IDLE_TIMEOUT_MS);
  const file = await open(request.targetFile, 'w', 0o600);
  try {
    const response = await fetch(request.url, { signal });
    if (!response.ok || response.body === null) return failed(`HTTP ${response.status}`);
    let received = 0;
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      clearTimeout(idleTimer);
      idleTimer = setTimeout(() => idle.abort(), DOWNLOAD_IDLE_TIMEOUT_MS);
      received += chunk.length;
      // Never more on our disk than was announced, whatever the other side sends.
      if (received > request.sizeBytes) return failed(`more than the announced ${request.sizeBytes} bytes came`);
      await file.write(chunk);
      request.onProgress(received / request.sizeBytes);
    }
    return received === request.sizeBytes ? ok(undefined) : failed(`${received} of ${request.sizeBytes} bytes came`);
  } catch (cause) {
    return failed(idle.signal.aborted ? `no data for ${DOWNLOAD_IDLE_TIMEOUT_MS / 1000} s` : describeCause(cause));
  } finally {
    clearTimeout(idleTimer);
    await file.close();
  }
}

function failed(evidence: string): Result<never, DownloadFailure> {
  return err({ reason: 'source-download-failed', evidence });
}
