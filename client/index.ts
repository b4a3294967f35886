/**
 * The API's client: typed by the OpenAPI document, without a dependency, for Node, Workers and browsers.
 *
 *     const cliffhanger = new Cliffhanger({ origin, apiKey });
 *     const series = await cliffhanger.call('POST /v1/series', { body: { slug: 'demo', title: 'Demo' } });
 */
import { TAKES_IDEMPOTENCY_KEY, type Calls, type Problem, type Upload } from './api.ts';
import type { CliffhangerError } from './problem.ts';
import { errorOf } from './problem.ts';
import { waitAfter, waitAfterFailure, type Attempt } from './retry.ts';

export type * from './api.ts';
export { CliffhangerError } from './problem.ts';

export interface ClientOptions {
  /** `https://drama.example.com` */
  readonly origin: string;
  /** An operator's key; or the token of a viewer. */
  readonly apiKey?: string;
  readonly token?: string;
  readonly fetch?: typeof fetch;
}

export interface CallOptions {
  /** One is made where a call takes one; name your own to repeat a call after a restart. */
  readonly idempotencyKey?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export type Outcome<T> =
  | { readonly ok: true; readonly value: T; readonly status: number; readonly headers: Headers }
  | { readonly ok: false; readonly problem: Problem; readonly error: CliffhangerError };

interface AnyRequest extends CallOptions {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
}

type Arguments<C extends keyof Calls> =
  Record<never, never> extends Calls[C]['request']
    ? [request?: Calls[C]['request'] & CallOptions]
    : [request: Calls[C]['request'] & CallOptions];

export class Cliffhanger {
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = { ...options, origin: options.origin.replace(/\/+$/, '') };
  }

  /** The answer; a refusal is thrown as a CliffhangerError. */
  async call<C extends keyof Calls>(call: C, ...[request]: Arguments<C>): Promise<Calls[C]['answer']> {
    const outcome = await this.send(call, request ?? {});
    if (!outcome.ok) throw outcome.error;
    return outcome.value as Calls[C]['answer'];
  }

  /** The answer or the refusal, as a value. Only what is no answer at all is thrown. */
  async try<C extends keyof Calls>(call: C, ...[request]: Arguments<C>): Promise<Outcome<Calls[C]['answer']>> {
    return (await this.send(call, request ?? {})) as Outcome<Calls[C]['answer']>;
  }

  /** For a call that this client's version does not know. */
  async send(call: string, request: AnyRequest): Promise<Outcome<unknown>> {
    const [method = 'GET', path = ''] = call.split(' ');
    const url = this.#options.origin + fill(path, request.params) + queryText(request.query);
    const { headers, isRepeatable } = this.#headersOf(call, method, request);
    const response = await this.#fetch(url, isRepeatable, () => ({
      method,
      headers,
      ...(request.signal === undefined ? {} : { signal: request.signal }),
      ...bodyOf(request.body),
    }));
    if (!response.ok) {
      const error = await errorOf(call, response);
      return { ok: false, problem: error.problem, error };
    }
    return { ok: true, value: await valueOf(response), status: response.status, headers: response.headers };
  }

  #headersOf(call: string, method: string, request: AnyRequest) {
    const { apiKey, token } = this.#options;
    const headers = new Headers(request.headers);
    const credential = apiKey ?? token;
    if (credential !== undefined) headers.set('Authorization', `Bearer ${credential}`);
    if (request.body !== undefined)
      headers.set('Content-Type', isUpload(request.body) ? typeOf(request.body) : 'application/json');
    const key = request.idempotencyKey ?? (TAKES_IDEMPOTENCY_KEY.has(call) ? crypto.randomUUID() : undefined);
    // Once for all tries: that is what it is for.
    if (key !== undefined) headers.set('Idempotency-Key', key);
    return { headers, isRepeatable: method !== 'POST' || key !== undefined };
  }

  async #fetch(url: string, isRepeatable: boolean, init: () => RequestInit): Promise<Response> {
    const send = this.#options.fetch ?? fetch;
    for (let number = 1; ; number++) {
      const attempt: Attempt = { number, isRepeatable };
      const request = init();
      try {
        const response = await send(url, request);
        const waitMs = waitAfter(response, attempt);
        if (waitMs === null) return response;
        await response.body?.cancel();
        await sleep(waitMs, request.signal);
      } catch (error) {
        const waitMs = request.signal?.aborted === true ? null : waitAfterFailure(attempt);
        if (waitMs === null) throw error;
        await sleep(waitMs, request.signal);
      }
    }
  }
}

function fill(path: string, params: AnyRequest['params']): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = params?.[name];
    if (value === undefined || value === '') throw new TypeError(`The path ${path} needs "${name}".`);
    return encodeURIComponent(value);
  });
}

function queryText(query: AnyRequest['query'] = {}): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as [string, string]],
  );
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs).toString()}`;
}

function isUpload(body: unknown): body is Upload {
  return body instanceof Blob || typeof body === 'function';
}

function typeOf(body: Upload): string {
  return body instanceof Blob && body.type !== '' ? body.type : 'application/octet-stream';
}

/** `duplex` is what fetch wants to hear before it streams; DOM's types do not know it yet. */
function bodyOf(body: unknown): RequestInit & { duplex?: 'half' } {
  if (body === undefined) return {};
  if (!isUpload(body)) return { body: JSON.stringify(body) };
  return body instanceof Blob ? { body } : { body: body(), duplex: 'half' };
}

async function valueOf(response: Response): Promise<unknown> {
  if (response.status === 204) return undefined;
  const isJson = /^application\/json\b/.test(response.headers.get('Content-Type') ?? '');
  return isJson ? ((await response.json()) as unknown) : response;
}

function sleep(ms: number, signal: AbortSignal | null | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      signal?.removeEventListener('abort', stop);
      resolve();
    }
    function stop(): void {
      clearTimeout(timer);
      reject(signal?.reason instanceof Error ? signal.reason : new Error('aborted'));
    }
    signal?.addEventListener('abort', stop, { once: true });
  });
}
