import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { attribute } from '#core/playlist/attributes.ts';
import { parsePlaylist, serializePlaylist } from '#core/playlist/lines.ts';
import { prefixRelativeUris } from '#core/playlist/uris.ts';
import { keepVariants } from '#core/playlist/variants.ts';
import { MULTIVARIANT_PLAYLIST } from './sample-playlists.ts';

const lines = parsePlaylist(MULTIVARIANT_PLAYLIST);
const keepRungs = (...rungs: number[]): string =>
  serializePlaylist(keepVariants(lines, (uri) => rungs.includes(Number(uri.slice(1, 2)))));

describe('a Multivariant Playlist for one viewer', () => {
  test('has no trace of a Variant Stream that the viewer may not have', () => {
    const text = keepRungs(0, 1);
    expect(text).not.toContain('v2/');
    expect(text).not.toContain('1080x1920');
    expect(text).not.toContain('a remark between a tag and its URI');
    expect(text).toContain('RESOLUTION=540x960,FRAME-RATE=30.000\nv1/media.m3u8\n');
    expect(text).toContain('URI="v0/iframes.m3u8"');
  });

  test('keeps the order, so that the wanted first rung stays first', () => {
    expect(keepRungs(0, 1).indexOf('v1/media.m3u8')).toBeLessThan(keepRungs(0, 1).indexOf('v0/media.m3u8'));
  });

  test('keeps tags that it does not know, also one whose value looks like a dropped URI', () => {
    expect(keepRungs(0)).toContain('#EXT-X-SESSION-DATA:DATA-ID="org.example.theme",VALUE="v9/media.m3u8"\n');
  });

  test('is byte for byte the one that was written when everything is allowed', () => {
    expect(keepRungs(0, 1, 2)).toBe(MULTIVARIANT_PLAYLIST);
  });

  test('names each kept Variant Stream exactly once, for every choice of rungs', () => {
    fc.assert(
      fc.property(fc.subarray([0, 1, 2]), (rungs) => {
        const text = keepRungs(...rungs);
        for (const rung of [0, 1, 2]) {
          const times = text.split(`\nv${rung}/media.m3u8\n`).length - 1;
          expect(times).toBe(rungs.includes(rung) ? 1 : 0);
        }
        const streams = parsePlaylist(text).filter((line) => line.kind === 'tag' && line.name === 'EXT-X-STREAM-INF');
        expect(streams).toHaveLength(rungs.length);
      }),
    );
  });

  test('drops a Variant Stream whose URI is none of ours', () => {
    const foreign = parsePlaylist('#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nhttps://elsewhere.example/v0/media.m3u8\n');
    expect(serializePlaylist(keepVariants(foreign, (uri) => uri === 'v0/media.m3u8'))).toBe('#EXTM3U\n');
  });
});

describe('a prefix for a playlist that is served from elsewhere', () => {
  test('stands before every Variant Stream, and changes no other line', () => {
    const text = serializePlaylist(prefixRelativeUris(lines, '/m/pass/ast/ver/'));
    expect(text.split('\n').filter((line) => line.startsWith('/m/pass/ast/ver/v'))).toHaveLength(3);
    expect(text.replaceAll('/m/pass/ast/ver/', '')).toBe(MULTIVARIANT_PLAYLIST);
  });
});

describe('an attribute of a list', () => {
  test.each([
    ['BANDWIDTH=1,URI="a"', 'URI', 'a'],
    ['NAME="x,URI=no",URI="yes"', 'URI', 'yes'],
    ['X-URI="no",URI="yes"', 'URI', 'yes'],
    ['URI=""', 'URI', ''],
    ['BANDWIDTH=1', 'URI', null],
    ['', 'URI', null],
    ['RESOLUTION=540x960,CODECS="avc1.64001f,mp4a.40.2"', 'CODECS', 'avc1.64001f,mp4a.40.2'],
    ['RESOLUTION=540x960', 'RESOLUTION', '540x960'],
  ])('of %j, %s is %j', (list, name, value) => {
    expect(attribute(list, name)).toBe(value);
  });

  test('is never read out of a quoted string, whatever that holds', () => {
    fc.assert(
      fc.property(
        fc.string().filter((text) => !/["\r\n]/.test(text)),
        (text) => {
          expect(attribute(`NAME="${text}",URI="real"`, 'URI')).toBe('real');
        },
      ),
    );
  });
});
