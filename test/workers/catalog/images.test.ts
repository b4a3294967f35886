/** Pictures of an episode, for the operator's own eyes: no viewer, no pass. */
import { expect, test } from 'vitest';
import { apiFetch, edgeFetch } from '../../support/edge.ts';
import { fakeVersion, transcode } from '../support/fake-transcoder.ts';
import { expectProblem, statusOf } from '../support/http.ts';
import { createEpisode, createSeries, uploadSource } from '../support/library.ts';

test('the poster of an episode is there before anybody may watch it, is known again, and is nobody else’s', async () => {
  const { id } = await createEpisode((await createSeries()).id);
  const at = `/v1/episodes/${id}/images/poster.jpg`;
  await expectProblem(await apiFetch(at), 'not-found');
  const version = fakeVersion();
  await transcode((await uploadSource(id)).id, version);
  const answer = await apiFetch(at);
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/jpeg']);
  expect(answer.headers.get('cache-control')).toBe('private, no-cache, no-transform');
  expect(Buffer.from(await answer.arrayBuffer())).toEqual(version.objects.get('poster.jpg'));
  const known = await apiFetch(at, { headers: { 'if-none-match': answer.headers.get('etag') ?? '' } });
  expect([known.status, await known.text()]).toEqual([304, '']);
  await expectProblem(await edgeFetch(at), 'api-key-missing');
});

test('nothing but its pictures is read that way', async () => {
  const { id } = await createEpisode((await createSeries()).id);
  await transcode((await uploadSource(id)).id, fakeVersion());
  for (const name of ['multivariant.m3u8', 'v0', 'storyboard.jpg', '..%2Fposter.jpg', 'v0%2Finit.mp4'])
    expect(await statusOf(await apiFetch(`/v1/episodes/${id}/images/${name}`)), name).toBe(404);
  await expectProblem(await apiFetch('/v1/episodes/ep_none/images/poster.jpg'), 'episode-not-found');
});
