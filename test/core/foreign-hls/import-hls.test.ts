import { describe, expect, test } from 'vitest';
import { importHls } from '#core/foreign-hls/import-hls.ts';
import { readMultivariant } from '#core/foreign-hls/read-multivariant.ts';
import { parsePlaylist } from '#core/playlist/lines.ts';

/** A Media Playlist alone in `x/`, beside a file of 6,000 bytes, one of 16 and one of 300. */
function importAlone(...body: readonly string[]) {
  const text = ['#EXTM3U', '#EXT-X-TARGETDURATION:2', ...body, '#EXT-X-ENDLIST', ''].join('\n');
  const lines = parsePlaylist(text);
  return importHls({
    lines,
    prefix: 'x/',
    plan: readMultivariant(lines, 'x/only.m3u8', 'x/'),
    texts: new Map([['x/only.m3u8', text]]),
    sizes: new Map([
      ['x/all.mp4', 6_000],
      ['x/key', 16],
      ['x/filler.ts', 300],
    ]),
    etags: new Map(),
  });
}

const ranges = [0, 1, 2, 3].flatMap((index) => ['#EXTINF:2,', `#EXT-X-BYTERANGE:900@${600 + index * 900}`, 'all.mp4']);
const reasonsOf = (result: ReturnType<typeof importAlone>): string =>
  result.ok ? '' : result.error.map(({ reason }) => reason).join();

describe('a preview of imported HLS', () => {
  test.each([
    ['as init section', ['#EXT-X-MAP:URI="all.mp4"', ...ranges]],
    [
      'as init section of a range that reaches over segments',
      ['#EXT-X-MAP:URI="all.mp4",BYTERANGE="3000@0"', ...ranges],
    ],
    ['as first segment', ['#EXTINF:2,', 'all.mp4', ...ranges]],
  ])('cannot have the file whole %s', (_, body) => {
    const result = importAlone(...body);
    expect(reasonsOf(result)).toContain('open later');
    expect(result).toMatchObject({ error: [{ playlist: 'x/only.m3u8', uri: 'x/all.mp4' }] });
  });

  test.each([
    ['ranges beside each other', ['#EXT-X-MAP:URI="all.mp4",BYTERANGE="600@0"', ...ranges]],
    ['one segment shown twice', ['#EXTINF:2,', 'filler.ts', ...ranges, '#EXTINF:2,', 'filler.ts']],
    ['a file that is its own init section', ['#EXT-X-MAP:URI="all.mp4"', '#EXTINF:2,', 'all.mp4']],
  ])('is no reason to refuse %s', (_, body) => {
    expect(reasonsOf(importAlone(...body))).toBe('');
  });

  test.each([
    [10, []],
    [10.1, ['first-segment-long']],
  ])('of a first segment of %s s warns with %j', (seconds, codes) => {
    const result = importAlone(`#EXTINF:${seconds},`, 'filler.ts', ...ranges);
    expect(result.ok && result.value.warnings.map(({ code }) => code)).toEqual(codes);
  });
});

test('a key that is no AES-128 key is refused: a whole file could stand in its place', () => {
  expect(reasonsOf(importAlone('#EXT-X-KEY:METHOD=AES-128,URI="key"', ...ranges))).toBe('');
  expect(reasonsOf(importAlone('#EXT-X-KEY:METHOD=AES-128,URI="all.mp4"', ...ranges))).toContain('6000 bytes');
});

test('a Media Playlist asks for no query parameter: the URL that we serve it from has none', () => {
  const result = importAlone(
    '#EXT-X-DEFINE:QUERYPARAM="auth"',
    '#EXT-X-DEFINE:NAME="f",VALUE="filler"',
    '#EXTINF:2,',
    '{$f}.ts?{$auth}',
  );
  const text = result.ok ? result.value.playlists.get('v0/media.m3u8') : null;
  expect(text).toContain('#EXT-X-DEFINE:NAME="f"');
  expect(text).not.toContain('QUERYPARAM');
  expect(text).toContain('\n0.ts\n');
});

test('variables that would grow into gigabytes do not', () => {
  const long = '#EXT-X-DEFINE:NAME="a",VALUE="' + 'b'.repeat(8_000) + '"';
  const started = performance.now();
  expect(reasonsOf(importAlone(long, '#EXTINF:2,', '{$a}'.repeat(200_000)))).toContain('not in the bucket');
  expect(performance.now() - started).toBeLessThan(2_000);
});
