import { beforeAll, describe, expect, test } from 'vitest';
import { apiFetch, edgeFetch } from '../../support/edge.ts';
import { createSeries, publishedEpisode } from '../support/library.ts';
import { concretePath, ROUTES } from '../support/routes.ts';
import { newViewerId, viewerToken } from '../support/tokens.ts';
import { mediaPrefix } from '../support/viewers.ts';

const ORIGIN = { origin: 'https://app.example' };
const allowed = async (path: string, init: RequestInit = {}): Promise<string | null> => {
  const response = await edgeFetch(path, { ...init, headers: { ...ORIGIN, ...init.headers } });
  await response.arrayBuffer();
  expect(response.headers.get('access-control-allow-credentials')).toBeNull();
  return response.headers.get('access-control-allow-origin');
};

let episodeId = '';
let token = '';
let prefix = '';
beforeAll(async () => {
  episodeId = (await publishedEpisode((await createSeries()).id)).id;
  token = await viewerToken(newViewerId());
  prefix = await mediaPrefix(episodeId, token);
});

describe('a page of another origin', () => {
  test('may read whatever a player reads, refusals included', async () => {
    const query = `?token=${token}`;
    for (const path of [
      `/v1/episodes/${episodeId}/playlist.m3u8`,
      `/v1/episodes/${episodeId}/next`,
      '/v1/feed',
      '/v1/me/wallet',
      `${prefix}/v0/0.m4s`,
      `${prefix}/v9/0.m4s`,
      '/m/nothing',
    ]) {
      expect(await allowed(path + query), path).toBe('*');
      expect(await allowed(path), `${path} without a token`).toBe('*');
    }
    expect(await allowed('/v1/events', { method: 'POST', body: '{}' })).toBe('*');
    expect(await allowed('/v1/me/unlocks', { method: 'POST', body: '{}' })).toBe('*');
    expect(await allowed(`/v1/me/heartbeat${query}`, { method: 'POST' })).toBe('*');
    expect(await allowed(`/v1/me/session${query}`, { method: 'DELETE' })).toBe('*');
  });

  test('may ask before it sends what a player sends', async () => {
    for (const path of [
      `/v1/episodes/${episodeId}/playlist.m3u8`,
      '/v1/feed',
      '/v1/me/unlocks',
      '/v1/events',
      '/v1/me/session',
      `${prefix}/v0/0.m4s`,
    ]) {
      const response = await edgeFetch(path, {
        method: 'OPTIONS',
        headers: {
          ...ORIGIN,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization, idempotency-key',
        },
      });
      expect(response.status).toBe(204);
      // PUT /v1/me/auto-unlock is the viewer's own switch.
      expect(response.headers.get('access-control-allow-methods')).toContain('PUT');
      expect(response.headers.get('access-control-allow-origin')).toBe('*');
      for (const method of ['GET', 'POST', 'DELETE'])
        expect(response.headers.get('access-control-allow-methods')).toContain(method);
      for (const name of ['Authorization', 'Idempotency-Key', 'Range', 'Content-Type'])
        expect(response.headers.get('access-control-allow-headers')).toContain(name);
    }
  });

  test('may read the length and the range of a segment', async () => {
    const response = await edgeFetch(`${prefix}/v0/0.m4s`, { headers: { ...ORIGIN, range: 'bytes=0-9' } });
    await response.arrayBuffer();
    for (const name of ['Content-Length', 'Content-Range', 'ETag'])
      expect(response.headers.get('access-control-expose-headers')).toContain(name);
  });

  test('gets the same from the cache: what it is told is not kept with the segment', async () => {
    for (const origin of ['https://a.example', 'https://b.example']) {
      const response = await edgeFetch(`${prefix}/v0/1.m4s`, { headers: { origin } });
      await response.arrayBuffer();
      expect(response.headers.get('access-control-allow-origin')).toBe('*');
    }
  });

  test.each(ROUTES.map(({ method, path }) => [`${method} ${path}`, method, concretePath(path)] as const))(
    'may not use an API key that it found: %s',
    async (_, method, path) => {
      const init = { method, ...(method === 'GET' || method === 'DELETE' ? {} : { body: '{}' }) };
      expect(await allowed(path, init)).toBeNull();
      const withKey = await apiFetch(path, { ...init, headers: { ...ORIGIN, 'content-type': 'application/json' } });
      await withKey.arrayBuffer();
      expect(withKey.headers.get('access-control-allow-origin')).toBeNull();
      const preflight = await edgeFetch(path, {
        method: 'OPTIONS',
        headers: {
          ...ORIGIN,
          'access-control-request-method': method,
          'access-control-request-headers': 'authorization',
        },
      });
      await preflight.arrayBuffer();
      expect(preflight.headers.get('access-control-allow-origin')).toBeNull();
      expect(preflight.headers.get('access-control-allow-headers')).toBeNull();
    },
  );

  test.each(['/v1/me', '/v1/episodes/a/b/playlist.m3u8', '/v1/feedback', '/v1/eventsx', '/V1/feed', '/mx/'])(
    'may not read %s, which only looks like a player’s',
    async (path) => {
      expect(await allowed(path)).toBeNull();
    },
  );
});
