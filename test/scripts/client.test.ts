/** The client against a server that answers what each test says: keys, retries, refusals. */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Cliffhanger, CliffhangerError } from 'cliffhanger/client';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

let server: Server;
let seen: Seen[] = [];
/** Answered in turn; `cut` breaks the connection. The last one stands for all that follow. */
let replies: (Reply | 'cut')[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, url, headers } = request;
      seen.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
      const reply = replies.length > 1 ? replies.shift() : replies[0];
      if (reply === undefined || reply === 'cut') return void request.socket.destroy();
      const type = reply.status < 400 ? 'application/json' : 'application/problem+json';
      response.writeHead(reply.status, { 'content-type': type, ...reply.headers });
      response.end(reply.body === undefined ? '' : JSON.stringify(reply.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => void server.close());
beforeEach(() => {
  seen = [];
});

const origin = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const client = () => new Cliffhanger({ origin: `${origin()}/`, apiKey: 'sk_test' });
const problem = (status: number, code: string) => ({ type: `/errors/${code}`, title: code, status, code });
const BUSY: Reply = { status: 503, body: problem(503, 'temporarily-unavailable'), headers: { 'retry-after': '0' } };
const LIMITED: Reply = { status: 429, body: problem(429, 'rate-limited'), headers: { 'retry-after': '0' } };
const DONE: Reply = { status: 200, body: { ok: true } };

describe('a call', () => {
  test('puts its parts where they belong, escaped', async () => {
    replies = [{ status: 200, body: { items: [], nextCursor: null } }];
    await client().call('GET /v1/series/{series}/episodes', { params: { series: 'a/b' }, query: { limit: 5 } });
    expect(seen[0]).toMatchObject({ method: 'GET', url: '/v1/series/a%2Fb/episodes?limit=5' });
    expect(seen[0]?.headers.authorization).toBe('Bearer sk_test');
    expect(seen[0]?.headers['idempotency-key']).toBeUndefined();
  });

  test('refuses to leave a part of the path empty', async () => {
    await expect(client().call('GET /v1/series/{series}', { params: { series: '' } })).rejects.toThrow(
      'needs "series"',
    );
    expect(seen).toEqual([]);
  });

  test('throws a refusal, with its code, or gives it as a value', async () => {
    replies = [{ status: 404, body: { ...problem(404, 'series-not-found'), detail: 'No.', more: 1 } }];
    const refused = client().call('GET /v1/series/{series}', { params: { series: 'x' } });
    await expect(refused).rejects.toBeInstanceOf(CliffhangerError);
    await expect(refused).rejects.toMatchObject({ code: 'series-not-found', status: 404 });
    const outcome = await client().try('GET /v1/series/{series}', { params: { series: 'x' } });
    expect(outcome).toMatchObject({ ok: false, problem: { code: 'series-not-found', more: 1 } });
  });

  test('has an error for what is no problem of ours, too', async () => {
    replies = [{ status: 502, body: 'a proxy', headers: { 'content-type': 'text/html' } }];
    await expect(client().call('GET /health')).rejects.toMatchObject({ code: 'not-a-problem', status: 502 });
  });

  test('that answers nothing gives undefined', async () => {
    replies = [{ status: 204 }];
    expect(await client().call('DELETE /v1/series/{series}', { params: { series: 'x' } })).toBeUndefined();
  });
});

describe('a try that failed', () => {
  const credit = { params: { viewerId: 'v' }, body: { coins: 1, kind: 'bonus' } } as const;

  test('is made again under the same key', async () => {
    replies = [BUSY, 'cut', LIMITED, DONE];
    await client().call('POST /v1/viewers/{viewerId}/credits', credit);
    const keys = seen.map(({ headers }) => headers['idempotency-key']);
    expect(keys).toHaveLength(4);
    expect(new Set(keys).size).toBe(1);
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(new Set(seen.map(({ body }) => body))).toEqual(new Set(['{"coins":1,"kind":"bonus"}']));
  });

  test('keeps the key that its caller gave, and another call gets another', async () => {
    replies = [DONE];
    await client().call('POST /v1/viewers/{viewerId}/credits', { ...credit, idempotencyKey: 'order-1' });
    await client().call('POST /v1/viewers/{viewerId}/credits', credit);
    expect(seen[0]?.headers['idempotency-key']).toBe('order-1');
    expect(seen[1]?.headers['idempotency-key']).not.toBe('order-1');
  });

  test('of a POST without a key is not made again: nobody knows whether it was done', async () => {
    replies = [BUSY, DONE];
    await expect(client().call('POST /v1/viewer-tokens', { body: { viewerId: 'v' } })).rejects.toMatchObject({
      status: 503,
    });
    replies = ['cut'];
    await expect(client().call('POST /v1/viewer-tokens', { body: { viewerId: 'v' } })).rejects.toThrow('fetch failed');
    expect(seen).toHaveLength(2);
  });

  test('for too many requests is made again in any case: nothing was done', async () => {
    replies = [LIMITED, DONE];
    await client().call('POST /v1/viewer-tokens', { body: { viewerId: 'v' } });
    expect(seen).toHaveLength(2);
  });

  test('is not made for ever, nor after a wait that nobody would stand', async () => {
    replies = [BUSY];
    await expect(client().call('GET /health')).rejects.toMatchObject({ status: 503 });
    expect(seen).toHaveLength(4);
    replies = [{ ...LIMITED, headers: { 'retry-after': '3600' } }];
    await expect(client().call('GET /health')).rejects.toMatchObject({ status: 429 });
    expect(seen).toHaveLength(5);
  });

  test('waits as long as it is told', async () => {
    replies = [{ ...LIMITED, headers: { 'retry-after': '1' } }, DONE];
    const startedAt = performance.now();
    await client().call('GET /health');
    expect(performance.now() - startedAt).toBeGreaterThan(950);
  });

  test('waits until the date that it is told, and not for one that is far off', async () => {
    const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1_000).toUTCString();
    replies = [{ ...BUSY, headers: { 'retry-after': inSeconds(3) } }, DONE];
    const startedAt = performance.now();
    await client().call('GET /health');
    // A date has whole seconds.
    expect(performance.now() - startedAt).toBeGreaterThan(1_900);
    seen = [];
    replies = [{ ...BUSY, headers: { 'retry-after': inSeconds(3_600) } }, DONE];
    await expect(client().call('GET /health')).rejects.toMatchObject({ status: 503 });
    expect(seen).toHaveLength(1);
  });
});

test('bytes are read anew for each try', async () => {
  replies = [BUSY, { status: 202, body: { job: {} } }];
  const body = () => new Blob(['a film']).stream();
  await client().call('PUT /v1/episodes/{episode}/source', { params: { episode: 'ep' }, body });
  expect(seen.map((each) => each.body)).toEqual(['a film', 'a film']);
});
