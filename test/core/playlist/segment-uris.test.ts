import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parsePlaylist, serializePlaylist } from '#core/playlist/lines.ts';
import { objectUris, replaceObjectUris } from '#core/playlist/segment-uris.ts';
import { FOREIGN_MEDIA_PLAYLIST, mediaPlaylist } from './sample-playlists.ts';

const replace = (text: string, pairs: readonly (readonly [string, string])[]): string =>
  serializePlaylist(replaceObjectUris(parsePlaylist(text), new Map(pairs)));

test('every object that a player fetches is found once', () => {
  expect(objectUris(parsePlaylist(mediaPlaylist([1, 1])))).toEqual(['init.mp4', '0.m4s', '1.m4s']);
  expect(objectUris(parsePlaylist('0.m4s\n0.m4s\n'))).toEqual(['0.m4s']);
});

test('only the URIs change: line ends, other attributes and unknown tags stay', () => {
  const text = '#EXT-X-MAP:BYTERANGE="1@0",URI="init.mp4",X="URI"\r\n#EXT-X-NEW:URI="init.mp4"\r\n0.m4s\r\n';
  const pairs = [
    ['init.mp4', 'https://a.example/$&?x'],
    ['0.m4s', 'b'],
  ] as const;
  expect(replace(text, pairs)).toBe(
    '#EXT-X-MAP:BYTERANGE="1@0",URI="https://a.example/$&?x",X="URI"\r\n#EXT-X-NEW:URI="init.mp4"\r\nb\r\n',
  );
});

test('a playlist of which nothing is replaced stays as it is, whatever it is', () => {
  expect(replace(FOREIGN_MEDIA_PLAYLIST, [])).toBe(FOREIGN_MEDIA_PLAYLIST);
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(replace(text, [])).toBe(text);
    }),
  );
});
