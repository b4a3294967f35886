/** What a test of the `workers` project needs to talk to the edge as one of its callers. */
import { inject } from 'vitest';
import type { PlatformSecrets } from '../../scripts/platform/secrets.ts';
import { asBrowser } from './as-browser.ts';
import { askControl } from './control.ts';

/** `http://127.0.0.1:<port>` of the platform that this project runs. */
export function edgeOrigin(): string {
  return inject('edgeOrigin');
}

/** All secrets of that platform: the root API key, and what a test needs to sign as the transcoder. */
export function platformSecrets(): PlatformSecrets {
  return inject('platformSecrets');
}

/** A request as it is: no key, no token. */
export function edgeFetch(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${edgeOrigin()}${path}`, asBrowser(init));
}

/** A request of the operator, with the root API key. A `json` body is sent as JSON. */
export function apiFetch(path: string, init: RequestInit & { json?: unknown } = {}): Promise<Response> {
  const { json, ...rest } = init;
  const headers = new Headers(rest.headers);
  if (!headers.has('authorization')) headers.set('authorization', `Bearer ${platformSecrets().apiKey}`);
  if (json === undefined) return edgeFetch(path, { ...rest, headers });
  headers.set('content-type', 'application/json');
  return edgeFetch(path, { method: 'POST', ...rest, headers, body: JSON.stringify(json) });
}

/** Runs the cron trigger now, as the platform does every minute. */
export async function runScheduled(): Promise<void> {
  await askControl(inject('controlOrigin'), 'scheduled');
}
