import { beforeAll, describe, expect, test } from 'vitest';
import { edgeFetch } from '../../support/edge.ts';
import { fakeVersion, transcode } from '../support/fake-transcoder.ts';
import { expectProblem, statusOf } from '../support/http.ts';
import { createSeries, publishedEpisode, uploadSource } from '../support/library.ts';
import { newViewerId, viewerToken } from '../support/tokens.ts';
import { mediaPrefix } from '../support/viewers.ts';

const OBJECTS = ['multivariant.m3u8', 'poster.jpg', 'v0/media.m3u8', 'v0/init.mp4', 'v0/0.m4s', 'v0/start'];
let a = '';
let b = '';

beforeAll(async () => {
  const series = await createSeries();
  const token = await viewerToken(newViewerId());
  const [first, second] = [await publishedEpisode(series.id, 1), await publishedEpisode(series.id, 2)];
  a = await mediaPrefix(first.id, token);
  b = await mediaPrefix(second.id, token);
});

/** `prefix` with one of its parts from another. */
function swap(prefix: string, other: string, part: 'pass' | 'asset' | 'version'): string {
  const at = { pass: 2, asset: 3, version: 4 }[part];
  return prefix
    .split('/')
    .with(at, other.split('/')[at] ?? '')
    .join('/');
}

describe('a media pass', () => {
  test.each(OBJECTS)('opens %s of its own episode', async (object) => {
    expect(await statusOf(await edgeFetch(`${a}/${object}`))).toBe(200);
  });

  test.each(OBJECTS)('never opens %s of another episode', async (object) => {
    await expectProblem(await edgeFetch(`${swap(b, a, 'pass')}/${object}`), 'pass-invalid');
    await expectProblem(await edgeFetch(`${swap(a, b, 'asset')}/${object}`), 'pass-invalid');
    await expectProblem(await edgeFetch(`${swap(a, b, 'version')}/${object}`), 'pass-invalid');
  });

  test('never opens another version of the same episode', async () => {
    const { id } = await publishedEpisode((await createSeries()).id);
    const token = await viewerToken(newViewerId());
    const before = await mediaPrefix(id, token);
    await transcode((await uploadSource(id)).id);
    const after = await mediaPrefix(id, token);
    expect(after.split('/')[3]).toBe(before.split('/')[3]);
    expect(after.split('/')[4]).not.toBe(before.split('/')[4]);
    await expectProblem(await edgeFetch(`${swap(after, before, 'pass')}/v0/0.m4s`), 'pass-invalid');
    expect(
      await statusOf(await edgeFetch(`${before}/v0/0.m4s`)),
      'a player that holds the old version plays it to its end',
    ).toBe(200);
  });

  test('never opens a rendition or a segment that the version does not have', async () => {
    await expectProblem(await edgeFetch(`${a}/v3/0.m4s`), 'pass-out-of-bounds');
    await expectProblem(await edgeFetch(`${a}/v0/6.m4s`), 'pass-out-of-bounds');
  });

  test('with any one character of it changed opens nothing', async () => {
    const path = `${a}/v0/0.m4s`;
    const statuses = new Set<number>();
    for (let at = 3; at < path.indexOf('/v0/'); at += 2) {
      const char = path[at] === '0' ? '1' : '0';
      const response = await edgeFetch(path.slice(0, at) + char + path.slice(at + 1));
      expect(response.headers.get('content-type'), `character ${at}`).toBe('application/problem+json');
      statuses.add(await statusOf(response));
    }
    for (const status of statuses) expect([403, 404]).toContain(status);
  });

  test('of an expired moment is told so, whatever its tag', async () => {
    const [, , pass = ''] = a.split('/');
    const [kid, , ...rest] = pass.split('.');
    const past = Math.floor(Date.now() / 1_000 - 60).toString(36);
    await expectProblem(await edgeFetch(`${a.replace(pass, [kid, past, ...rest].join('.'))}/v0/0.m4s`), 'pass-expired');
  });

  test('lives for a quarter of an hour at most', () => {
    const expiresAtSeconds = Number.parseInt(a.split('/')[2]?.split('.')[1] ?? '', 36);
    expect(expiresAtSeconds - Date.now() / 1_000).toBeLessThanOrEqual(900);
    expect(expiresAtSeconds - Date.now() / 1_000).toBeGreaterThan(600);
  });
});

describe('a path that is not quite one of ours', () => {
  test.each([
    ['an encoded climb', '/v0/..%2f..%2fv2/0.m4s'],
    ['an encoded slash', '/v0%2f0.m4s'],
    ['an encoded digit', '/v0/%30.m4s'],
    ['an encoded NUL', '/v0/0.m4s%00'],
    ['an encoded newline', '/v0/0.m4s%0a'],
    ['an encoded backslash', '/v0%5c0.m4s'],
    ['a doubled slash', '//v0/0.m4s'],
    ['a path parameter', '/v0/0.m4s;x=1'],
    ['upper case', '/V0/0.m4s'],
    ['a trailing dot', '/v0/0.m4s.'],
    ['a trailing slash', '/v0/0.m4s/'],
    ['a leading zero', '/v0/00.m4s'],
    ['a full-width digit', '/v0/%EF%BC%90.m4s'],
    ['something that nobody wrote', '/v0/key.bin'],
  ])('answers 404 and no bytes: %s', async (_, rest) => {
    await expectProblem(await edgeFetch(a + rest), 'not-found');
  });

  test('that a client makes plain on the way is the plain path and no other', async () => {
    const answer = await edgeFetch(`${a}/v1/../v0/0.m4s?cb=1`);
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(fakeVersion().objects.get('v0/0.m4s'));
  });

  test.each(['POST', 'PUT', 'DELETE', 'PATCH'])('takes no %s', async (method) => {
    const answer = await edgeFetch(`${a}/v0/0.m4s`, { method });
    expect(answer.headers.get('allow')).toBe('GET, HEAD');
    await expectProblem(answer, 'method-not-allowed');
  });
});
