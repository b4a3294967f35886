import { makeSecrets, type PlatformSecrets } from '../../../scripts/platform/secrets.ts';
/**
 * Stands in for test/support/edge.ts in a test file that runs a platform of its own:
 * `vi.mock('../../support/edge.ts', () => import('../support/own-edge.ts'))`, then `ownEdge.origin = platform.origin`.
 */
import { asBrowser } from '../../support/as-browser.ts';

export const ownEdge: { origin: string; readonly secrets: PlatformSecrets } = {
  origin: '',
  secrets: makeSecrets('local'),
};

export function edgeOrigin(): string {
  return ownEdge.origin;
}

export function platformSecrets(): PlatformSecrets {
  return ownEdge.secrets;
}

export function edgeFetch(at: string, init: RequestInit = {}): Promise<Response> {
  return fetch(ownEdge.origin + at, asBrowser(init));
}

export function apiFetch(at: string, { json, ...init }: RequestInit & { json?: unknown } = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set('authorization', `Bearer ${ownEdge.secrets.apiKey}`);
  if (json === undefined) return edgeFetch(at, { ...init, headers });
  headers.set('content-type', 'application/json');
  return edgeFetch(at, { method: 'POST', ...init, headers, body: JSON.stringify(json) });
}
