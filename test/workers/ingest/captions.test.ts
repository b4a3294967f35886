/** Captions that come and go beside an episode, with no frame encoded anew. */
import { afterAll, describe, expect, test } from 'vitest';
import { captionPlaylist } from '#core/captions/caption-playlist.ts';
import { multivariantPlaylist } from '#core/playlist/multivariant.ts';
import { apiFetch, edgeFetch } from '../../support/edge.ts';
import { putFiles } from '../support/bucket.ts';
import { type FakeVersion, fakeVersion, finish, leaseJob, transcode } from '../support/fake-transcoder.ts';
import { foreignLadder } from '../support/foreign-hls.ts';
import { expectProblem, jsonOf, statusOf } from '../support/http.ts';
import { createEpisode, createSeries, publish, uploadSource } from '../support/library.ts';
import { newViewerId, removeBackendKeys, viewerToken } from '../support/tokens.ts';
import { feed, playlist } from '../support/viewers.ts';

interface TracksWire {
  readonly version: string | null;
  readonly revision: number;
  readonly tracks: readonly { readonly name: string; readonly kind: string; readonly language: string | null }[];
}

afterAll(removeBackendKeys);

/** A version whose source had English subtitles. */
function withEnglish(): FakeVersion {
  const { objects, result } = fakeVersion();
  const english = {
    name: 't0',
    language: 'en',
    label: 'English',
    kind: 'subtitles',
    isMachineGenerated: false,
  } as const;
  const all = new Map(objects);
  const seconds = result.segmentDurationsSeconds;
  const playlist = multivariantPlaylist(result.renditions, [], { audio: [], text: [english] });
  all.set('multivariant.m3u8', Buffer.from(playlist));
  all.set('t0/media.m3u8', Buffer.from(captionPlaylist(seconds, 2)));
  for (const n of seconds.keys()) all.set(`t0/${n}.vtt`, Buffer.from(`WEBVTT\n\nof the source ${n}`));
  const listed = [...all].map(([path, { length }]) => ({ path, sizeBytes: length }));
  return { objects: all, result: { ...result, objects: listed, textTracks: [english] } };
}

async function readyEpisode(version: FakeVersion = fakeVersion()): Promise<string> {
  const { id } = await createEpisode((await createSeries({ freeEpisodes: 1 })).id);
  await transcode((await uploadSource(id)).id, version);
  await publish(id);
  return id;
}

const at = (episode: string, language: string, query = ''): string =>
  `/v1/episodes/${episode}/captions/${language}${query}`;
const put = (episode: string, language: string, body: string, query = ''): Promise<Response> =>
  apiFetch(at(episode, language, query), { method: 'PUT', body, headers: { 'content-type': 'text/vtt' } });
const remove = (episode: string, language: string, query = ''): Promise<Response> =>
  apiFetch(at(episode, language, query), { method: 'DELETE' });
const saying = (text: string): string =>
  `WEBVTT\n\n00:00.500 --> 00:01.500\n${text}\n\n00:05.000 --> 00:06.000\nlater\n`;
const tracks = async (episode: string): Promise<TracksWire> => jsonOf(await apiFetch(`/v1/episodes/${episode}/tracks`));
const names = async (episode: string): Promise<string[]> =>
  (await tracks(episode)).tracks.map(({ name, kind, language }) => `${name} ${kind} ${language}`);

async function playlistOf(episode: string): Promise<string> {
  const headers = { authorization: `Bearer ${await viewerToken(newViewerId())}` };
  return (await edgeFetch(`/v1/episodes/${episode}/playlist.m3u8`, { headers })).text();
}

/** Language and the text of its first segment, as a player finds them from the playlist on. */
async function shown(episode: string): Promise<string[]> {
  const media = (await playlistOf(episode)).match(/#EXT-X-MEDIA:TYPE=SUBTITLES.*/g) ?? [];
  return Promise.all(
    media.map(async (line) => {
      const [, language = '', uri = ''] = /LANGUAGE="([^"]+)".*URI="([^"]+)"/.exec(line) ?? [];
      expect(await (await edgeFetch(uri)).text()).toContain('#EXT-X-ENDLIST');
      const first = await (await edgeFetch(uri.replace('media.m3u8', '0.vtt'))).text();
      return `${language}: ${first.trim().split('\n').at(-1)}`;
    }),
  );
}

describe('captions that are sent to an episode that plays', () => {
  test('are in the next playlist and in the feed, cut as the picture is, and the version is the same', async () => {
    const episode = await readyEpisode();
    const before = await tracks(episode);
    const [segment] = (await playlistOf(episode)).match(/\/m\/.*v0\/media\.m3u8/) ?? [];
    const sent = await jsonOf<{ track: string }>(await put(episode, 'ES-mx', saying('hola'), '?machineGenerated=1'));
    expect(sent).toMatchObject({ language: 'es-MX', kind: 'subtitles', isMachineGenerated: true, track: 't0' });
    const after = await tracks(episode);
    expect(after).toMatchObject({ version: before.version, tracks: [{ name: 't0', language: 'es-MX' }] });
    expect(await shown(episode)).toEqual(['es-MX: hola']);
    expect(await playlistOf(episode)).toMatch(/CHARACTERISTICS="public.machine-generated"/);
    const { items } = await feed(await viewerToken(newViewerId()), `at=${episode}`);
    const { url = '', playlists = {} } = items[0]?.playback ?? {};
    expect(url).toContain(`/multivariant-${after.revision}.m3u8`);
    expect(playlists[url]).toContain('t0/media.m3u8');
    expect(await (await edgeFetch(new URL(url).pathname)).text()).toContain('t0/media.m3u8');
    // Who plays since before goes on with the playlists that they have.
    expect(await statusOf(await edgeFetch(segment ?? ''))).toBe(200);
  });

  test('as SubRip become WebVTT; several languages and both kinds stand beside each other', async () => {
    const episode = await readyEpisode();
    await jsonOf(await put(episode, 'fr', '1\r\n00:00:00,500 --> 00:00:01,500\r\nl’été & <i>moi</i>\r\n'));
    await jsonOf(await put(episode, 'en', saying('[door]'), '?kind=captions&label=English%20CC'));
    await jsonOf(await put(episode, 'en', saying('hello')));
    expect(await shown(episode)).toEqual(['fr: l’été &amp; <i>moi</i>', 'en: [door]', 'en: hello']);
    expect(await playlistOf(episode)).toContain('NAME="English CC"');
  });

  test('in the place of those of the source, or of earlier ones, have a name of their own', async () => {
    const episode = await readyEpisode(withEnglish());
    expect(await shown(episode)).toEqual(['en: of the source 0']);
    await jsonOf(await put(episode, 'en', saying('one')));
    expect(await shown(episode)).toEqual(['en: one']);
    await jsonOf(await put(episode, 'en', saying('two')));
    expect(await shown(episode)).toEqual(['en: two']);
    expect(new Set(['t0', 't1', (await tracks(episode)).tracks[0]?.name]).size).toBe(3);
  });

  test('by many at once are all there, and no key was written twice', async () => {
    const episode = await readyEpisode(withEnglish());
    const languages = ['de', 'es', 'fr', 'hi', 'it', 'ja'];
    const answers = await Promise.all(languages.map((language) => put(episode, language, saying(`in ${language}`))));
    for (const answer of answers) await jsonOf(answer);
    expect((await shown(episode)).toSorted()).toEqual(
      [...languages.map((language) => `${language}: in ${language}`), 'en: of the source 0'].toSorted(),
    );
    expect(new Set((await tracks(episode)).tracks.map(({ name }) => name)).size).toBe(7);
  });

  test('are gone after a DELETE, whether a file or the source brought them', async () => {
    const episode = await readyEpisode(withEnglish());
    await jsonOf(await put(episode, 'es', saying('hola')));
    expect(await statusOf(await remove(episode, 'en'))).toBe(204);
    expect(await shown(episode)).toEqual(['es: hola']);
    expect(await statusOf(await remove(episode, 'es'))).toBe(204);
    expect(await playlistOf(episode)).not.toContain('SUBTITLES');
    await expectProblem(await remove(episode, 'es'), 'not-found');
    await expectProblem(await remove(episode, 'xx'), 'not-found');
  });
});

describe('a new source of the episode', () => {
  test('comes out with the captions that were sent, and without those that were taken away', async () => {
    const episode = await readyEpisode(withEnglish());
    await jsonOf(await put(episode, 'es', saying('hola')));
    expect(await statusOf(await remove(episode, 'en'))).toBe(204);
    const old = (await tracks(episode)).version;
    await transcode((await uploadSource(episode)).id, withEnglish());
    expect((await tracks(episode)).version).not.toBe(old);
    expect(await shown(episode)).toEqual(['es: hola']);
  });

  test('has those, too, that came before its first version, and while it was encoded', async () => {
    const { id } = await createEpisode((await createSeries({ freeEpisodes: 1 })).id);
    expect(await jsonOf(await put(id, 'es', saying('hola')))).toMatchObject({ track: null });
    expect(await tracks(id)).toEqual({ version: null, revision: 0, tracks: [] });
    const job = await leaseJob((await uploadSource(id)).id);
    await jsonOf(await put(id, 'fr', saying('salut')));
    await finish(job, withEnglish());
    await publish(id);
    expect(await names(id)).toEqual(['t0 subtitles en', 't1 subtitles es', 't2 subtitles fr']);
    expect((await shown(id)).toSorted()).toEqual(['en: of the source 0', 'es: hola', 'fr: salut']);
  });
});

describe('what is refused', () => {
  test('a file that is no captions, with the line; a language that is none; an episode that is none', async () => {
    const episode = await readyEpisode();
    const bad = await expectProblem(
      await put(episode, 'en', 'WEBVTT\n\n00:02.000 --> 00:01.000\nx'),
      'captions-invalid',
    );
    expect(bad).toMatchObject({ reason: 'ends-before-it-starts', line: 3 });
    await expectProblem(await put(episode, 'en', ''), 'captions-invalid');
    await expectProblem(await put(episode, 'en', `WEBVTT\n\n${'x'.repeat(5_000_000)}`), 'body-too-large');
    await expectProblem(await put(episode, 'not_a_language', saying('x')), 'invalid-request');
    await expectProblem(await put(episode, 'en', saying('x'), '?kind=lyrics'), 'invalid-request');
    await expectProblem(await put('ep_none', 'en', saying('x')), 'episode-not-found');
    expect(await tracks(episode)).toMatchObject({ revision: 0, tracks: [] });
  });

  test('captions for HLS of another encoder, which has its own', async () => {
    const { id } = await createEpisode((await createSeries()).id);
    const prefix = `imports/${id}`;
    const importing = () => apiFetch(`/v1/episodes/${id}/hls`, { json: { prefix } });
    const files = foreignLadder();
    await putFiles(`${prefix}/`, files);
    await jsonOf(await importing(), 201);
    await expectProblem(await put(id, 'es', saying('x')), 'captions-of-imported-hls');
    const path = `/v1/episodes/${id}/captions/es`;
    await expectProblem(await apiFetch(path, { method: 'DELETE' }), 'captions-of-imported-hls');
    // What the error's page says to do instead.
    const line = '#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="subs",NAME="Español",LANGUAGE="es",URI="text/{$file}"';
    const master = (files.get('master.m3u8') ?? '').replace('#EXT-X-STREAM-INF', `${line}\n#EXT-X-STREAM-INF`);
    await putFiles(`${prefix}/`, new Map([['master.m3u8', master]]));
    await jsonOf(await importing(), 201);
    await publish(id);
    const shown = await playlist(id, await viewerToken(newViewerId()));
    expect(await shown.text()).toContain('LANGUAGE="es"');
  });
});

test('a drop that requires a language sees it come and go', async () => {
  const episode = await readyEpisode(withEnglish());
  const missing = async (): Promise<unknown> =>
    jsonOf(
      await apiFetch('/v1/drops/preflight', { json: { episodes: [episode], requireCaptionLanguages: ['en', 'es'] } }),
    );
  expect(await missing()).toEqual({
    ready: false,
    missing: [{ code: 'captions-missing', episodeId: episode, languages: ['es'] }],
  });
  await jsonOf(await put(episode, 'es', saying('hola')));
  expect(await missing()).toEqual({ ready: true, missing: [] });
  expect(await statusOf(await remove(episode, 'en'))).toBe(204);
  expect(await missing()).toMatchObject({ ready: false });
});
