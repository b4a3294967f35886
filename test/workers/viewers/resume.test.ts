/** Where a viewer stopped, on whatever device. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apiFetch, edgeFetch } from '../../support/edge.ts';
import { expectProblem, jsonOf } from '../support/http.ts';
import { createSeries, publishedEpisode, type SeriesWire } from '../support/library.ts';
import { newViewerId, removeBackendKeys, viewerToken } from '../support/tokens.ts';
import { asViewer, feed } from '../support/viewers.ts';

interface Resume {
  readonly resume: { readonly episodeId: string; readonly positionSeconds: number; readonly at: string } | null;
}

let series: SeriesWire;
let ids: string[] = [];
beforeAll(async () => {
  series = await createSeries();
  ids = [];
  for (const number of [1, 2, 3]) ids.push((await publishedEpisode(series.id, number)).id);
});
afterAll(removeBackendKeys);

const send = (token: string, body: object): Promise<Response> =>
  edgeFetch('/v1/me/resume', {
    method: 'PUT',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
const stopAt = async (token: string, index: number, positionSeconds: number, at?: string): Promise<Resume> =>
  jsonOf<Resume>(await send(token, { episodeId: ids[index], positionSeconds, ...(at !== undefined && { at }) }));
const read = async (token: string): Promise<Resume> =>
  jsonOf<Resume>(await edgeFetch(`/v1/me/resume?series=${series.slug}`, asViewer(token)));

describe('where a viewer stopped', () => {
  test('is told to the viewer, the backend, and the feed that is to go on there', async () => {
    const viewer = newViewerId();
    const token = await viewerToken(viewer);
    expect(await read(token)).toEqual({ resume: null });
    expect(await feed(token, `series=${series.slug}&resume=1`)).toMatchObject({
      resume: null,
      items: [{ episode: { id: ids[0] } }, {}, {}],
    });
    await stopAt(token, 1, 12.5);
    const point = { episodeId: ids[1], positionSeconds: 12.5, seriesId: series.id };
    expect(await read(token)).toMatchObject({ resume: point });
    expect(await jsonOf(await apiFetch(`/v1/viewers/${viewer}/resume?series=${series.id}`))).toMatchObject({
      resume: point,
    });
    const resumed = await feed(token, `series=${series.slug}&resume=1`);
    expect(resumed.items.map(({ episode }) => episode.id)).toEqual(ids.slice(1));
    expect(resumed.resume).toEqual({ episodeId: ids[1], positionSeconds: 12.5 });
    expect((await feed(token, `series=${series.slug}`)).items).toHaveLength(3);
    expect((await feed(token, `at=${ids[2]}&resume=1`)).items).toHaveLength(1);
  });

  test('is what the player said last by its own clock, which is never ahead of ours', async () => {
    const token = await viewerToken(newViewerId());
    const ago = (seconds: number): string => new Date(Date.now() - seconds * 1_000).toISOString();
    await stopAt(token, 1, 5, ago(60));
    expect(await stopAt(token, 0, 99, ago(120))).toMatchObject({ resume: { episodeId: ids[1], positionSeconds: 5 } });
    const ahead = await stopAt(token, 2, 1, ago(-3_600));
    expect(Date.parse(ahead.resume?.at ?? '')).toBeLessThanOrEqual(Date.now());
    expect(await stopAt(token, 1, 7)).toMatchObject({ resume: { episodeId: ids[1], positionSeconds: 7 } });
  });

  test('is one viewer’s own, and of an episode that is there', async () => {
    const token = await viewerToken(newViewerId());
    await expectProblem(await send(token, { episodeId: 'ep_none', positionSeconds: 1 }), 'episode-not-found');
    await expectProblem(await send(token, { episodeId: ids[0], positionSeconds: -1 }), 'invalid-request');
    await expectProblem(await send('x', { episodeId: ids[0], positionSeconds: 1 }), 'token-malformed');
    await expectProblem(await edgeFetch('/v1/me/resume', asViewer(token)), 'series-not-found');
    expect(await read(token)).toEqual({ resume: null });
  });
});
