import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parsePlaylist, serializePlaylist } from '#core/playlist/lines.ts';
import { FOREIGN_MEDIA_PLAYLIST, MULTIVARIANT_PLAYLIST, mediaPlaylist } from './sample-playlists.ts';

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
      '#',
      '# note',
      '0.m4s',
      'v0/media.m3u8',
      'ünïcode',
      '\uD800',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        expect(roundTrip(pieces.join(''))).toBe(pieces.join(''));
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
    ['nothing at all', ''],
    ['only a newline', '\n'],
  ])('is the same text: %s', (_, text) => {
    expect(roundTrip(text)).toBe(text);
  });
});

describe('a line', () => {
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
    expect(parsePlaylist(text)).toEqual([{ ...expected, end: '' }]);
  });

  test('a title that spans lines cannot add a segment: a newline always ends the line', () => {
    const lines = parsePlaylist('#EXT-X-SESSION-DATA:VALUE="a\nhttps://evil.example/x.ts\n"');
    expect(lines.map((line) => line.kind)).toEqual(['tag', 'uri', 'uri']);
  });
});
