/** One request whose body is read as it arrives. Every byte of media that the player fetches comes through here. */
import type { Bandwidth } from '../bandwidth.ts';
import { MAX_RETRY_AFTER_MS } from '../limits.ts';

export interface BodyRequest {
  readonly url: string;
  readonly priority: 'high' | 'auto' | 'low';
  readonly signal: AbortSignal;
  readonly bandwidth: Bandwidth;
  readonly range?: string;
  /** Until the answer says how long it is. */
  readonly expectedBytes?: number;
}

export type BodyEnd =
  | { readonly kind: 'whole' }
  | { readonly kind: 'refused'; readonly status: number; readonly retryAfterMs: number | null }
  | { readonly kind: 'lost' };

export interface BodyReader {
  readonly onHead: (sizeBytes: number | null, status: number) => void;
  readonly onBytes: (bytes: Uint8Array<ArrayBuffer>, nowMs: number) => void;
}

/** Never rejects: no answer is `lost`, as is an answer that breaks off. */
export async function readBody(request: BodyRequest, { onHead, onBytes }: BodyReader): Promise<BodyEnd> {
  const { bandwidth } = request;
  const expected = bandwidth.underWay.begin(request.expectedBytes ?? 0);
  let counted = false;
  const askedMs = performance.now();
  try {
    // No header beyond a simple Range: a cross-origin request must not wait for a preflight.
    const headers = request.range === undefined ? {} : { range: request.range };
    const init: RequestInit = { signal: request.signal, priority: request.priority, headers };
    const response = await fetch(request.url, init);
    if (!response.ok || response.body === null) {
      void response.body?.cancel();
      return { kind: 'refused', status: response.status, retryAfterMs: retryAfterMs(response) };
    }
    const length = Number(response.headers.get('content-length'));
    if (length > 0) expected.sizeBytes = length;
    bandwidth.answered(performance.now() - askedMs);
    onHead(length > 0 ? length : null, response.status);
    const reader = response.body.getReader();
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      const nowMs = performance.now();
      if (counted) bandwidth.add(read.value.byteLength, nowMs);
      else bandwidth.begin(nowMs);
      counted = true;
      expected.receivedBytes += read.value.byteLength;
      onBytes(read.value, nowMs);
    }
    return { kind: 'whole' };
  } catch {
    return { kind: 'lost' };
  } finally {
    bandwidth.underWay.end(expected);
    if (counted) bandwidth.end(performance.now());
  }
}

/** Seconds or a date, as the header has it; no more than a viewer would wait. @see RFC 9110, 10.2.3 */
export function retryAfterMs({ headers }: Response): number | null {
  const text = headers.get('retry-after');
  if (text === null) return null;
  const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - Date.now();
  return Number.isFinite(ms) ? Math.min(Math.max(0, ms), MAX_RETRY_AFTER_MS) : null;
}
