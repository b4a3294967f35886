import { beforeAll, describe, expect, test } from 'vitest';
import { edgeFetch } from '../../support/edge.ts';
import { fakeVersion, initBytes, segmentBytes } from '../support/fake-transcoder.ts';
import { expectProblem, statusOf } from '../support/http.ts';
import { createSeries, publishedEpisode } from '../support/library.ts';
import { newViewerId, viewerToken } from '../support/tokens.ts';
import { credit, mediaPrefix, playlist, unlock, variantPaths } from '../support/viewers.ts';

const viewer = newViewerId();
let episodeId = '';
let token = '';
let prefix = '';

beforeAll(async () => {
  const series = await createSeries({ coinPrice: 10, previewSeconds: 6 });
  episodeId = (await publishedEpisode(series.id, 1, fakeVersion({ segments: [1, 1, 2, 2, 2, 2, 4] }))).id;
  token = await viewerToken(viewer);
  prefix = await mediaPrefix(episodeId, token);
});

describe('a preview', () => {
  test('ends at the boundary that the policy names, and says that it has ended', async () => {
    for (const path of await variantPaths(episodeId, token)) {
      const text = await (await edgeFetch(path)).text();
      expect(text.match(/^\d+\.m4s$/gm)).toEqual(['0.m4s', '1.m4s', '2.m4s', '3.m4s']);
      expect(text.endsWith('3.m4s\n#EXT-X-ENDLIST\n')).toBe(true);
      expect(text).toContain('#EXT-X-OURS:FUTURE=1\n');
    }
  });

  test('plays: its init section and every segment that it lists are there, with the bytes that were written', async () => {
    expect(await (await edgeFetch(`${prefix}/v1/init.mp4`)).text()).toBe(initBytes('v1').toString());
    for (const number of [0, 1, 2, 3]) {
      const answer = await edgeFetch(`${prefix}/v2/${number}.m4s`);
      expect(Buffer.from(await answer.arrayBuffer())).toEqual(segmentBytes('v2', number));
    }
  });

  test.each([4, 5, 6])('does not open segment %i to who guesses it', async (number) => {
    for (const rung of ['v0', 'v1', 'v2'])
      await expectProblem(await edgeFetch(`${prefix}/${rung}/${number}.m4s`), 'pass-out-of-bounds');
  });

  test('does not open a later segment by HEAD, by a range or by a validator either', async () => {
    const path = `${prefix}/v0/4.m4s`;
    expect(await statusOf(await edgeFetch(path, { method: 'HEAD' }))).toBe(403);
    await expectProblem(await edgeFetch(path, { headers: { range: 'bytes=0-9' } }), 'pass-out-of-bounds');
    await expectProblem(await edgeFetch(path, { headers: { 'if-none-match': '*' } }), 'pass-out-of-bounds');
  });

  test('does not open a later segment after somebody who paid has put it into the cache', async () => {
    const payer = newViewerId();
    await credit(payer, 10);
    await unlock(payer, episodeId);
    const paid = await mediaPrefix(episodeId, await viewerToken(payer));
    for (const _ of [1, 2]) expect(await statusOf(await edgeFetch(`${paid}/v0/6.m4s`))).toBe(200);
    await expectProblem(await edgeFetch(`${prefix}/v0/6.m4s`), 'pass-out-of-bounds');
  });

  test('does not open more when the numbers in its path are made larger', async () => {
    const [, m, pass = '', asset, version] = prefix.split('/');
    const [kid, exp, mask, , sid, tag] = pass.split('.');
    for (const segments of ['5', '7', 'zzz']) {
      await expectProblem(
        await edgeFetch(`/${m}/${[kid, exp, mask, segments, sid, tag].join('.')}/${asset}/${version}/v0/4.m4s`),
        'pass-invalid',
      );
    }
  });
});

describe('the playlist of a locked episode', () => {
  test('is kept by no cache: the next viewer has another', async () => {
    const answer = await playlist(episodeId, token);
    expect(await statusOf(answer)).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('private, no-store');
    expect(answer.headers.get('content-type')).toBe('application/vnd.apple.mpegurl');
  });

  test('keeps every tag that it does not know', async () => {
    const text = await (await playlist(episodeId, token)).text();
    expect(text).toContain('#EXT-X-FUTURE-TAG:KEPT=1\n');
    expect(text.match(/^#EXT-X-STREAM-INF/gm)).toHaveLength(3);
  });

  test('is refused with the offers where there is no preview', async () => {
    const series = await createSeries({ coinPrice: 7 });
    const { id } = await publishedEpisode(series.id);
    const refused = await expectProblem(await playlist(id, token), 'episode-locked');
    expect(refused['offers']).toEqual([{ method: 'coins', coins: 7, balance: 0, shortCoins: 7 }]);
  });

  test('is the whole one in the moment after the unlock', async () => {
    const buyer = newViewerId();
    const buyerToken = await viewerToken(buyer);
    const before = await mediaPrefix(episodeId, buyerToken);
    await credit(buyer, 10);
    await unlock(buyer, episodeId);
    const after = await mediaPrefix(episodeId, buyerToken);
    await expectProblem(await edgeFetch(`${before}/v0/6.m4s`), 'pass-out-of-bounds');
    expect(await statusOf(await edgeFetch(`${after}/v0/6.m4s`))).toBe(200);
    expect((await (await edgeFetch(`${after}/v0/media.m3u8`)).text()).match(/m4s$/gm)).toHaveLength(7);
  });
});

describe('a cap of the height', () => {
  test('leaves the higher rungs out of the playlist, and a guess at one is refused', async () => {
    const series = await createSeries({ maxHeight: 960 });
    const { id } = await publishedEpisode(series.id);
    const capped = await mediaPrefix(id, token);
    expect((await variantPaths(id, token)).map((path) => path.split('/').at(-2))).toEqual(['v0', 'v1']);
    for (const file of ['init.mp4', '0.m4s', 'media.m3u8'])
      await expectProblem(await edgeFetch(`${capped}/v2/${file}`), 'pass-out-of-bounds');
  });

  test('of a token holds for what was paid too', async () => {
    const series = await createSeries();
    const { id } = await publishedEpisode(series.id);
    const paths = await variantPaths(id, await viewerToken(newViewerId(), { maxHeight: 640 }));
    expect(paths.map((path) => path.split('/').at(-2))).toEqual(['v0']);
  });
});
