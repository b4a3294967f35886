/** Between a transcoder and the edge: a test sees each call, may hold it, and act before or after it is answered. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SeenCall {
  /** `leases`, `uploads`, or the type of the event. */
  readonly what: string;
  readonly stage: string | null;
  /** The worker's attempt; 0 for a lease request. */
  readonly attempt: number;
}

export interface EdgeProxy {
  readonly url: string;
  /** Called with each call before it goes on; while the promise is pending the call is held. */
  before: (call: SeenCall) => Promise<void> | void;
  /** Called when the edge has answered and the transcoder has not heard it yet. */
  after: (call: SeenCall, status: number, body: string) => Promise<void> | void;
  /** Resolves when the edge has no call before it: what is held is not there yet. */
  answered(): Promise<void>;
  close(): Promise<void>;
}

export async function startEdgeProxy(edgeOrigin: string): Promise<EdgeProxy> {
  const underWay = new Set<Promise<Response>>();
  const server = createServer((request, response) => {
    void (async () => {
      const text = await readText(request);
      const call = seen(request.url ?? '', text);
      await proxy.before(call);
      const headers = Object.fromEntries(
        Object.entries(request.headers).filter(([name]) => name === 'content-type' || name.startsWith('webhook-')),
      ) as Record<string, string>;
      const asking = fetch(edgeOrigin + request.url, { method: 'POST', headers, body: text });
      underWay.add(asking);
      const answer = await asking.finally(() => underWay.delete(asking));
      const body = await answer.text();
      await proxy.after(call, answer.status, body);
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(body === '' ? undefined : body);
    })().catch(() => response.destroy());
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const proxy: EdgeProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    before: () => undefined,
    after: () => undefined,
    async answered() {
      await Promise.allSettled(underWay);
    },
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
  return proxy;
}

function seen(url: string, text: string): SeenCall {
  const body = JSON.parse(text) as { type?: string; attempt?: number; data?: { stage?: string; attempt?: number } };
  const what = body.type ?? url.slice(url.lastIndexOf('/') + 1);
  return { what, stage: body.data?.stage ?? null, attempt: body.data?.attempt ?? body.attempt ?? 0 };
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
