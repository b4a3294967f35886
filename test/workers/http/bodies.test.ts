import { describe, expect, test } from 'vitest';
import { apiFetch } from '../../support/edge.ts';
import { expectProblem, jsonOf } from '../support/http.ts';
import { createSeries, publishedEpisode, readEpisode } from '../support/library.ts';
import { newViewerId, viewerToken } from '../support/tokens.ts';
import { grant, playlist } from '../support/viewers.ts';

describe('a call that lost its body', () => {
  test('does not give a series away', async () => {
    const { id } = await createSeries({ coinPrice: 10 });
    await expectProblem(await apiFetch(`/v1/series/${id}/access`, { method: 'PUT' }), 'invalid-request');
    expect(await jsonOf(await apiFetch(`/v1/series/${id}/access`))).toMatchObject({ coinPrice: 10, version: 1 });
  });
});

describe('publishing', () => {
  test('at a time keeps the episode from viewers until then', async () => {
    const { id } = await publishedEpisode((await createSeries()).id);
    const token = await viewerToken(newViewerId());
    await jsonOf(await apiFetch(`/v1/episodes/${id}/publish`, { json: { at: '2099-01-01T00:00:00Z' } }));
    await expectProblem(await playlist(id, token), 'episode-not-found');
    expect(await readEpisode(id)).toMatchObject({ state: 'published', releaseAt: '2099-01-01T00:00:00.000Z' });
  });

  test('with words that it does not know changes nothing', async () => {
    const { id } = await publishedEpisode((await createSeries()).id);
    await expectProblem(await apiFetch(`/v1/episodes/${id}/unpublish`, { json: { at: 'noon' } }), 'invalid-request');
    expect((await readEpisode(id)).state).toBe('published');
  });
});

describe('a grant', () => {
  test('of what does not exist is refused, and a series may be named by its slug', async () => {
    const series = await createSeries({ coinPrice: 10 });
    const viewer = newViewerId();
    const send = (json: object) => apiFetch(`/v1/viewers/${viewer}/grants`, { json });
    await expectProblem(await send({ scope: 'series', id: 'no-such-series' }), 'series-not-found');
    await expectProblem(await send({ scope: 'episode', id: 'nope' }), 'episode-not-found');
    await expectProblem(await send({ scope: 'all', expiresAt: '2020-01-01T00:00:00Z' }), 'invalid-request');
    const { id } = await publishedEpisode(series.id);
    await grant(viewer, { scope: 'series', id: series.slug });
    expect((await playlist(id, await viewerToken(viewer))).status).toBe(200);
  });
});

describe('a method that a path does not have', () => {
  test.each([
    ['PUT', '/v1/series', 'GET, POST'],
    ['DELETE', '/v1/jobs/x', 'GET'],
    ['POST', '/v1/feed', 'GET, HEAD'],
    ['DELETE', '/health', 'GET, HEAD'],
    ['POST', '/v1/me/wallet', 'GET'],
    ['GET', '/v1/me/heartbeat', 'POST'],
    ['GET', '/v1/me/session', 'DELETE'],
  ])('%s %s answers which it has', async (method, path, allow) => {
    const answer = await apiFetch(path, { method });
    expect(answer.headers.get('allow')).toBe(allow);
    await expectProblem(answer, 'method-not-allowed');
  });
});
