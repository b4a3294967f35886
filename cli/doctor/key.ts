import type { Cliffhanger, Outcome } from '../../client/index.ts';
import type { Context } from '../command.ts';
import type { Finding } from './finding.ts';

/** For each scope a call that reads, of something that need not be there: only 401 and 403 say anything. */
const PROBES: Readonly<Record<string, (client: Cliffhanger) => Promise<Outcome<unknown>>>> = {
  catalog: (client) => client.try('GET /v1/series', { query: { limit: 1 } }),
  ingest: (client) => client.try('GET /v1/jobs', { query: { limit: 1 } }),
  entitlements: (client) => client.try('GET /v1/viewers/{viewerId}/wallet', { params: { viewerId: 'doctor' } }),
  tokens: (client) => client.try('GET /v1/signing-keys'),
  analytics: (client) => client.try('GET /v1/analytics/episodes/{episode}/retention', { params: { episode: 'none' } }),
  admin: (client) => client.try('GET /v1/api-keys', { query: { limit: 1 } }),
};

/** Throws where the key is none at all. */
export async function checkKey({
  client,
}: Pick<Context, 'client'>): Promise<{ scopes: string[]; findings: Finding[] }> {
  const scopes: string[] = [];
  const findings: Finding[] = [];
  for (const [scope, probe] of Object.entries(PROBES)) {
    const outcome = await probe(client);
    if (!outcome.ok && outcome.error.status === 401) throw outcome.error;
    if (!outcome.ok && outcome.error.status >= 500)
      findings.push({ check: 'api', state: 'error', detail: outcome.error.message });
    if (outcome.ok || outcome.error.status !== 403) scopes.push(scope);
  }
  return {
    scopes,
    findings: [{ check: 'key', state: 'ok', detail: `has ${scopes.join(', ') || 'no scope'}` }, ...findings],
  };
}
