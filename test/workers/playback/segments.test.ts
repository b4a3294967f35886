import { beforeAll, describe, expect, test } from 'vitest';
import { edgeFetch } from '../../support/edge.ts';
import { segmentBytes } from '../support/fake-transcoder.ts';
import { expectProblem } from '../support/http.ts';
import { createSeries, publishedEpisode } from '../support/library.ts';
import { newViewerId, viewerToken } from '../support/tokens.ts';
import { mediaPrefix } from '../support/viewers.ts';

let episodeId = '';
let prefix = '';

beforeAll(async () => {
  episodeId = (await publishedEpisode((await createSeries()).id)).id;
  prefix = await mediaPrefix(episodeId, await viewerToken(newViewerId()));
});

const read = async (path: string, headers: Record<string, string> = {}, method = 'GET') => {
  const response = await edgeFetch(prefix + path, { headers, method });
  return { response, bytes: Buffer.from(await response.arrayBuffer()) };
};

describe('a segment', () => {
  test('comes whole, with its type, its length and a validator, and may be kept for ever', async () => {
    const { response, bytes } = await read('/v0/1.m4s');
    expect(response.status).toBe(200);
    expect(bytes).toEqual(segmentBytes('v0', 1));
    expect(response.headers.get('content-type')).toBe('video/iso.segment');
    expect(response.headers.get('content-length')).toBe('1000');
    expect(response.headers.get('accept-ranges')).toBe('bytes');
    expect(response.headers.get('cache-control')).toContain('immutable');
    expect(response.headers.get('etag')).toMatch(/^"[^"]+"$/);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  });

  test.each([
    ['v0/init.mp4', 'video/mp4'],
    ['poster.jpg', 'image/jpeg'],
    ['v0/media.m3u8', 'application/vnd.apple.mpegurl'],
    ['multivariant.m3u8', 'application/vnd.apple.mpegurl'],
  ])('%s has the type %s', async (object, type) => {
    expect((await read(`/${object}`)).response.headers.get('content-type')).toBe(type);
  });

  // The same table twice: on a segment that nobody read whole, and on one that is in the cache.
  describe.each(['v1', 'v0'])('asked for in a special way, on %s', (rung) => {
    const path = `/${rung}/1.m4s`;
    const whole = segmentBytes(rung, 1);
    const etagOf = async (): Promise<string> => (await read(path, {}, 'HEAD')).response.headers.get('etag') ?? '';
    beforeAll(async () => {
      if (rung === 'v0') await read(path);
    });

    test.each([
      ['bytes=0-99', 0, 99],
      ['bytes=100-199', 100, 199],
      ['bytes=-10', 990, 999],
      ['bytes=990-', 990, 999],
      ['bytes=0-', 0, 999],
      ['bytes=0-99999', 0, 999],
      ['bytes=999-999', 999, 999],
    ])('%s answers exactly those bytes', async (range, first, last) => {
      const { response, bytes } = await read(path, { range });
      expect(response.status).toBe(206);
      expect(response.headers.get('content-range')).toBe(`bytes ${first}-${last}/1000`);
      expect(response.headers.get('content-length')).toBe(String(last - first + 1));
      expect(bytes).toEqual(whole.subarray(first, last + 1));
    });

    test.each(['bytes=1000-', 'bytes=1000-1001', 'bytes=-0'])(
      '%s cannot be satisfied, and says how long it is',
      async (range) => {
        const response = await edgeFetch(`${prefix}${path}`, { headers: { range } });
        expect(response.headers.get('content-range')).toBe('bytes */1000');
        await expectProblem(response, 'range-not-satisfiable');
      },
    );

    test.each(['bytes=0-1,5-6', 'items=0-1', 'bytes=9-1', 'bytes=x'])('%s is passed over', async (range) => {
      const { response, bytes } = await read(path, { range });
      expect(response.status).toBe(200);
      expect(bytes).toEqual(whole);
    });

    test.each(['bytes=0-', 'bytes=10-19', 'bytes=5000-'])(
      '%s of another version of it (If-Range) is answered with the whole',
      async (range) => {
        const { response, bytes } = await read(path, { range, 'if-range': '"of-another-version"' });
        expect(response.status).toBe(200);
        expect(bytes).toEqual(whole);
      },
    );

    test('with the right If-Range is answered with the part', async () => {
      const etag = await etagOf();
      expect((await read(path, { range: 'bytes=10-19', 'if-range': etag })).bytes).toEqual(whole.subarray(10, 20));
    });

    test('is not sent again to who has it', async () => {
      const etag = await etagOf();
      for (const tag of [etag, `W/${etag}`, '*', `"other", ${etag}`]) {
        const { response, bytes } = await read(path, { 'if-none-match': tag });
        expect(response.status, tag).toBe(304);
        expect(bytes).toHaveLength(0);
      }
      expect((await read(path, { 'if-none-match': '"other"' })).response.status).toBe(200);
    });

    test('is not sent again to who has it, whatever part is asked for (RFC 9110 13.2.2)', async () => {
      const etag = await etagOf();
      for (const range of ['bytes=0-', 'bytes=10-19', 'bytes=5000-']) {
        expect((await read(path, { range, 'if-none-match': etag })).response.status, range).toBe(304);
      }
    });

    test.each(['"other"', '"other", "another"'])('is refused to who wants the one that %s names', async (tag) => {
      for (const range of ['bytes=0-', 'bytes=10-19', 'bytes=5000-', '']) {
        const headers = { 'if-match': tag, ...(range && { range }) };
        await expectProblem(await edgeFetch(`${prefix}${path}`, { headers }), 'precondition-failed');
      }
      expect((await read(path, { 'if-match': tag }, 'HEAD')).response.status).toBe(412);
    });

    test('is given to who names it in If-Match, which compares strongly (RFC 9110 13.1.1)', async () => {
      const etag = await etagOf();
      for (const tag of [etag, '*', `"other", ${etag}`]) {
        expect((await read(path, { 'if-match': tag, range: 'bytes=10-19' })).bytes, tag).toEqual(
          whole.subarray(10, 20),
        );
        expect((await read(path, { 'if-match': tag })).bytes, tag).toEqual(whole);
      }
      expect((await read(path, { 'if-match': `W/${etag}` })).response.status).toBe(412);
    });

    // RFC 9110 14.2: a Range is for GET only.
    test.each([{}, { range: 'bytes=0-' }, { range: 'bytes=10-19' }, { range: 'bytes=5000-' }])(
      'answers HEAD with %j as it would GET the whole, without the bytes',
      async (headers) => {
        const { response, bytes } = await read(path, headers, 'HEAD');
        expect(response.status).toBe(200);
        expect(response.headers.get('content-length')).toBe('1000');
        expect(bytes).toHaveLength(0);
      },
    );
  });
});

describe('a second read of a segment', () => {
  test('is a cache hit, with the same bytes and headers', async () => {
    const first = await read('/v0/2.m4s');
    expect(first.response.headers.get('cache-status')).toContain('miss');
    const second = await read('/v0/2.m4s');
    expect(second.response.headers.get('cache-status')).toBe('cliffhanger; hit');
    expect(second.bytes).toEqual(first.bytes);
    for (const name of ['content-type', 'content-length', 'etag', 'cache-control', 'accept-ranges']) {
      expect(second.response.headers.get(name), name).toBe(first.response.headers.get(name));
    }
  });

  test('is a hit for who wants a part of it, and a part that is read first fills the cache for the whole', async () => {
    const part = await read('/v1/4.m4s', { range: 'bytes=400-' });
    expect(part.response.headers.get('cache-status')).toContain('miss');
    expect(part.bytes).toEqual(segmentBytes('v1', 4).subarray(400));
    await expect
      .poll(async () => (await read('/v1/4.m4s', { range: 'bytes=0-9' })).response.headers.get('cache-status'))
      .toBe('cliffhanger; hit');
    const whole = await read('/v1/4.m4s');
    expect(whole.response.headers.get('cache-status')).toBe('cliffhanger; hit');
    expect(whole.bytes).toEqual(segmentBytes('v1', 4));
  });

  test('is a hit for another viewer too: nothing of a pass is in the cache key', async () => {
    await read('/v0/3.m4s');
    const other = await mediaPrefix(episodeId, await viewerToken(newViewerId()));
    expect(other.split('/')[2]).not.toBe(prefix.split('/')[2]);
    const response = await edgeFetch(`${other}/v0/3.m4s?cachebuster=1`);
    expect(response.headers.get('cache-status')).toBe('cliffhanger; hit');
    expect(Buffer.from(await response.arrayBuffer())).toEqual(segmentBytes('v0', 3));
  });

  test('is not to be had under the cache’s own name for it', async () => {
    await read('/v0/2.m4s');
    const [, , , asset, version] = prefix.split('/');
    for (const path of [`/a/${asset}/${version}/v0/2.m4s`, `/m/a/${asset}/${version}/v0/2.m4s`]) {
      const response = await edgeFetch(path);
      expect(response.status).toBe(404);
      expect(await response.text()).not.toContain('segment');
    }
  });

  test('does not get a body that an earlier HEAD or range left behind', async () => {
    await read('/v0/4.m4s', {}, 'HEAD');
    await read('/v0/4.m4s', { range: 'bytes=5-9' });
    expect((await read('/v0/4.m4s')).bytes).toEqual(segmentBytes('v0', 4));
    expect((await read('/v0/4.m4s')).bytes).toEqual(segmentBytes('v0', 4));
  });

  test('does not change with headers that are no part of its key', async () => {
    const { bytes, response } = await read('/v0/2.m4s', {
      'x-forwarded-host': 'evil.example',
      'x-original-url': '/v2/0.m4s',
      accept: 'text/html',
      origin: 'https://a.example',
    });
    expect(bytes).toEqual(segmentBytes('v0', 2));
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
  });
});
