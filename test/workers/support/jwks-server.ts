/** A backend that publishes its keys, on this machine: what it names, how it answers, and how often it was asked. */
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BackendKey } from './tokens.ts';

export interface JwksServer {
  readonly url: string;
  asked: number;
  /** What it answers; a backend that is well answers its keys. */
  answer: (response: ServerResponse) => void;
  /** Answers with these keys from now on. */
  publish(keys: readonly object[]): void;
  stop(): Promise<void>;
}

export async function startJwksServer(): Promise<JwksServer> {
  const server = createServer((_request, response) => {
    backend.asked++;
    backend.answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const backend: JwksServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`,
    asked: 0,
    answer: (response) => response.writeHead(500).end(),
    publish: (keys) => {
      backend.answer = (response) => sendJson(response, JSON.stringify({ keys }));
    },
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return backend;
}

export function sendJson(response: ServerResponse, body: string, type = 'application/json'): void {
  response.writeHead(200, { 'content-type': type }).end(body);
}

/** A pair that a backend made for itself. */
export function ownPair(): BackendKey {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const kid = `own-${randomUUID()}`;
  const [jwk, privateJwk] = [pair.publicKey, pair.privateKey].map((key) => ({ ...key.export({ format: 'jwk' }), kid }));
  return { kid, jwk: jwk ?? {}, privateJwk: privateJwk ?? {} };
}
