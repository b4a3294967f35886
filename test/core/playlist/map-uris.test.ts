import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parsePlaylist, serializePlaylist } from '#core/playlist/lines.ts';
import { mapUris, type UriMap } from '#core/playlist/uris.ts';
import { readVariables, type VariableSources } from '#core/playlist/variables.ts';
import { fixture } from '../../fixtures/hls/read.ts';

const MULTIVARIANT = fixture('multivariant-all-tags.m3u8');
const MEDIA = fixture('media-all-tags.m3u8');
const QUERY: VariableSources = { query: new Map([['edge', 'berlin']]) };
const IMPORTED: VariableSources = { imported: new Map([['base', 'ladder/v2']]) };

const mapped = (text: string, map: UriMap, sources: VariableSources = {}): string =>
  serializePlaylist(mapUris(parsePlaylist(text), map, sources));
const roles = (text: string, sources: VariableSources): string[] => {
  const found: string[] = [];
  mapped(text, (uri, role) => (found.push(`${role} ${uri}`), uri), sources);
  return found;
};

describe('every URI of a playlist is found, with what it is for and with its variables resolved', () => {
  test('in a Multivariant Playlist', () => {
    expect(roles(MULTIVARIANT, QUERY)).toEqual([
      'steering /steer.json?from=here',
      'session-data session/more.json',
      'session-key ladder/v2/key.bin',
      'rendition audio/hi/de.m3u8',
      'rendition audio/lo/de.m3u8',
      'rendition text/en.m3u8',
      'variant ladder/v2/360.m3u8',
      'variant https://cdn.example/berlin/1080.m3u8',
      'i-frame-stream ladder/v2/360-iframes.m3u8',
      'image-stream images.m3u8',
    ]);
  });

  test('in a Media Playlist', () => {
    expect(roles(MEDIA, IMPORTED)).toEqual([
      'key keys/1.bin',
      'map ladder/v2/all.mp4',
      'asset ads/early.m3u8',
      'asset-list ads/late.json',
      'segment ladder/v2/all.mp4',
      'part part-1.mp4',
      'part part-2.mp4',
      'segment ladder/v2/all.mp4',
      'key keys/2.bin',
      'map other/init.mp4',
      'segment ../up/2.m4s?x=1#frag',
      'segment /root/3.m4s',
      'preload-hint part-9.mp4',
      'rendition-report ../lo/media.m3u8',
    ]);
  });

  test('a variable that has no value is left as it is written', () => {
    expect(roles('#EXTM3U\n#EXT-X-DEFINE:IMPORT="no"\n#EXTINF:1,\n{$no}/{$NO}/{$}.ts\n', {})).toEqual([
      'segment {$no}/{$NO}/{$}.ts',
    ]);
    expect(readVariables(parsePlaylist('#EXT-X-DEFINE:QUERYPARAM="no"\n'), QUERY).size).toBe(0);
  });

  test('a value is not read for variables again, and a definition does not reach back', () => {
    const text = '{$a}.ts\n#EXT-X-DEFINE:NAME="a",VALUE="{$b}"\n#EXT-X-DEFINE:NAME="b",VALUE="x"\n{$a}.ts\n';
    expect(roles(text, {})).toEqual(['segment {$a}.ts', 'segment {$b}.ts']);
  });
});

describe('a mapping', () => {
  test('changes the bytes of the URIs and no others', () => {
    const text = mapped(MEDIA, (_, role) => `ours/${role}`, IMPORTED);
    expect(text).toContain('#EXT-X-KEY:METHOD=AES-128,URI="ours/key",IV=0xab01cd23ef45ab01cd23ef45ab01cd23\n');
    expect(text).toContain('#EXT-X-MAP:URI="ours/map",BYTERANGE="720@0"\n');
    expect(text).toContain('X-ASSET-LIST="ours/asset-list",X-SNAP="IN,OUT"\n');
    expect(text).toContain('#EXT-X-BYTERANGE:1000@720\nours/segment\n');
    expect(text.split('\n')).toHaveLength(MEDIA.split('\n').length);
  });

  test('keeps CRLF, blanks around a URI, and a file without a newline at its end', () => {
    expect(mapped('\uFEFF#EXTM3U\r\n#EXTINF:1,\r\n  a.ts \r\n#EXTINF:1,\nb.ts', (uri) => `x/${uri}`)).toBe(
      '\uFEFF#EXTM3U\r\n#EXTINF:1,\r\n  x/a.ts \r\n#EXTINF:1,\nx/b.ts',
    );
  });

  test('to itself leaves every byte as it is, whatever the text', () => {
    const line = fc.oneof(
      fc.string({ maxLength: 40 }),
      fc.constantFrom(...`${MEDIA}${MULTIVARIANT}`.split('\n')),
      fc.constantFrom('#EXT-X-MAP:URI="', '#EXT-X-KEY:URI=,URI="a"', '#EXT-X-MAP:=,,"', '{$base}', '#EXT-X-DEFINE:'),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 30 }), fc.constantFrom('\n', '\r\n'), (lines, newline) => {
        const text = lines.join(newline);
        expect(mapped(text, (uri) => uri, IMPORTED)).toBe(text);
      }),
      { numRuns: 2_000 },
    );
  });

  test('to null takes the reference out with what introduces it', () => {
    const text = mapped(MEDIA, (uri, role) => (role === 'part' || uri === '/root/3.m4s' ? null : uri), IMPORTED);
    expect(text).not.toContain('EXT-X-PART:');
    expect(text).not.toContain('/root/3.m4s');
    expect(text).not.toContain('#EXTINF:2.5');
    expect(text).toContain('../up/2.m4s?x=1#frag\n#EXT-X-KEY:METHOD=NONE\n#EXT-X-DATERANGE:ID="told-last"');
  });

  test.each(['a"b', 'a\nb', 'a\rb'])('to %j is refused: it would write tags of its own', (uri) => {
    expect(() => mapped('#EXT-X-MAP:URI="init.mp4"\n', () => uri)).toThrow('quotes or line ends');
  });

  test('takes time in proportion to the text, also for lists made to be slow', () => {
    const slow = `#EXT-X-MAP:${'A'.repeat(200_000)}\n#EXT-X-MAP:${'A=,'.repeat(70_000)}\n#EXT-X-MAP:${'"'.repeat(200_000)}\n`;
    const startedAt = performance.now();
    expect(mapped(slow, (uri) => uri)).toBe(slow);
    expect(performance.now() - startedAt).toBeLessThan(500);
  });
});
