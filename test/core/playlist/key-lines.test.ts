import { describe, expect, test } from 'vitest';
import { KEY_PLACEHOLDER, keyPlaceholderTag, needsKey, writeKeyLines } from '#core/playlist/key-lines.ts';
import { parsePlaylist, serializePlaylist } from '#core/playlist/lines.ts';
import { hexOfBase64url, keyIdOfSealed } from '#core/token/content-key.ts';
import { fixture } from '../../fixtures/hls/read.ts';

const KEY_ID_HEX = '00108310518720928b30d38f41149351';
const KEY_ID = Buffer.from(KEY_ID_HEX, 'hex').toString('base64url');

const playlist = (key: string, end = '\n'): string =>
  [
    '#EXTM3U',
    '#EXT-X-MAP:URI="init.mp4"',
    ...(key === '' ? [] : [key]),
    '#EXT-X-OURS:FUTURE=1',
    '#EXTINF:1,',
    '0.m4s',
    '#EXT-X-ENDLIST',
    '',
  ].join(end);

describe('the key of a Media Playlist', () => {
  test.each(['\n', '\r\n'])('stands where the packager left its place, and no other byte changes (%j)', (end) => {
    const lines = parsePlaylist(playlist(keyPlaceholderTag('aes-128'), end));
    expect(needsKey(lines)).toBe(true);
    expect(serializePlaylist(writeKeyLines(lines, { scheme: 'aes-128', uri: '../sealed.key' }))).toBe(
      playlist('#EXT-X-KEY:METHOD=AES-128,URI="../sealed.key"', end),
    );
  });

  test('is written for Clear Key as hls.js reads it', () => {
    const lines = parsePlaylist(playlist(keyPlaceholderTag('cbcs')));
    expect(serializePlaylist(writeKeyLines(lines, { scheme: 'cbcs', keyId: KEY_ID }))).toBe(
      playlist(
        `#EXT-X-KEY:METHOD=SAMPLE-AES,URI="data:text/plain;base64,${Buffer.from(KEY_ID_HEX, 'hex').toString('base64')}",KEYID=0x${KEY_ID_HEX},KEYFORMAT="org.w3.clearkey",KEYFORMATVERSIONS="1"`,
      ),
    );
  });

  test('is not asked for, and not written, where there is no place for it', () => {
    for (const text of [
      playlist(''),
      playlist('#EXT-X-KEY:METHOD=NONE'),
      playlist('#EXT-X-KEY:METHOD=AES-128,URI="v0/0.key"'),
      fixture('media-all-tags.m3u8'),
      '',
    ]) {
      const lines = parsePlaylist(text);
      expect(needsKey(lines)).toBe(false);
      expect(serializePlaylist(writeKeyLines(lines, { scheme: 'aes-128', uri: '../x.key' }))).toBe(text);
    }
  });

  test('leads nowhere in what the packager writes', () => {
    for (const scheme of ['aes-128', 'cbcs'] as const)
      expect(keyPlaceholderTag(scheme)).toMatch(new RegExp(`METHOD=[A-Z0-9-]+,URI="${KEY_PLACEHOLDER}"$`));
  });
});

describe('a key id', () => {
  test('is the start of the sealed key, however its bits fall', () => {
    for (let last = 0; last < 256; last++) {
      const bytes = Buffer.alloc(60, 255 - last);
      bytes[15] = last;
      const id = bytes.subarray(0, 16);
      expect(keyIdOfSealed(bytes.toString('base64url'))).toBe(id.toString('base64url'));
      expect(hexOfBase64url(id.toString('base64url'))).toBe(id.toString('hex'));
    }
  });
});
