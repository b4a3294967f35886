/** A client of tus 1.0.0 that can be broken off at any byte. */
import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { apiFetch, edgeOrigin, platformSecrets } from '../../support/edge.ts';

export interface TusAnswer {
  readonly status: number;
  readonly offset: number;
  readonly body: string;
}

export const TUS = { 'tus-resumable': '1.0.0' };
export const OCTETS = { ...TUS, 'content-type': 'application/offset+octet-stream' };

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export function metadata(pairs: Readonly<Record<string, string>>): string {
  return Object.entries(pairs)
    .map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`)
    .join(',');
}

export function postUpload(
  lengthBytes: number,
  pairs: Record<string, string>,
  more: RequestInit = {},
): Promise<Response> {
  const headers = { ...TUS, 'upload-length': String(lengthBytes), 'upload-metadata': metadata(pairs), ...more.headers };
  return apiFetch('/v1/uploads', { method: 'POST', ...more, headers });
}

/** The path of a new upload. */
export async function createUpload(lengthBytes: number, pairs: Record<string, string>): Promise<string> {
  const answer = await postUpload(lengthBytes, pairs);
  const body = await answer.text();
  if (answer.status !== 201) throw new Error(`${answer.status}: ${body}`);
  return answer.headers.get('location') ?? '';
}

/** What HEAD says is durable. */
export async function offsetOf(path: string): Promise<number> {
  const answer = await apiFetch(path, { method: 'HEAD', headers: TUS });
  if (answer.status !== 200) throw new Error(`HEAD answered ${answer.status}`);
  return Number(answer.headers.get('upload-offset'));
}

interface PatchOptions {
  readonly headers?: Record<string, string>;
  /** Cut the connection after so many bytes. */
  readonly breakAfter?: number;
  /** Between pieces of 64 KB. */
  readonly pauseMs?: number;
  /** The last byte is not sent before then. */
  readonly until?: Promise<unknown>;
}

/** One PATCH with all of the bytes, streamed; where it is broken off, status 0. */
export function patch(path: string, offset: number, bytes: Uint8Array, options: PatchOptions = {}): Promise<TusAnswer> {
  const { headers = {}, breakAfter = Infinity, pauseMs = 0, until } = options;
  return new Promise((resolve, reject) => {
    const auth = { authorization: `Bearer ${platformSecrets().apiKey}` };
    const all = { ...OCTETS, ...auth, 'upload-offset': String(offset), 'content-length': bytes.length, ...headers };
    const sent = request(`${edgeOrigin()}${path}`, { method: 'PATCH', headers: all }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, offset: Number(response.headers['upload-offset']), body }),
      );
    });
    sent.on('error', (error) =>
      breakAfter === Infinity ? reject(error) : resolve({ status: 0, offset: 0, body: '' }),
    );
    void (async () => {
      const early = until === undefined ? bytes : bytes.subarray(0, -1);
      for (let from = 0; from < early.length; from += 65_536) {
        if (from >= breakAfter) return sent.destroy();
        await new Promise((written) => sent.write(early.subarray(from, from + 65_536), written));
        if (pauseMs > 0) await new Promise((passed) => setTimeout(passed, pauseMs));
      }
      await until;
      return sent.end(bytes.subarray(early.length));
    })();
  });
}
