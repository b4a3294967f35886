import { beforeAll, describe, expect, test } from 'vitest';
import { apiFetch, edgeFetch } from '../../support/edge.ts';
import { transcode } from '../support/fake-transcoder.ts';
import { expectProblem, jsonOf, statusOf } from '../support/http.ts';
import {
  createEpisode,
  createSeries,
  publish,
  publishedEpisode,
  readEpisode,
  uploadSource,
} from '../support/library.ts';
import { newViewerId, viewerToken } from '../support/tokens.ts';
import { asViewer, feed, playlist } from '../support/viewers.ts';

let seriesId = '';
let token = '';
beforeAll(async () => {
  seriesId = (await createSeries()).id;
  // A series of drafts only is not there for viewers.
  await publishedEpisode(seriesId, 100);
  token = await viewerToken(newViewerId());
});

const inFeed = async (id: string): Promise<boolean> =>
  (await feed(token, `series=${seriesId}&limit=30`)).items.some(({ episode }) => episode.id === id);

async function expectInvisible(id: string): Promise<void> {
  await expectProblem(await playlist(id, token), 'episode-not-found');
  expect(await inFeed(id)).toBe(false);
  await expectProblem(await apiFetch(`/v1/viewers/v/access?episodeId=${id}`), 'episode-not-found');
}

describe('an episode', () => {
  test('is invisible as a draft, while it is worked on, and when it is ready; visible when it is published', async () => {
    const { id, state } = await createEpisode(seriesId, 1);
    expect(state).toBe('draft');
    await expectInvisible(id);
    await expectProblem(await apiFetch(`/v1/episodes/${id}/publish`, { method: 'POST' }), 'episode-not-ready');
    const job = await uploadSource(id);
    await expectInvisible(id);
    await transcode(job.id);
    expect((await readEpisode(id)).state).toBe('ready');
    await expectInvisible(id);
    await publish(id);
    expect((await readEpisode(id)).state).toBe('published');
    expect(await statusOf(await playlist(id, token))).toBe(200);
    expect(await inFeed(id)).toBe(true);
  });

  test('that is taken back is invisible again, and back when it is published again', async () => {
    const { id } = await publishedEpisode(seriesId, 2);
    const unpublish = () => apiFetch(`/v1/episodes/${id}/unpublish`, { method: 'POST' });
    await jsonOf(await unpublish());
    // Once more changes nothing.
    await jsonOf(await unpublish());
    expect(await inFeed(id)).toBe(false);
    await expectProblem(await playlist(id, token), 'episode-withdrawn');
    await expectProblem(await edgeFetch(`/v1/episodes/${id}/next?token=${token}`), 'episode-withdrawn');
    await publish(id);
    expect(await statusOf(await playlist(id, token))).toBe(200);
  });

  test('that was never published is none, also when it is taken back', async () => {
    const { id } = await createEpisode(seriesId, 20);
    await jsonOf(await apiFetch(`/v1/episodes/${id}/unpublish`, { method: 'POST' }));
    await expectInvisible(id);
  });

  test('is invisible until its release', async () => {
    const { id } = await publishedEpisode(seriesId, 3, undefined, {
      releaseAt: new Date(Date.now() + 3_600_000).toISOString(),
    });
    await expectInvisible(id);
    await jsonOf(
      await apiFetch(`/v1/episodes/${id}`, {
        method: 'PATCH',
        json: { releaseAt: new Date(Date.now() - 1_000).toISOString() },
      }),
    );
    expect(await statusOf(await playlist(id, token))).toBe(200);
  });

  test('that was deleted is gone, with its media for who asks anew', async () => {
    const { id } = await publishedEpisode(seriesId, 4);
    expect(await statusOf(await apiFetch(`/v1/episodes/${id}`, { method: 'DELETE' }))).toBe(204);
    await expectInvisible(id);
    await expectProblem(await apiFetch(`/v1/episodes/${id}`), 'episode-not-found');
  });

  test('that does not exist looks exactly like one that is not published', async () => {
    const { id } = await createEpisode(seriesId, 5);
    const [draft, none] = await Promise.all(
      [id, 'ep_00000000000000000000000000'].map(async (each) => (await playlist(each, token)).text()),
    );
    expect(draft).toBe(none);
  });

  test.each(["ep_' OR 1=1 --", '__proto__', '%00', '..%2f..', 'x'.repeat(2_000)])(
    'cannot be asked for as %j',
    async (id) => {
      await expectProblem(await playlist(encodeURIComponent(id), token), 'episode-not-found');
    },
  );

  test('answers HEAD as it answers GET', async () => {
    const { id } = await publishedEpisode(seriesId, 6);
    const head = await edgeFetch(`/v1/episodes/${id}/playlist.m3u8`, { ...asViewer(token), method: 'HEAD' });
    expect(head.status).toBe(200);
    expect(await head.text()).toBe('');
  });
});

describe('a series', () => {
  test('without an episode that viewers may see is not there, by id or by slug', async () => {
    const { id, slug } = await createSeries(undefined, { title: 'A secret title' });
    const ask = (name: string): Promise<Response> => edgeFetch(`/v1/feed?series=${name}`, asViewer(token));
    await expectProblem(await ask(slug), 'series-not-found');
    await publishedEpisode(id, 1, undefined, { releaseAt: new Date(Date.now() + 3_600_000).toISOString() });
    const [hidden, none] = await Promise.all([ask(id), ask('no-such-series')].map(async (each) => (await each).text()));
    expect(hidden).toBe(none);
    await publishedEpisode(id, 2);
    expect(await statusOf(await ask(slug))).toBe(200);
  });
});
