/** Lets tests, which run in other processes, ask the process that holds the platform for what HTTP to it cannot do. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Control {
  readonly origin: string;
  stop(): Promise<void>;
}

/** Each action answers `POST /<its name>` with what it returns, as JSON; one that throws answers 500 with the reason. */
export async function startControl(actions: Readonly<Record<string, () => Promise<unknown>>>): Promise<Control> {
  const server = createServer((request, response) => {
    const action = actions[(request.url ?? '').slice(1)];
    if (action === undefined) answer(response, 404, 'no such action');
    else {
      action().then(
        (value) => answer(response, 200, value ?? null),
        (error: unknown) => answer(response, 500, String(error)),
      );
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** Asks for an action from a test. */
export async function askControl(origin: string, action: string): Promise<unknown> {
  const response = await fetch(`${origin}/${action}`, { method: 'POST' });
  const value: unknown = await response.json();
  if (!response.ok) throw new Error(String(value));
  return value;
}

function answer(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}
