import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { apiFetch, edgeFetch } from '../../support/edge.ts';
import { putFiles } from '../support/bucket.ts';
import { foreignLadder, singleFile } from '../support/foreign-hls.ts';
import { expectProblem, jsonOf, statusOf } from '../support/http.ts';
import { createEpisode, createSeries, publish, readEpisode, type JobWire } from '../support/library.ts';
import { newViewerId, viewerToken } from '../support/tokens.ts';
import { credit, feed, mediaPrefix, playlist, unlock } from '../support/viewers.ts';

interface Imported {
  readonly job: JobWire;
  readonly version: string;
}

const sendImport = (episodeId: string, prefix: string): Promise<Response> =>
  apiFetch(`/v1/episodes/${episodeId}/hls`, { json: { prefix } });
const newFolder = (): string => `encoder/${randomUUID()}/`;

async function importedEpisode(files: ReadonlyMap<string, string>, policy: object): Promise<string> {
  const folder = newFolder();
  await putFiles(folder, files);
  const series = await createSeries(policy);
  const { id } = await createEpisode(series.id);
  const { job } = await jsonOf<Imported>(await sendImport(id, folder), 201);
  expect(job.state).toBe('succeeded');
  expect((await readEpisode(id)).state).toBe('ready');
  await publish(id);
  return id;
}

async function payerToken(episodeId: string): Promise<string> {
  const viewer = newViewerId();
  await credit(viewer, 10);
  await unlock(viewer, episodeId);
  return viewerToken(viewer);
}

const LOCKED = { coinPrice: 10, previewSeconds: 5 };
const read = async (path: string): Promise<string> => (await edgeFetch(path)).text();
const listed = (text: string): string[] => text.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('#'));

describe('HLS that another encoder wrote', () => {
  let episodeId = '';
  let preview = '';
  let full = '';
  beforeAll(async () => {
    episodeId = await importedEpisode(foreignLadder(), LOCKED);
    preview = await mediaPrefix(episodeId, await viewerToken(newViewerId()));
    full = await mediaPrefix(episodeId, await payerToken(episodeId));
  });

  test('has our names under the pass, everything else as it was written', async () => {
    const text = await (await playlist(episodeId, await payerToken(episodeId))).text();
    expect(text).toContain('NAME="English, SDH",LANGUAGE="en",URI="/m/');
    expect(text).toContain('#EXT-X-FUTURE:KEPT=1\n');
    expect(text).not.toContain('iframes');
    expect(listed(text).map((line) => line.split('/').slice(-2).join('/'))).toEqual(['v1/media.m3u8', 'v0/media.m3u8']);
    const low = await read(`${full}/v0/media.m3u8`);
    expect(low).toContain('#EXT-X-KEY:METHOD=AES-128,URI="0.key"\r\n#EXT-X-UNKNOWN:KEPT=1\r\n');
  });

  test('plays whole: every object of every playlist is there, with the bytes that were written', async () => {
    for (const [rendition, folder, count] of [
      ['v0', 'low', 6],
      ['v1', 'high', 6],
      ['a0', 'sound', 4],
      ['a1', 'hifi', 4],
      ['t0', 'text', 3],
    ] as const) {
      const files = listed(await read(`${full}/${rendition}/media.m3u8`));
      expect(files).toHaveLength(count);
      for (const [index, file] of files.entries()) {
        expect(await read(`${full}/${rendition}/${file}`)).toContain(`${folder} Seg_0000${index + 1}.`);
      }
    }
    expect(await read(`${full}/v1/init.mp4`)).toBe('init of high');
    expect(await read(`${full}/v0/0.key`)).toBe('0123456789abcdef');
  });

  test.each([
    ['v0/1.ts', 'video/mp2t'],
    ['v1/1.m4s', 'video/iso.segment'],
    ['a1/1.aac', 'audio/aac'],
    ['t0/1.vtt', 'text/vtt; charset=utf-8'],
    ['v0/0.key', 'application/octet-stream'],
  ])('%s has the type %s', async (path, type) => {
    const answer = await edgeFetch(`${full}/${path}`);
    expect(await statusOf(answer)).toBe(200);
    expect(answer.headers.get('content-type')).toBe(type);
  });

  test.each([
    ['v0', 2],
    ['v1', 2],
    ['a0', 2],
    ['a1', 2],
    ['t0', 1],
  ])('a preview of 5 s has as much of %s as the picture is long, and an end', async (rendition, count) => {
    const text = await read(`${preview}/${rendition}/media.m3u8`);
    expect(listed(text)).toHaveLength(count);
    expect(text.endsWith('#EXT-X-ENDLIST\r\n')).toBe(true);
    expect(text).toContain('#EXT-X-TARGETDURATION:6\r\n');
    for (const file of listed(text))
      expect(await statusOf(await edgeFetch(`${preview}/${rendition}/${file}`))).toBe(200);
  });

  test.each(['v0/2.ts', 'v0/5.ts', 'v1/2.m4s', 'a0/2.m4s', 'a0/3.m4s', 'a1/2.aac', 't0/1.vtt', 't0/2.vtt'])(
    'a preview does not open %s to who guesses it, nor by HEAD, range or validator',
    async (path) => {
      await expectProblem(await edgeFetch(`${preview}/${path}`), 'pass-out-of-bounds');
      await expectProblem(
        await edgeFetch(`${preview}/${path}`, { headers: { range: 'bytes=0-1' } }),
        'pass-out-of-bounds',
      );
      expect(await statusOf(await edgeFetch(`${preview}/${path}`, { method: 'HEAD' }))).toBe(403);
    },
  );

  test.each([
    'v0/0.m4s',
    'v0/00.ts',
    'v9/0.ts',
    'x0/0.ts',
    'v0/init.mp4',
    'v0/low.bin',
    'objects.json',
    'v0/1.key',
    'v0/start',
  ])('there is no %s', async (path) => {
    await expectProblem(await edgeFetch(`${full}/${path}`), 'not-found');
  });

  test('under a cap has neither the upper rung nor the sound that only it uses', async () => {
    const capped = await viewerToken(newViewerId(), { maxHeight: 640 });
    const text = await (await playlist(episodeId, capped)).text();
    expect(text).not.toContain('GROUP-ID="hd"');
    expect(text).toContain('GROUP-ID="sd"');
    expect(listed(text)).toHaveLength(1);
    const prefix = await mediaPrefix(episodeId, capped);
    for (const path of ['v1/0.m4s', 'v1/media.m3u8', 'a1/0.aac', 'a1/media.m3u8'])
      await expectProblem(await edgeFetch(`${prefix}/${path}`), 'pass-out-of-bounds');
    expect(await statusOf(await edgeFetch(`${prefix}/a0/0.m4s`))).toBe(200);
  });

  test('is in the feed with its playlists', async () => {
    const { seriesId } = await readEpisode(episodeId);
    const [item] = (await feed(await viewerToken(newViewerId()), `series=${seriesId}`)).items;
    const texts = Object.values(item?.playback?.playlists ?? {});
    expect(texts).toHaveLength(3);
    expect(item?.playback?.playableSeconds).toBe(4);
  });
});

describe('a file that the encoder replaced after the import', () => {
  test('is not mixed with what was imported: it is gone, and says what to do, until the next import', async () => {
    const folder = newFolder();
    await putFiles(folder, singleFile());
    const { id } = await createEpisode((await createSeries()).id);
    const first = await jsonOf<Imported>(await sendImport(id, folder), 201);
    await publish(id);
    const token = await viewerToken(newViewerId());
    const before = await mediaPrefix(id, token);
    const kept = await read(`${before}/v0/0.mp4`);
    const other = String(singleFile().get('all.mp4')).replaceAll('2', 'x');
    await putFiles(folder, new Map([['all.mp4', other]]));
    const asks: RequestInit[] = [{}, { headers: { range: 'bytes=0-9' } }, { headers: { range: 'bytes=0-' } }];
    for (const init of asks) {
      const refused = await expectProblem(await edgeFetch(`${before}/v0/2.mp4`, init), 'not-found');
      expect(refused.detail).toContain('Import the episode again');
    }
    expect(await statusOf(await edgeFetch(`${before}/v0/2.mp4`, { method: 'HEAD' }))).toBe(404);
    expect(await read(`${before}/v0/0.mp4`), 'what is in the cache is of the import').toBe(kept);
    const second = await jsonOf<Imported>(await sendImport(id, folder), 201);
    expect(second.version).not.toBe(first.version);
    expect(await read(`${await mediaPrefix(id, token)}/v0/2.mp4`)).toBe('x'.repeat(900));
  });
});

describe('a single file with byte ranges', () => {
  let preview = '';
  let full = '';
  beforeAll(async () => {
    const episodeId = await importedEpisode(singleFile(), LOCKED);
    preview = await mediaPrefix(episodeId, await viewerToken(newViewerId()));
    full = await mediaPrefix(episodeId, await payerToken(episodeId));
  });

  test('becomes one object for each range', async () => {
    const text = await read(`${full}/v0/media.m3u8`);
    expect(text).not.toContain('BYTERANGE');
    expect(text).toContain('#EXT-X-MAP:URI="init.mp4"\r\n');
    expect(listed(text)).toEqual(['0.mp4', '1.mp4', '2.mp4', '3.mp4', '4.mp4', '5.mp4']);
    for (const number of [0, 3, 5, 3]) expect(await read(`${full}/v0/${number}.mp4`)).toBe(String(number).repeat(900));
    expect(await read(`${full}/v0/init.mp4`)).toBe('I'.repeat(600));
  });

  test.each([
    ['bytes=0-9', 206, '1'.repeat(10)],
    ['bytes=890-', 206, '1'.repeat(10)],
    ['bytes=890-99999', 206, '1'.repeat(10)],
    ['bytes=-5', 206, '1'.repeat(5)],
    ['bytes=-99999', 206, '1'.repeat(900)],
    ['bytes=0-', 206, '1'.repeat(900)],
    ['bytes=0-99999', 206, '1'.repeat(900)],
    ['bytes=900-1800', 416, null],
  ])('of which no Range reaches beyond its own: %s → %i', async (range, status, body) => {
    const answer = await edgeFetch(`${preview}/v0/1.mp4`, { headers: { range } });
    expect(answer.status).toBe(status);
    const text = await answer.text();
    if (body !== null) expect(text).toBe(body);
    expect(answer.headers.get('content-range')).toMatch(/\/900$/);
  });

  test('has a validator and a length of its own, and ends where the preview does', async () => {
    const [one, two] = await Promise.all([edgeFetch(`${full}/v0/0.mp4`), edgeFetch(`${full}/v0/1.mp4`)]);
    expect(one.headers.get('content-length')).toBe('900');
    expect(one.headers.get('etag')).not.toBe(two.headers.get('etag'));
    await Promise.all([one.arrayBuffer(), two.arrayBuffer()]);
    const etag = one.headers.get('etag') ?? '';
    expect(await statusOf(await edgeFetch(`${full}/v0/0.mp4`, { headers: { 'if-none-match': etag } }))).toBe(304);
    await expectProblem(await edgeFetch(`${preview}/v0/2.mp4`), 'pass-out-of-bounds');
  });
});

describe('an import', () => {
  test('done twice is one version, and one done with other content replaces it', async () => {
    const folder = newFolder();
    await putFiles(folder, singleFile());
    const { id } = await createEpisode((await createSeries()).id);
    const first = await jsonOf<Imported>(await sendImport(id, folder), 201);
    const second = await jsonOf<Imported>(await sendImport(id, `${folder}only.m3u8`), 200);
    expect(second).toEqual(first);
    await putFiles(folder, new Map([['all.mp4', 'x'.repeat(6_000)]]));
    const third = await jsonOf<Imported>(await sendImport(id, folder), 201);
    expect(third.version).not.toBe(first.version);
    await putFiles(folder, singleFile());
    expect((await jsonOf<Imported>(await sendImport(id, folder), 201)).version).toBe(first.version);
  });

  test('says what it left out, and that subtitles in one piece open whole with a preview', async () => {
    const folder = newFolder();
    const files = foreignLadder();
    const whole = '#EXTM3U\n#EXT-X-TARGETDURATION:12\n#EXTINF:12,\nSeg_00001.webvtt\n#EXT-X-ENDLIST\n';
    await putFiles(folder, files.set('text/prog index.m3u8', whole));
    const { id } = await createEpisode((await createSeries()).id);
    const { warnings } = await jsonOf<{ warnings: { code: string; detail: string }[] }>(
      await sendImport(id, folder),
      201,
    );
    expect(warnings.map(({ code }) => code)).toEqual(['tag-dropped', 'subtitles-in-one-piece']);
    expect(warnings[0]?.detail).toContain('i-frame-stream');
  });

  test.each([
    ['another host', 'v.ts', 'https://elsewhere.example/v.ts', 'another host'],
    ['a host without a scheme', 'v.ts', '//elsewhere.example/v.ts', 'another host'],
    ['another folder', 'v.ts', '../other/v.ts', 'leads out of'],
    ['another folder, encoded', 'v.ts', '%2e%2e/other/v.ts', 'leads out of'],
    ['the root', 'v.ts', '/s/source', 'leads out of'],
    ['data in the URI', 'v.ts', 'data:video/mp2t;base64,AA', 'another host'],
    ['a file that is not there', 'v.ts', 'w.ts', 'is not in the bucket'],
    ['no end', '#EXT-X-ENDLIST', '', 'EXT-X-ENDLIST'],
    ['no target duration', '#EXT-X-TARGETDURATION:2\n', '', 'EXT-X-TARGETDURATION'],
    ['a range behind the end', 'v.ts', '#EXT-X-BYTERANGE:10@3\nv.ts', 'less than its range'],
    [
      'DRM',
      '#EXTINF',
      '#EXT-X-KEY:METHOD=SAMPLE-AES,KEYFORMAT="com.apple.streamingkeydelivery",URI="v.ts"\n#EXTINF',
      'encrypted',
    ],
    ['no playlist in it', '#EXTM3U', 'hello', 'does not begin with'],
  ])('of a playlist with %s is refused, says where, and changes nothing', async (_, from, to, reason) => {
    const good = '#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nv.ts\n#EXT-X-ENDLIST\n';
    const folder = newFolder();
    await putFiles(
      folder,
      new Map([
        ['index.m3u8', good.replace(from, to)],
        ['v.ts', 'a segment'],
      ]),
    );
    const { id } = await createEpisode((await createSeries()).id);
    const problem = await expectProblem(await sendImport(id, folder), 'hls-invalid');
    expect(JSON.stringify(problem['errors'])).toContain(reason);
    expect((await readEpisode(id)).state).toBe('draft');
  });

  test.each(['', '/', '/x/', 'a/ast_1/', 's/ep_1/', '../x', 'x/../s', 'x//y', 'x\\y', 'x?y', 'x%2fy', 'x y'])(
    'of %j is no import',
    async (prefix) => {
      const { id } = await createEpisode((await createSeries()).id);
      await expectProblem(await sendImport(id, prefix), 'invalid-request');
    },
  );

  test('of an empty folder, or of one with several playlists and none to begin with, asks for the playlist', async () => {
    const { id } = await createEpisode((await createSeries()).id);
    await expectProblem(await sendImport(id, newFolder()), 'hls-not-found');
    const folder = newFolder();
    await putFiles(
      folder,
      new Map([
        ['one.m3u8', '#EXTM3U\n'],
        ['two.m3u8', '#EXTM3U\n'],
      ]),
    );
    const problem = await expectProblem(await sendImport(id, folder), 'hls-not-found');
    expect(problem['playlists']).toEqual([`${folder}one.m3u8`, `${folder}two.m3u8`]);
  });
});
