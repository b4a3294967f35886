/** An operator's backend: a real HTTP server that verifies what comes with Node's own crypto, not with our library. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly path: string;
  readonly id: string;
  readonly timestamp: string;
  readonly signatures: readonly string[];
  readonly contentType: string;
  readonly body: string;
  readonly atMs: number;
}

/** What the server answers on a path; the n-th call (from 0) may be answered otherwise. */
export type Answer = (call: number, response: ServerResponse) => void;

export interface Receiver {
  readonly origin: string;
  readonly received: readonly Received[];
  answer(path: string, answer: Answer): void;
  of(path: string): Received[];
  stop(): Promise<void>;
}

export const status =
  (code: number): Answer =>
  (_call, response) =>
    void response.writeHead(code).end();

/** 500 until the n-th call, then 204. */
export const failsBefore =
  (n: number): Answer =>
  (call, response) =>
    void response.writeHead(call < n ? 500 : 204).end();

export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  const answers = new Map<string, Answer>();
  const server = createServer((request, response) => {
    readBody(request).then(
      (body) => {
        const path = request.url ?? '';
        const calls = received.filter((each) => each.path === path).length;
        received.push(toReceived(request, path, body));
        (answers.get(path) ?? status(204))(calls, response);
      },
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    answer: (path, answer) => void answers.set(path, answer),
    of: (path) => received.filter((each) => each.path === path),
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** @see Standard Webhooks 1.0.0: HMAC-SHA256 of `id.timestamp.body` under the base64 behind `whsec_` */
export function isSigned({ id, timestamp, signatures, body, atMs }: Received, secret: string): boolean {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest();
  if (!/^[0-9]{10}$/.test(timestamp) || Math.abs(atMs / 1_000 - Number(timestamp)) > 300) return false;
  return signatures.some((signature) => {
    const [version, value = ''] = signature.split(',');
    const bytes = Buffer.from(value, 'base64');
    return version === 'v1' && bytes.length === expected.length && timingSafeEqual(bytes, expected);
  });
}

function toReceived({ headers }: IncomingMessage, path: string, body: string): Received {
  return {
    path,
    id: String(headers['webhook-id']),
    timestamp: String(headers['webhook-timestamp']),
    signatures: String(headers['webhook-signature']).split(' '),
    contentType: String(headers['content-type']),
    body,
    atMs: Date.now(),
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
