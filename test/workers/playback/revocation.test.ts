import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apiFetch, edgeFetch } from '../../support/edge.ts';
import { expectProblem, jsonOf, statusOf } from '../support/http.ts';
import { createSeries, publishedEpisode } from '../support/library.ts';
import { makeBackendKey, newViewerId, removeBackendKeys, signToken, viewerToken } from '../support/tokens.ts';
import { asViewer, mediaPrefix, playlist } from '../support/viewers.ts';

let episodeId = '';
beforeAll(async () => {
  episodeId = (await publishedEpisode((await createSeries()).id)).id;
});

afterAll(removeBackendKeys);

const revoke = async (viewerId: string): Promise<string> =>
  (await jsonOf<{ revokedAt: string }>(await apiFetch(`/v1/viewers/${viewerId}/revocations`, { json: {} }), 201))
    .revokedAt;
const segment = (prefix: string): Promise<Response> => edgeFetch(`${prefix}/v0/0.m4s`);

describe('a revoked viewer', () => {
  test('loses every pass within ten seconds, and nobody else does', { retry: 3 }, async () => {
    const [viewer, other] = [newViewerId(), newViewerId()];
    const before = await mediaPrefix(episodeId, await viewerToken(viewer));
    const untouched = await mediaPrefix(episodeId, await viewerToken(other));
    expect(await statusOf(await segment(before))).toBe(200);
    const startedAt = performance.now();
    await revoke(viewer);
    const fresh = await mediaPrefix(episodeId, await viewerToken(viewer));
    expect(await statusOf(await segment(fresh))).toBe(200);
    await expect.poll(async () => statusOf(await segment(before)), { timeout: 11_000, interval: 100 }).toBe(403);
    const tookMs = performance.now() - startedAt;
    expect(tookMs).toBeLessThanOrEqual(10_000);
    await expectProblem(await segment(before), 'pass-revoked');
    await expectProblem(await edgeFetch(`${before}/v0/start`), 'pass-revoked');
    await expectProblem(await edgeFetch(`${before}/v0/media.m3u8`), 'pass-revoked');
    expect(await statusOf(await segment(untouched))).toBe(200);
    expect(await statusOf(await segment(fresh)), 'a pass from after it plays on').toBe(200);
    await revoke(viewer);
    await expect.poll(async () => statusOf(await segment(fresh)), { timeout: 11_000, interval: 100 }).toBe(403);
  });

  test('loses every token at once, on every call that takes one', async () => {
    const viewer = newViewerId();
    const token = await viewerToken(viewer);
    const calls: [string, RequestInit][] = [
      [`/v1/episodes/${episodeId}/playlist.m3u8`, {}],
      [`/v1/episodes/${episodeId}/next`, {}],
      [`/v1/feed?at=${episodeId}`, {}],
      ['/v1/me/wallet', {}],
      ['/v1/me/unlocks', { method: 'POST' }],
      ['/v1/demo/coins', { method: 'POST' }],
      ['/v1/events', { method: 'POST', body: '{}' }],
    ];
    await revoke(viewer);
    for (const [path, init] of calls) {
      await expectProblem(await edgeFetch(path, { ...init, ...asViewer(token) }), 'token-revoked');
    }
  });

  test('is let in again with a token from after it, made in the same second by us or in the next by a backend', async () => {
    const viewer = newViewerId();
    const key = await makeBackendKey();
    const revokedAtSeconds = Date.parse(await revoke(viewer)) / 1_000;
    expect(await statusOf(await playlist(episodeId, await viewerToken(viewer)))).toBe(200);
    const issuedAt = (iat: number) => signToken(key, viewer, { claims: { iat } });
    await expectProblem(await playlist(episodeId, await issuedAt(revokedAtSeconds)), 'token-revoked');
    expect(await statusOf(await playlist(episodeId, await issuedAt(revokedAtSeconds + 1)))).toBe(200);
  });

  test('needs a viewer id that is one', async () => {
    await expectProblem(await apiFetch('/v1/viewers/a%20b/revocations', { json: {} }), 'invalid-request');
  });
});
