/** A platform of its own with limits that a test can reach. @see security.md API-7 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { unstable_readConfig } from 'wrangler';
import { startPlatform, type Platform } from '../../../scripts/platform/index.ts';
import type { WorkerOptions } from '../../../scripts/platform/worker-options.ts';
import { apiFetch, edgeFetch } from '../../support/edge.ts';
import { chaosHeader, withChaos } from '../degradation/chaos.ts';
import { expectProblem, jsonOf, statusOf } from '../support/http.ts';
import { createSeries, publishedEpisode } from '../support/library.ts';
import { ownEdge } from '../support/own-edge.ts';
import { newViewerId, viewerToken } from '../support/tokens.ts';
import { asViewer, mediaPrefix } from '../support/viewers.ts';

vi.mock('../../support/edge.ts', () => import('../support/own-edge.ts'));

/** A window may end within a test: then twice as many pass. */
const LIMIT = 20;
const ASKED = 100;

const dataDir = mkdtempSync(path.join(tmpdir(), 'cliffhanger-limits-'));
let platform: Platform;
let episodeId = '';
let seriesId = '';
const tokens: string[] = [];
const keys: string[] = [];

/** The root key builds the library, so only the limits that the tests are about are small, and are so from the start. */
const limited = (workers: WorkerOptions[]): WorkerOptions[] =>
  withChaos(workers).map((worker) => ({
    ...worker,
    ratelimits: Object.fromEntries(
      Object.entries((worker['ratelimits'] ?? {}) as Record<string, object>).map(([binding, limiter]) => [
        binding,
        { ...limiter, simple: { limit: LIMIT, period: 10 } },
      ]),
    ),
  }));

beforeAll(async () => {
  const options = { port: 0, dataDir, secrets: ownEdge.secrets, demo: false, log: () => undefined };
  platform = await startPlatform({ ...options, adapt: limited });
  ownEdge.origin = platform.origin;
  seriesId = (await createSeries()).id;
  episodeId = (await publishedEpisode(seriesId)).id;
  for (const _ of [1, 2, 3]) tokens.push(await viewerToken(newViewerId()));
  for (const _ of [1, 2, 3]) {
    const json = { label: 'x', scopes: ['catalog', 'analytics'] };
    keys.push((await jsonOf<{ key: string }>(await apiFetch('/v1/api-keys', { json }), 201)).key);
  }
});

afterAll(async () => {
  await platform.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

const series = (key: string | undefined, headers: Record<string, string> = {}): Promise<Response> =>
  edgeFetch(`/v1/series/${seriesId}`, { headers: { authorization: `Bearer ${key}`, ...headers } });

async function statusesOf(ask: () => Promise<Response>): Promise<number[]> {
  return Promise.all(Array.from({ length: ASKED }, async () => statusOf(await ask())));
}

/** A new window may have begun. */
async function untilRefused(ask: () => Promise<Response>, tries = 2 * LIMIT): Promise<Response> {
  for (let n = 0; n < tries; n++) {
    const answer = await ask();
    if (answer.status === 429) return answer;
    await answer.arrayBuffer();
  }
  throw new Error(`${tries} requests were let through`);
}

function expectSomeRefused(statuses: readonly number[], passing: number): void {
  const passed = statuses.filter((status) => status === passing).length;
  expect(passed).toBeGreaterThanOrEqual(LIMIT);
  expect(passed).toBeLessThanOrEqual(2 * LIMIT);
  expect(statuses.filter((status) => status === 429)).toHaveLength(ASKED - passed);
}

describe('an API key that asks without a pause', () => {
  test('is slowed down, told for how long, and only it', async () => {
    const [busy, other] = keys;
    expectSomeRefused(await statusesOf(() => series(busy)), 200);
    const refused = await untilRefused(() => series(busy));
    expect(refused.headers.get('retry-after')).toBe('10');
    expect(await expectProblem(refused, 'rate-limited')).toMatchObject({ limit: 1_000, periodSeconds: 10 });
    expect(await statusOf(await series(other))).toBe(200);
  });

  test('is not stopped by a limiter that fails', async () => {
    const broken = chaosHeader({ break: { API_KEY_REQUESTS: 'throw' } });
    expect(new Set(await statusesOf(() => series(keys[2], broken)))).toEqual(new Set([200]));
  });
});

describe('an address that tries keys', () => {
  const from = (address: string) => ({ 'cf-connecting-ip': address });

  test('is refused with 429 after a while, also from the next address of its /64; a good key from there works', async () => {
    expectSomeRefused(await statusesOf(() => series('sk_live_nothing', from('2001:db8:1:2::1'))), 401);
    const neighbour = await untilRefused(() => series('sk_live_nothing', from('2001:db8:1:2:ffff::9')));
    await expectProblem(neighbour, 'rate-limited');
    await expectProblem(await series('sk_live_nothing', from('2001:db8:1:3::1')), 'api-key-invalid');
    expect(await statusOf(await series(keys[1], from('2001:db8:1:2::1')))).toBe(200);
  });

  test('is refused still when the limiter fails', async () => {
    const broken = { ...from('198.51.100.1'), ...chaosHeader({ break: { API_KEY_FAILURES: 'throw' } }) };
    expect(new Set(await statusesOf(() => series('sk_live_nothing', broken)))).toEqual(new Set([401]));
  });
});

describe('a viewer who asks without a pause', () => {
  test('gets no more playlists for a while; what plays goes on, and other viewers do not notice', async () => {
    const [busy = '', other = ''] = tokens;
    const prefix = await mediaPrefix(episodeId, busy);
    const playlist = (token: string) => edgeFetch(`/v1/episodes/${episodeId}/playlist.m3u8?token=${token}`);
    const statuses = await statusesOf(() => playlist(busy));
    // The feed has counted, too.
    expect(statuses.filter((status) => status === 200).length).toBeLessThanOrEqual(2 * LIMIT);
    expect(statuses).toContain(429);
    await expectProblem(
      await untilRefused(() => edgeFetch(`/v1/feed?series=${seriesId}&token=${busy}`)),
      'rate-limited',
    );
    await expectProblem(await untilRefused(() => edgeFetch('/v1/me/wallet', asViewer(busy))), 'rate-limited');
    expect(new Set(await statusesOf(() => edgeFetch(`${prefix}/v0/0.m4s`)))).toEqual(new Set([200]));
    expect(await statusOf(await playlist(other))).toBe(200);
  });

  test.each(['throw', 'hang'] as const)('is not stopped by a limiter that fails: %s', async (mode) => {
    const headers = chaosHeader({ break: { VIEWER_REQUESTS: mode } });
    const ask = () => edgeFetch(`/v1/episodes/${episodeId}/playlist.m3u8?token=${tokens[2]}`, { headers });
    expect(new Set(await statusesOf(ask))).toEqual(new Set([200]));
  });
});

describe('a viewer whose player sends beacons without a pause', () => {
  const beacon = (query: string) => edgeFetch(`/v1/events?${query}`, { method: 'POST', body: '{"events":[]}' });

  test('is told when to go on, by token and by pass alike, and other viewers do not notice', async () => {
    const [busy = '', other = ''] = tokens;
    const pass = `pass=${encodeURIComponent(await mediaPrefix(episodeId, tokens[1] ?? ''))}`;
    expectSomeRefused(await statusesOf(() => beacon(`token=${busy}`)), 202);
    const refused = await untilRefused(() => beacon(`token=${busy}`));
    expect(refused.headers.get('retry-after')).toBe('10');
    expect(await expectProblem(refused, 'rate-limited')).toMatchObject({ limit: 600, periodSeconds: 10 });
    expect(await statusOf(await beacon(`token=${other}`))).toBe(202);
    await untilRefused(() => beacon(pass));
    await expectProblem(await untilRefused(() => beacon(`token=${other}`)), 'rate-limited');
  });
});

test('the wrangler.toml files say what rate-limit.ts says', async () => {
  const module: unknown = await import(new URL('../../../workers/shared/http/rate-limit.ts', import.meta.url).href);
  const { RATE_LIMITS: rules } = module as { RATE_LIMITS: Record<string, { limit: number; periodSeconds: number }> };
  const byBinding = new Map([
    ['API_KEY_REQUESTS', rules['apiKeyRequests']],
    ['API_KEY_FAILURES', rules['apiKeyFailures']],
    ['VIEWER_REQUESTS', rules['viewerRequests']],
    ['BEACON_REQUESTS', rules['beaconRequests']],
  ]);
  const ids = new Map<string, string>();
  for (const config of ['wrangler.toml', 'workers/api/wrangler.toml', 'workers/analytics/wrangler.toml']) {
    for (const { name, namespace_id: id, simple } of unstable_readConfig({ config }, { hideWarnings: true })
      .ratelimits) {
      expect({ limit: simple.limit, periodSeconds: simple.period }, `${config} ${name}`).toEqual(byBinding.get(name));
      // One namespace a limiter: Workers that share it count together.
      expect(ids.get(name) ?? id).toBe(id);
      ids.set(name, id);
    }
  }
  expect(new Set(ids.values()).size).toBe(4);
});
