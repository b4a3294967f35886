import { beforeAll, describe, expect, test } from 'vitest';
import { captionPlaylist } from '#core/captions/caption-playlist.ts';
import { multivariantPlaylist } from '#core/playlist/multivariant.ts';
import type { Renditions } from '#core/playlist/renditions.ts';
import { iFramePlaylist, mediaPlaylist } from '../../../transcoder/package/playlists.ts';
import { edgeFetch } from '../../support/edge.ts';
import { putFiles } from '../support/bucket.ts';
import { type FakeVersion, fakeVersion, transcode } from '../support/fake-transcoder.ts';
import { expectProblem, statusOf } from '../support/http.ts';
import { createEpisode, createSeries, publish, uploadSource } from '../support/library.ts';
import { newViewerId, viewerToken } from '../support/tokens.ts';
import { credit, feed, mediaPrefix, unlock } from '../support/viewers.ts';

/** Two languages, captions, I-frames, pictures: what a version has beside its Variant Streams. */
const SECONDS = [1, 1, 2, 2, 2, 2];
const renditions: Renditions = {
  audio: [['a0', 'en', 'English', true] as const, ['a1', 'es', 'Español', false] as const].map(
    ([name, language, label, isMain]) => ({
      ...{ name, language, label, isMain, channels: 2, codecs: 'mp4a.40.2' },
      ...{ bandwidthBps: 130_000, averageBandwidthBps: 128_000, isMachineGenerated: !isMain },
    }),
  ),
  text: [{ name: 't0', language: 'en', label: 'English', kind: 'captions', isMachineGenerated: false }],
};

function wholeVersion(): FakeVersion {
  const { objects, result } = fakeVersion({ segments: SECONDS });
  const all = new Map(objects);
  const put = (path: string, text: string): void => void all.set(path, Buffer.from(text));
  const rungs = result.renditions;
  put('multivariant.m3u8', multivariantPlaylist(rungs, rungs, renditions));
  for (const file of ['preview.mp4', 'preview.webp', 'storyboard.jpg', 'storyboard.vtt']) put(file, `the ${file}`);
  const iFrames = SECONDS.map((durationSeconds) => ({ durationSeconds, range: { offset: 24, length: 100 } }));
  for (const { name } of rungs) put(`${name}/iframes.m3u8`, iFramePlaylist(iFrames, 2, []));
  for (const { name } of renditions.audio) {
    put(`${name}/init.mp4`, `init of ${name}`);
    put(`${name}/media.m3u8`, mediaPlaylist(SECONDS, 2, []));
    for (const n of SECONDS.keys()) put(`${name}/${n}.m4s`, `sound ${name}/${n}`);
  }
  put('t0/media.m3u8', captionPlaylist(SECONDS, 2));
  for (const n of SECONDS.keys()) put(`t0/${n}.vtt`, `WEBVTT ${n}`);
  return {
    objects: all,
    result: { ...result, objects: [...all].map(([path, { length }]) => ({ path, sizeBytes: length })) },
  };
}

let whole = '';
let preview = '';
let images = '';

beforeAll(async () => {
  const make = async (policy: object): Promise<string> => {
    const { id } = await createEpisode((await createSeries(policy)).id);
    const version = wholeVersion();
    const { uploads } = await transcode((await uploadSource(id)).id, version);
    // A revision is written beside a version by the edge itself: no transcoder may.
    const [prefix = ''] = /a\/ast_\w+\/ver_\w+\//.exec(uploads[0]?.url ?? '') ?? [];
    const rungs = version.result.renditions;
    const revision = multivariantPlaylist(rungs, rungs, { ...renditions, text: [] });
    await putFiles(prefix, new Map([['multivariant-1.m3u8', revision]]));
    await publish(id);
    return id;
  };
  const episode = await make({ coinPrice: 10, previewSeconds: 4 });
  const buyer = newViewerId();
  await credit(buyer, 10);
  await unlock(buyer, episode);
  whole = await mediaPrefix(episode, await viewerToken(buyer));
  preview = await mediaPrefix(episode, await viewerToken(newViewerId()));
  const locked = await make({ coinPrice: 10 });
  const [item] = (await feed(await viewerToken(newViewerId()), `at=${locked}`)).items;
  images = new URL(item?.posterUrl ?? '').pathname.replace('/poster.jpg', '');
});

const textOf = async (path: string): Promise<string> => (await edgeFetch(path)).text();

describe('a viewer of the whole episode', () => {
  test.each([
    ['a1/init.mp4', 'video/mp4', 'init of a1'],
    ['a1/5.m4s', 'video/iso.segment', 'sound a1/5'],
    ['t0/5.vtt', 'text/vtt; charset=utf-8', 'WEBVTT 5'],
    ['storyboard.jpg', 'image/jpeg', 'the storyboard.jpg'],
    ['storyboard.vtt', 'text/vtt; charset=utf-8', 'the storyboard.vtt'],
    ['preview.mp4', 'video/mp4', 'the preview.mp4'],
    ['preview.webp', 'image/webp', 'the preview.webp'],
  ])('gets %s', async (file, type, body) => {
    const answer = await edgeFetch(`${whole}/${file}`);
    expect([answer.status, answer.headers.get('content-type'), await answer.text()]).toEqual([200, type, body]);
    expect(answer.headers.get('cache-control')).toContain('immutable');
  });

  test('finds every language, captions and I-frames in the Multivariant Playlist, and each of them answers', async () => {
    const text = await textOf(`${whole}/multivariant.m3u8`);
    const uris = [...text.matchAll(/URI="([^"]+)"|^([^#\n].*)$/gm)].map(([, quoted, line]) => quoted ?? line ?? '');
    expect(uris.toSorted()).toEqual(
      ['a0', 'a1', 't0', 'v0', 'v1', 'v2']
        .map((name) => `${name}/media.m3u8`)
        .concat(['v0', 'v1', 'v2'].map((name) => `${name}/iframes.m3u8`))
        .toSorted(),
    );
    for (const uri of uris) expect((await textOf(`${whole}/${uri}`)).match(/#EXTINF/g), uri).toHaveLength(6);
  });

  test('reads a later revision of it', async () => {
    expect(await textOf(`${whole}/multivariant-1.m3u8`)).not.toContain('SUBTITLES');
    expect(await statusOf(await edgeFetch(`${whole}/multivariant-2.m3u8`))).toBe(404);
  });
});

describe('a viewer of the preview', () => {
  test.each(['a0/media.m3u8', 't0/media.m3u8', 'v0/iframes.m3u8'])(
    'is told of the first three segments in %s',
    async (file) => {
      const text = await textOf(`${preview}/${file}`);
      expect(text.match(/#EXTINF/g)).toHaveLength(3);
      expect(text.trimEnd().endsWith('#EXT-X-ENDLIST')).toBe(true);
    },
  );

  test.each(['a0/init.mp4', 'a1/2.m4s', 't0/2.vtt', 'preview.mp4', 'poster.jpg'])('gets %s', async (file) => {
    expect(await statusOf(await edgeFetch(`${preview}/${file}`))).toBe(200);
  });

  test.each(['a0/3.m4s', 'a1/5.m4s', 't0/3.vtt', 'storyboard.jpg', 'storyboard.vtt'])(
    'does not get %s',
    async (file) => {
      await expectProblem(await edgeFetch(`${preview}/${file}`), 'pass-out-of-bounds');
    },
  );
});

describe('a viewer who is shown the episode only', () => {
  test.each(['preview.mp4', 'preview.webp', 'poster.jpg'])('gets %s', async (file) => {
    expect(await statusOf(await edgeFetch(`${images}/${file}`))).toBe(200);
  });

  test.each([
    'a0/init.mp4',
    'a0/0.m4s',
    't0/0.vtt',
    'a0/media.m3u8',
    't0/media.m3u8',
    'v0/iframes.m3u8',
    'v0/start',
    'storyboard.jpg',
  ])('does not get %s', async (file) => {
    await expectProblem(await edgeFetch(`${images}/${file}`), 'pass-out-of-bounds');
  });

  test('cannot make a pass for the whole episode out of it', async () => {
    const [, , pass = ''] = preview.split('/');
    const mask = Number.parseInt(pass.split('.')[2] ?? '', 36);
    const forged = pass
      .split('.')
      .with(2, (mask + 1024).toString(36))
      .join('.');
    await expectProblem(await edgeFetch(`${preview.replace(pass, forged)}/storyboard.jpg`), 'pass-invalid');
  });
});
