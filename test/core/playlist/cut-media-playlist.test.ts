import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cutMediaPlaylist } from '#core/playlist/cut.ts';
import { parsePlaylist, serializePlaylist } from '#core/playlist/lines.ts';
import { FOREIGN_MEDIA_PLAYLIST, mediaPlaylist } from './sample-playlists.ts';

const cut = (text: string, segmentCount: number): string =>
  serializePlaylist(cutMediaPlaylist(parsePlaylist(text), segmentCount));
const uris = (text: string): string[] => parsePlaylist(text).flatMap((line) => (line.kind === 'uri' ? [line.uri] : []));

describe('a preview', () => {
  test('lists exactly the segments that it opens, then says that it has ended', () => {
    const preview = cut(mediaPlaylist([1, 1, 2, 2, 4, 4]), 3);
    expect(uris(preview)).toEqual(['0.m4s', '1.m4s', '2.m4s']);
    expect(preview.endsWith('2.m4s\n#EXT-X-ENDLIST\n')).toBe(true);
  });

  test('keeps the target duration and the Media Initialization Section, so that it may be joined with the whole later', () => {
    const preview = cut(mediaPlaylist([1, 1, 4]), 1);
    expect(preview).toContain('#EXT-X-TARGETDURATION:4\n');
    expect(preview).toContain('#EXT-X-MAP:URI="init.mp4"\n');
  });

  test('keeps the line ends that the playlist has', () => {
    const preview = cut(mediaPlaylist([1, 1, 4], '\r\n'), 2);
    expect(preview.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    expect(preview.endsWith('#EXT-X-ENDLIST\r\n')).toBe(true);
  });

  test('keeps unknown tags of the segments that it shows byte for byte, and none of those that it does not', () => {
    const preview = cut(FOREIGN_MEDIA_PLAYLIST, 1);
    const head = FOREIGN_MEDIA_PLAYLIST.slice(0, FOREIGN_MEDIA_PLAYLIST.indexOf('#EXT-X-DISCONTINUITY'));
    expect(preview).toBe(`${head}#EXT-X-ENDLIST\n`);
  });

  test('tells nothing of what comes after it: no later URI, no later key, no later date', () => {
    const secret = FOREIGN_MEDIA_PLAYLIST.replace(
      '#EXT-X-KEY:METHOD=NONE',
      '#EXT-X-KEY:METHOD=AES-128,URI="later-key"',
    );
    expect(cut(secret, 1)).not.toContain('later-key');
    expect(cut(secret, 2)).toContain('later-key');
  });

  test('is the same for any cut: a prefix of the segments in order, one end, nothing else changed', () => {
    const durations = fc.array(fc.constantFrom(1, 2, 4), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(
        durations,
        fc.integer({ min: 1, max: 40 }),
        fc.constantFrom('\n', '\r\n'),
        (seconds, segmentCount, newline) => {
          const whole = mediaPlaylist(seconds, newline);
          const preview = cut(whole, segmentCount);
          const shown = Math.min(segmentCount, seconds.length);
          expect(uris(preview)).toEqual(uris(whole).slice(0, shown));
          expect(preview.match(/#EXT-X-ENDLIST/g)).toHaveLength(1);
          expect(preview.startsWith(whole.slice(0, whole.indexOf('#EXTINF')))).toBe(true);
          expect(cut(preview, segmentCount)).toBe(preview);
          if (segmentCount >= seconds.length) expect(preview).toBe(whole);
        },
      ),
    );
  });
});

describe('a viewer who may play everything', () => {
  test('gets the playlist byte for byte as it was written', () => {
    const whole = mediaPlaylist([1, 1, 2, 4]);
    expect(cut(whole, 4)).toBe(whole);
    expect(cut(whole, 9_999)).toBe(whole);
  });

  test('gets a foreign playlist byte for byte too, with the pass one segment longer than it', () => {
    expect(cut(FOREIGN_MEDIA_PLAYLIST, 4)).toBe(FOREIGN_MEDIA_PLAYLIST);
  });

  test('keeps tags that stand after the last segment', () => {
    const whole = mediaPlaylist([1, 1]).replace('#EXT-X-ENDLIST', '#EXT-X-FUTURE-TAG:AFTER=1\n#EXT-X-ENDLIST');
    expect(cut(whole, 2)).toBe(whole);
  });
});
