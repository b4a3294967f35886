import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parsePlaylist, serializePlaylist, type PlaylistLine } from '#core/playlist/lines.ts';
import { fixture } from '../../fixtures/hls/read.ts';
import { FOREIGN_MEDIA_PLAYLIST, MULTIVARIANT_PLAYLIST, mediaPlaylist } from './sample-playlists.ts';

const piece = fc.constantFrom(
  '\r\n',
  '\n',
  '\r',
  '\n\n',
  '\r\r\n',
  '\uFEFF',
  ' ',
  '\t',
  '\u2028',
  '\0',
  '#EXTM3U',
  '#EXTINF:4,',
  '#EXT-X-KEY:URI="k"',
  '#EXT',
  '#EXTINF',
  '#EXTINFO:4',
  '#EXTINF:',
  '#',
  '# note',
  '0.m4s',
  'v0/media.m3u8',
  'ünïcode',
  '\uD800',
);
const texts = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''));

const roundTrip = (text: string): string => serializePlaylist(parsePlaylist(text));

describe('a playlist that is read and written again', () => {
  test('is the same text, whatever the text is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        expect(roundTrip(text)).toBe(text);
      }),
      { numRuns: 1_000 },
    );
  });

  test('is the same text for any mixture of line ends, BOMs, tags, comments, blanks and URIs', () => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(roundTrip(text)).toBe(text);
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    ['our own form', mediaPlaylist([1, 1, 2, 2, 4])],
    ['our own form with CRLF', mediaPlaylist([1, 1, 2, 2, 4], '\r\n')],
    ['a foreign one', FOREIGN_MEDIA_PLAYLIST],
    ['a Multivariant Playlist', MULTIVARIANT_PLAYLIST],
    ['one that starts with a BOM', `\uFEFF${MULTIVARIANT_PLAYLIST}`],
    ['one without a newline at its end', '#EXTM3U\n#EXTINF:1,\n0.m4s'],
    ['one that ends in a lone carriage return', '#EXTM3U\n0.m4s\r'],
    ['the fixture of a Media Playlist', fixture('media-all-tags.m3u8')],
    ['the fixture of a Multivariant Playlist', fixture('multivariant-all-tags.m3u8')],
    ['nothing at all', ''],
    ['only a newline', '\n'],
  ])('is the same text: %s', (_, text) => {
    expect(roundTrip(text)).toBe(text);
  });
});

describe('lines that are left out, repeated, moved or put between others', () => {
  const lines = fc.array(texts.map(parsePlaylist), { maxLength: 3 }).map((each) => each.flat());
  const added: PlaylistLine = { kind: 'uri', uri: 'new.m4s', raw: 'new.m4s', end: '\n' };

  test('are written each as it stood, and the ones around them too', () => {
    const edited = lines.chain((all) => fc.array(fc.constantFrom(added, ...all), { maxLength: 60 }));
    fc.assert(
      fc.property(fc.oneof(edited, lines), (some) => {
        expect(serializePlaylist(some)).toBe(some.map(({ raw, end }) => raw + end).join(''));
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('a line', () => {
  test('is a tag, a URI or neither by how its text begins, and its parts are the text', () => {
    fc.assert(
      fc.property(texts, (text) => {
        for (const line of parsePlaylist(text)) {
          const isTag = line.raw.startsWith('#EXT');
          const isUri = !/^\uFEFF?#/.test(line.raw) && line.raw.trim() !== '';
          expect(line.kind).toBe(isTag ? 'tag' : isUri ? 'uri' : 'other');
          expect(line.end).toMatch(/^(?:\r?\n)?$/);
          if (line.kind === 'uri') expect(line.uri).toBe(line.raw.trim());
          if (line.kind === 'tag' && line.value !== '') expect(`#${line.name}:${line.value}`).toBe(line.raw);
          if (line.kind === 'tag' && line.value === '') expect([`#${line.name}`, `#${line.name}:`]).toContain(line.raw);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test.each([
    ['#EXTM3U', { kind: 'tag', name: 'EXTM3U', value: '', raw: '#EXTM3U' }],
    ['#EXTINF:4.00000,', { kind: 'tag', name: 'EXTINF', value: '4.00000,', raw: '#EXTINF:4.00000,' }],
    ['#EXT-X-MAP:URI="a:b"', { kind: 'tag', name: 'EXT-X-MAP', value: 'URI="a:b"', raw: '#EXT-X-MAP:URI="a:b"' }],
    ['# EXTINF:4,', { kind: 'other', raw: '# EXTINF:4,' }],
    ['#', { kind: 'other', raw: '#' }],
    ['   ', { kind: 'other', raw: '   ' }],
    ['\uFEFF#EXTM3U', { kind: 'other', raw: '\uFEFF#EXTM3U' }],
    ['0.m4s', { kind: 'uri', uri: '0.m4s', raw: '0.m4s' }],
    ['  0.m4s  ', { kind: 'uri', uri: '0.m4s', raw: '  0.m4s  ' }],
  ])('%j is told apart by its start', (text, expected) => {
    for (const end of ['', '\n', '\r\n']) {
      const lines = parsePlaylist(text + end);
      expect(lines).toHaveLength(1);
      expect(lines[0]).toMatchObject({ ...expected, end });
    }
  });

  test('a title that spans lines cannot add a segment: a newline always ends the line', () => {
    const lines = parsePlaylist('#EXT-X-SESSION-DATA:VALUE="a\nhttps://evil.example/x.ts\n"');
    expect(lines.map((line) => line.kind)).toEqual(['tag', 'uri', 'uri']);
  });
});
