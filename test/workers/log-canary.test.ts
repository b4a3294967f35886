/**
 * A platform of its own, whose every line of log is kept: whatever callers send and are given, no secret is in it.
 * @see security.md TOK-14, API-22
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startPlatform, type Platform } from '../../scripts/platform/index.ts';
import { makeSecrets } from '../../scripts/platform/secrets.ts';
import { apiFetch, edgeFetch } from '../support/edge.ts';
import {
  fakeVersion,
  leaseJob,
  putObjects,
  sendCompleted,
  sendFailed,
  sendProgress,
} from './support/fake-transcoder.ts';
import { expectProblem, jsonOf, statusOf } from './support/http.ts';
import { createEpisode, createSeries, publish, uploadSource } from './support/library.ts';
import { makeBackendKey, newViewerId, signToken, viewerToken } from './support/tokens.ts';
import { asViewer, credit, feed, mediaPrefix, playlist, sendUnlock, unlock } from './support/viewers.ts';

const own = vi.hoisted(() => ({ origin: '' }));
const secrets = makeSecrets('local');

// The helpers of these tests talk to the platform of this file instead of the shared one.
vi.mock('../support/edge.ts', async () => {
  const send = (at: string, init?: RequestInit): Promise<Response> => fetch(own.origin + at, init);
  return {
    edgeOrigin: () => own.origin,
    platformSecrets: () => secrets,
    edgeFetch: send,
    apiFetch: (at: string, { json, ...init }: RequestInit & { json?: unknown } = {}) => {
      const headers = new Headers(init.headers);
      headers.set('authorization', `Bearer ${secrets.apiKey}`);
      if (json === undefined) return send(at, { ...init, headers });
      headers.set('content-type', 'application/json');
      return send(at, { method: 'POST', ...init, headers, body: JSON.stringify(json) });
    },
  };
});

const dataDir = mkdtempSync(path.join(tmpdir(), 'cliffhanger-canary-'));
const lines: string[] = [];
/** By name, so that a failure says which one was found without showing it. */
const canaries = new Map<string, string>();
let platform: Platform | undefined;

beforeAll(async () => {
  const vars = { RETRY_AFTER_SECONDS: '0' };
  const log = (line: string): void => void lines.push(line);
  platform = await startPlatform({ port: 0, dataDir, secrets, demo: false, log, vars });
  own.origin = platform.origin;
  for (const [name, value] of Object.entries(secrets)) canaries.set(name, value);
  await transcodeAndFail();
  await watchAndPay();
  await platform.runScheduled();
});

afterAll(async () => {
  await platform?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

let episodeId = '';

/** Everything that a transcoder may do, right and wrong. */
async function transcodeAndFail(): Promise<void> {
  const { id: seriesId } = await createSeries({ coinPrice: 10, previewSeconds: 4 });
  episodeId = (await createEpisode(seriesId)).id;
  const version = fakeVersion();
  const { id: jobId } = await uploadSource(episodeId);
  const first = await leaseJob(jobId);
  canaries.set('source signature', new URL(first.source.url).searchParams.get('X-Amz-Signature') ?? '');
  canaries.set('first fence', first.fence);
  await jsonOf(await sendFailed(first, true));
  await expectProblem(await sendProgress(first, 0.5), 'lease-lost');
  const second = await leaseJob(jobId);
  canaries.set('second fence', second.fence);
  const grant = await putObjects(second, version.objects);
  for (const { path: object, url } of grant.uploads)
    canaries.set(`${object} signature`, new URL(url).searchParams.get('X-Amz-Signature') ?? '');
  // The same rung twice breaks the database's own rule: the error that nobody foresaw.
  const [rung] = version.result.renditions;
  await statusOf(
    await sendCompleted(second, { ...version.result, renditions: rung === undefined ? [] : [rung, rung] }),
  );
  await jsonOf(await sendCompleted(second, version.result));
  await publish(episodeId);
}

/** Everything that a viewer may do, right and wrong, with the token in the header and in the query. */
async function watchAndPay(): Promise<void> {
  const viewer = newViewerId();
  const backend = await makeBackendKey();
  const [token, brought] = [await viewerToken(viewer), await signToken(backend, viewer)];
  const forged = `${brought.slice(0, -4)}AAAA`;
  const { key } = await jsonOf<{ key: string }>(
    await apiFetch('/v1/api-keys', { json: { label: 'canary', scopes: ['catalog'] } }),
    201,
  );
  canaries.set('private key', String(backend.privateJwk.d)).set('API key', key);
  for (const [name, value] of Object.entries({ token, brought, forged }))
    canaries.set(name, value).set(`${name} signature`, value.split('.')[2] ?? '');
  const signIn = await edgeFetch('/v1/console/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin', 'cliffhanger-console': '1' },
    body: JSON.stringify({ apiKey: key }),
  });
  const cookie = signIn.headers.get('set-cookie')?.split(';')[0] ?? '';
  canaries.set('console cookie', cookie.split('=')[1] ?? '');
  for (const of of ['same-origin', 'cross-site'])
    for (const at of ['/v1/series', '/v1/analytics/episodes/none/retention', '/nothing'])
      await statusOf(await edgeFetch(at, { headers: { cookie, 'sec-fetch-site': of } }));
  await statusOf(
    await edgeFetch('/v1/viewer-tokens', { method: 'POST', headers: { authorization: `Bearer ${key}` }, body: '{' }),
  );
  for (const each of [token, brought, forged]) {
    await statusOf(await playlist(episodeId, each));
    for (const at of [
      `/v1/episodes/${episodeId}/playlist.m3u8`,
      '/v1/feed',
      '/v1/me/wallet',
      '/v1/nothing',
      '/nothing',
    ])
      await statusOf(await edgeFetch(`${at}?token=${each}`));
    await statusOf(await edgeFetch(`/v1/events?token=${each}`, { method: 'POST', body: '{"events":[{"viewId":1}]}' }));
  }
  const prefix = await mediaPrefix(episodeId, token);
  canaries.set('media pass', prefix.split('/')[2] ?? '');
  for (const object of ['v0/0.m4s', 'v0/9.m4s', 'v9/0.m4s', '..%2f'])
    await statusOf(await edgeFetch(`${prefix}/${object}`));
  await sendBeacons(token, prefix);
  await expectProblem(await sendUnlock(viewer, episodeId, 'idempotency-key-canary'), 'insufficient-coins');
  await credit(viewer, 10, { reference: 'payment-reference-canary' });
  await unlock(viewer, episodeId);
  await feed(token, `at=${episodeId}`);
  await statusOf(await edgeFetch('/v1/me/wallet', asViewer(forged)));
  canaries
    .set('viewer id', viewer)
    .set('payment', 'payment-reference-canary')
    .set('idempotency key', 'idempotency-key-canary');
}

/** Good and bad, of our player and another's, by token and by pass, from somebody whose User-Agent is a name. */
async function sendBeacons(token: string, prefix: string): Promise<void> {
  const agent = 'CanaryBrowser/7 (jane-doe-canary)';
  const session = '6f1d1c5e-canary';
  canaries.set('User-Agent', agent).set('session', session);
  const events = [{ viewId: randomUUID(), seq: 1, sessionId: randomUUID(), episodeId, watched: [[0, 1]] }];
  const line = `cid="${episodeId}",e=rr,sid="${session}",sn=1,sta=p,ts=1800000000000,url="${own.origin}${prefix}/v0/0.m4s",v=2`;
  const bodies = [JSON.stringify({ events }), JSON.stringify({ events: [...events, {}] }), line, `${line}\n"broken`];
  for (const query of [
    `token=${token}`,
    `pass=${encodeURIComponent(prefix)}`,
    `pass=${encodeURIComponent(`${prefix}x`)}`,
  ])
    for (const body of bodies)
      for (const type of ['text/plain', 'application/cmcd']) {
        const headers = { 'content-type': type, 'user-agent': agent, 'cf-connecting-ip': '203.0.113.77' };
        await statusOf(await edgeFetch(`/v1/events?${query}`, { method: 'POST', headers, body }));
      }
  canaries.set('address', '203.0.113.77');
}

describe('the log of a platform', () => {
  test('tells what happened', () => {
    const events = lines.flatMap((line) => /"event":"([a-z_]+)"/.exec(line)?.[1] ?? []);
    expect(events).toEqual(expect.arrayContaining(['transcode_failed', 'version_published']));
  });

  test('holds no token, key, pass, signature or viewer of all that were used', () => {
    const text = lines.join('\n');
    const found = [...canaries]
      .filter(([name, value]) => name === '' || value.length < 8 || text.includes(value))
      .map(([name]) => name);
    expect(found).toEqual([]);
    expect(canaries.size).toBeGreaterThan(30);
  });
});

describe('a deployment that is not for showing', () => {
  test.each(['/v1/demo/session', '/v1/demo/coins'])('gives nothing away at %s', async (at) => {
    await expectProblem(await edgeFetch(at, { method: 'POST', headers: { 'idempotency-key': 'k' } }), 'not-found');
  });
});
