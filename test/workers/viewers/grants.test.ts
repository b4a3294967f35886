import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { apiFetch, edgeFetch } from '../../support/edge.ts';
import { expectProblem, jsonOf, statusOf } from '../support/http.ts';
import { createSeries, publishedEpisode } from '../support/library.ts';
import { newViewerId, viewerToken } from '../support/tokens.ts';
import { access, feed, grant, mediaPrefix, playlist } from '../support/viewers.ts';

let seriesId = '';
let seasonId = '';
let inSeason = '';
let outside = '';

beforeAll(async () => {
  seriesId = (await createSeries({ coinPrice: 10, passes: ['vip'] })).id;
  seasonId = (
    await jsonOf<{ id: string }>(
      await apiFetch(`/v1/series/${seriesId}/seasons`, { json: { number: 1, title: 'One' } }),
      201,
    )
  ).id;
  inSeason = (await publishedEpisode(seriesId, 1, undefined, { seasonId })).id;
  outside = (await publishedEpisode(seriesId, 2)).id;
});

const passExpiry = (prefix: string): number => Number.parseInt(prefix.split('/')[2]?.split('.')[1] ?? '', 36);

describe('a grant', () => {
  test('opens what it names, and nothing else', async () => {
    const expected = {
      episode: [true, false],
      season: [true, false],
      series: [true, true],
      all: [true, true],
    } as const;
    const ids = { episode: inSeason, season: seasonId, series: seriesId, all: undefined };
    for (const scope of ['episode', 'season', 'series', 'all'] as const) {
      const viewer = newViewerId();
      await grant(viewer, { scope, ...(ids[scope] === undefined ? {} : { id: ids[scope] }) });
      const open = await Promise.all(
        [inSeason, outside].map(async (id) => (await access(viewer, id)).access === 'full'),
      );
      expect(open, scope).toEqual(expected[scope]);
    }
  });

  test('of a pass product opens the episodes that list it', async () => {
    const [vip, gold] = [newViewerId(), newViewerId()];
    await grant(vip, { scope: 'all', pass: 'vip' });
    await grant(gold, { scope: 'all', pass: 'gold' });
    expect(await access(vip, outside)).toMatchObject({ access: 'full', basis: 'pass' });
    expect(await access(gold, outside)).toMatchObject({ access: 'locked', basis: 'price' });
  });

  test('that is taken back opens nothing from then on', async () => {
    const viewer = newViewerId();
    const { id } = await grant(viewer, { scope: 'all' });
    const token = await viewerToken(viewer);
    expect(await statusOf(await playlist(outside, token))).toBe(200);
    expect(await statusOf(await apiFetch(`/v1/viewers/${viewer}/grants/${id}`, { method: 'DELETE' }))).toBe(204);
    await expectProblem(await playlist(outside, token), 'episode-locked');
    await expectProblem(await apiFetch(`/v1/viewers/${viewer}/grants/${id}`, { method: 'DELETE' }), 'grant-not-found');
  });

  test('of one viewer cannot be taken back as another’s', async () => {
    const [viewer, other] = [newViewerId(), newViewerId()];
    const { id } = await grant(viewer, { scope: 'all' });
    await expectProblem(await apiFetch(`/v1/viewers/${other}/grants/${id}`, { method: 'DELETE' }), 'grant-not-found');
    expect((await access(viewer, outside)).access).toBe('full');
  });

  test.each([
    { scope: 'all', id: 'ser_1' },
    { scope: 'series' },
    { scope: 'galaxy', id: 'x' },
    { scope: 'all', pass: 'VIP!' },
    { scope: 'all', expiresAt: 'never' },
    { scope: 'all', x: 1 },
    {},
  ])('%j is refused', async (body) => {
    await expectProblem(await apiFetch(`/v1/viewers/${newViewerId()}/grants`, { json: body }), 'invalid-request');
  });
});

describe('a grant that ends', () => {
  test('ends every media pass that was minted on it, and says so in the decision and the feed', async () => {
    const viewer = newViewerId();
    const token = await viewerToken(viewer);
    const untilSeconds = Math.floor(Date.now() / 1_000) + 40;
    const until = new Date(untilSeconds * 1_000).toISOString();
    await grant(viewer, { scope: 'all', pass: 'vip', expiresAt: until });
    expect((await access(viewer, outside)).until).toBe(until);
    expect(passExpiry(await mediaPrefix(outside, token))).toBeLessThanOrEqual(untilSeconds);
    const { items } = await feed(token, `series=${seriesId}`);
    for (const { playback } of items) {
      expect(playback?.expiresAt).toBe(until);
      expect(passExpiry(new URL(playback?.url ?? '').pathname)).toBeLessThanOrEqual(untilSeconds);
    }
  });

  test('opens nothing once it has ended', async () => {
    const viewer = newViewerId();
    await grant(viewer, { scope: 'all', expiresAt: new Date(Date.now() + 1_000).toISOString() });
    expect((await access(viewer, outside)).access).toBe('full');
    await sleep(1_100);
    expect((await access(viewer, outside)).access).toBe('locked');
  });

  test('closes while it is watched: the segments stop a few seconds after it', async () => {
    const viewer = newViewerId();
    const token = await viewerToken(viewer);
    await grant(viewer, { scope: 'all', expiresAt: new Date(Date.now() + 2_000).toISOString() });
    const prefix = await mediaPrefix(outside, token);
    expect(await statusOf(await edgeFetch(`${prefix}/v0/0.m4s`))).toBe(200);
    await expect
      .poll(async () => statusOf(await edgeFetch(`${prefix}/v0/0.m4s`)), { timeout: 60_000, interval: 250 })
      .toBe(403);
    await expectProblem(await edgeFetch(`${prefix}/v0/0.m4s`), 'pass-expired');
    await expectProblem(await playlist(outside, token), 'episode-locked');
  });

  test('does not shorten what another one leaves open', async () => {
    const viewer = newViewerId();
    await grant(viewer, { scope: 'all', expiresAt: new Date(Date.now() + 30_000).toISOString() });
    await grant(viewer, { scope: 'series', id: seriesId });
    expect((await access(viewer, outside)).until).toBeNull();
    expect(passExpiry(await mediaPrefix(outside, await viewerToken(viewer)))).toBeGreaterThan(Date.now() / 1_000 + 600);
  });
});
