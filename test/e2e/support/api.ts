import type { Ready } from '../../../scripts/start/ready-file.ts';

/** An app backend's view of the platform: its HTTP API, with the key that `npm start` wrote down. */
export class Backend {
  readonly #ready: Ready;

  constructor(ready: Ready) {
    this.#ready = ready;
  }

  async json<T>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<T> {
    const response = await this.send(method, path, body === undefined ? undefined : JSON.stringify(body), {
      'Content-Type': 'application/json',
      ...headers,
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return JSON.parse(text) as T;
  }

  send(
    method: string,
    path: string,
    body?: string | Uint8Array<ArrayBuffer>,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const init = { method, headers: { Authorization: `Bearer ${this.#ready.apiKey}`, ...headers } };
    return fetch(this.#ready.edge + path, body === undefined ? init : { ...init, body });
  }

  async viewerToken(viewerId: string): Promise<string> {
    return (await this.json<{ token: string }>('POST', '/v1/viewer-tokens', { viewerId })).token;
  }
}
