import { MAX_PULL_REDIRECTS, MAX_SOURCE_BYTES, PULL_ANSWER_MS } from '#core/ingest/limits.ts';
import { checkPublicUrl } from '#core/net/public-url.ts';
import { err, ok, type Result } from '#core/result.ts';
import { reasonOf } from '#shared/log.ts';
import { withTimeLimit } from '#shared/time-limit.ts';

export interface PullFailure {
  readonly code: 'source-unreachable' | 'source-too-large' | 'source-url-refused' | 'source-empty';
  readonly detail: string;
  /** Another try could end otherwise. */
  readonly isRetryable: boolean;
}

export interface OpenedSource {
  readonly body: ReadableStream<Uint8Array>;
  /** The byte of the file at which the body begins. */
  readonly startsAtBytes: number;
  /** Of the whole file; null where the server does not say. */
  readonly lengthBytes: number | null;
  /** A strong ETag, by which the rest of the same file can be asked for. */
  readonly validator: string | null;
}

export interface SourceRequest {
  readonly url: string;
  readonly allowLoopback: boolean;
  /** What is here already, and of which file. */
  readonly offsetBytes: number;
  readonly validator: string | null;
}

/** Asks a server that somebody else chose. Each hop is checked as the first, so a redirect leads nowhere that a caller could not name. */
export async function openSource(request: SourceRequest): Promise<Result<OpenedSource, PullFailure>> {
  let { url } = request;
  for (let hop = 0; hop <= MAX_PULL_REDIRECTS; hop++) {
    const allowed = checkPublicUrl(url, { allowLoopback: request.allowLoopback });
    if (!allowed.ok) {
      const detail =
        hop === 0 ? `url: ${allowed.error}` : `The server redirects to a URL that is not asked: ${allowed.error}.`;
      return err({ code: 'source-url-refused', detail, isRetryable: false });
    }
    const asked = await ask(allowed.value, request);
    if (!asked.ok) return asked;
    const response = asked.value;
    const location = response.status >= 300 && response.status < 400 ? response.headers.get('Location') : null;
    if (location === null) return readAnswer(response, request);
    await response.body?.cancel();
    url = resolve(location, url);
  }
  const detail = `The server redirects more than ${MAX_PULL_REDIRECTS} times.`;
  return err({ code: 'source-url-refused', detail, isRetryable: false });
}

async function ask(url: string, { offsetBytes, validator }: SourceRequest): Promise<Result<Response, PullFailure>> {
  // No encoding: ranges and lengths must be of the file itself.
  const headers = new Headers({ Accept: '*/*', 'Accept-Encoding': 'identity' });
  if (offsetBytes > 0 && validator !== null) {
    headers.set('Range', `bytes=${offsetBytes}-`);
    headers.set('If-Range', validator);
  }
  try {
    return ok(
      await withTimeLimit(PULL_ANSWER_MS, () => fetch(url, { headers, redirect: 'manual', cache: 'no-store' })),
    );
  } catch (thrown) {
    return err(unreachable(`The server did not answer: ${reasonOf(thrown)}.`));
  }
}

async function readAnswer(
  response: Response,
  { offsetBytes, validator: before }: SourceRequest,
): Promise<Result<OpenedSource, PullFailure>> {
  const { status, headers, body } = response;
  const range =
    status === 206 ? /^bytes (\d{1,15})-\d{1,15}\/(\d{1,15})$/.exec(headers.get('Content-Range') ?? '') : null;
  // Not every server heeds If-Range: a part of another file is no rest of this one.
  const isRest = range !== null && Number(range[1]) === offsetBytes && headers.get('ETag') === before;
  if ((status !== 200 && !isRest) || body === null) {
    await body?.cancel();
    const isFinal = status >= 400 && status < 500 && ![408, 416, 425, 429].includes(status);
    return err({ ...unreachable(`The server answered ${status}.`), isRetryable: !isFinal });
  }
  const lengthBytes = isRest ? Number(range[2]) : lengthOf(headers);
  const refused = refuseLength(lengthBytes);
  if (refused !== null) {
    await body.cancel();
    return err(refused);
  }
  const etag = headers.get('ETag');
  // What came compressed is decoded by now, and a rest by Range would count the other bytes.
  const isStrong = etag?.startsWith('"') === true && etag.length <= 200 && !headers.has('Content-Encoding');
  const validator = isStrong ? etag : null;
  return ok({ body, startsAtBytes: isRest ? offsetBytes : 0, lengthBytes, validator });
}

function lengthOf(headers: Headers): number | null {
  const length = headers.get('Content-Length');
  return length === null || headers.has('Content-Encoding') ? null : Number(length);
}

function refuseLength(lengthBytes: number | null): PullFailure | null {
  if (lengthBytes === 0) return SOURCE_EMPTY;
  return lengthBytes !== null && lengthBytes > MAX_SOURCE_BYTES ? SOURCE_TOO_LARGE : null;
}

export const SOURCE_EMPTY: PullFailure = {
  code: 'source-empty',
  detail: 'The server answered with no bytes.',
  isRetryable: false,
};

export const SOURCE_TOO_LARGE: PullFailure = {
  code: 'source-too-large',
  detail: `A source has at most ${MAX_SOURCE_BYTES} bytes.`,
  isRetryable: false,
};

export function unreachable(detail: string): PullFailure {
  return { code: 'source-unreachable', detail, isRetryable: true };
}

/** What cannot be resolved is refused by the check that comes next. */
function resolve(location: string, base: string): string {
  try {
    return new URL(location, base).href;
  } catch {
    return '';
  }
}
