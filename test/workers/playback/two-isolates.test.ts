/** The front door twice over one D1, as two data centres have it: what one was told, the other must find out. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startPlatform, type Platform } from '../../../scripts/platform/index.ts';
import { freePort } from '../../../scripts/platform/port.ts';
import { apiFetch } from '../../support/edge.ts';
import { withClock } from '../support/clock.ts';
import { jsonOf, statusOf } from '../support/http.ts';
import { ownPair, startJwksServer } from '../support/jwks-server.ts';
import { createSeries, publishedEpisode } from '../support/library.ts';
import { ownEdge } from '../support/own-edge.ts';
import { makeBackendKey, newViewerId, signToken, viewerToken, type BackendKey } from '../support/tokens.ts';
import { mediaPrefix } from '../support/viewers.ts';

vi.mock('../../support/edge.ts', () => import('../support/own-edge.ts'));

const dataDir = mkdtempSync(path.join(tmpdir(), 'cliffhanger-two-'));
let platform: Platform | undefined;
let origins: readonly string[] = [];
let episodeId = '';

beforeAll(async () => {
  const port = await freePort();
  platform = await startPlatform({
    port: 0,
    dataDir,
    secrets: ownEdge.secrets,
    demo: false,
    log: () => undefined,
    adapt: (plain) => {
      const workers = withClock(plain);
      const [front] = workers;
      if (front === undefined) return workers;
      const unsafeDirectSockets = [{ host: '127.0.0.1', port }];
      return [...workers, { ...front, name: `${front.name}-second`, unsafeDirectSockets }];
    },
  });
  ownEdge.origin = platform.origin;
  origins = [platform.origin, `http://127.0.0.1:${port}`];
  episodeId = (await publishedEpisode((await createSeries()).id)).id;
});

afterAll(async () => {
  await platform?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

const everywhere = (at: string): Promise<number[]> =>
  Promise.all(origins.map(async (origin) => statusOf(await fetch(origin + at))));
const playlistAt = async (key: BackendKey): Promise<string> =>
  `/v1/episodes/${episodeId}/playlist.m3u8?token=${await signToken(key, newViewerId())}`;

test('a revocation through one stops passes and tokens at both within ten seconds', { retry: 3 }, async () => {
  const viewer = newViewerId();
  const token = await viewerToken(viewer);
  const segment = `${await mediaPrefix(episodeId, token)}/v0/1.m4s`;
  expect(await everywhere(segment)).toEqual([200, 200]);
  expect(await statusOf(await apiFetch(`/v1/viewers/${viewer}/revocations`, { method: 'POST' }))).toBe(201);
  const begunAtMs = Date.now();
  expect(await everywhere(`/v1/episodes/${episodeId}/playlist.m3u8?token=${token}`)).toEqual([401, 401]);
  await expect.poll(() => everywhere(segment), { timeout: 11_000, interval: 100 }).toEqual([403, 403]);
  expect(Date.now() - begunAtMs).toBeLessThan(10_500);
});

/** For both, and for the api Worker behind them. */
async function setClock(laterMs: number): Promise<void> {
  const headers = { 'x-later-ms': String(laterMs) };
  for (const origin of origins) await statusOf(await fetch(`${origin}/v1/signing-keys`, { headers }));
}

test('a key that is deleted stops at both within ten seconds', async () => {
  const key = await makeBackendKey();
  const at = await playlistAt(key);
  expect(await everywhere(at)).toEqual([200, 200]);
  expect(await statusOf(await apiFetch(`/v1/signing-keys/${key.kid}`, { method: 'DELETE' }))).toBe(204);
  await setClock(10_000);
  expect(await everywhere(at)).toEqual([401, 401]);
});

test('a flood of unknown key ids at both has a JWKS URL asked once in 30 s', async () => {
  const backend = await startJwksServer();
  const [old, next] = [ownPair(), ownPair()];
  backend.publish([old.jwk]);
  await jsonOf(await apiFetch('/v1/signing-keys', { json: { jwksUrl: backend.url } }), 201);
  expect(await everywhere(await playlistAt(old))).toEqual([200, 200]);
  backend.publish([old.jwk, next.jwk]);
  let count = 0;
  const flood = async (): Promise<void> => {
    for (let i = 0; i < 20; i++)
      expect(await everywhere(await playlistAt({ ...old, kid: `made-up-${count++}` }))).toEqual([401, 401]);
  };
  await flood();
  expect(backend.asked).toBe(1);
  await setClock(41_000);
  await Promise.all([flood(), flood()]);
  expect(backend.asked).toBe(2);
  expect(await everywhere(await playlistAt(next))).toEqual([200, 200]);
  await backend.stop();
});
