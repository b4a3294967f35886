import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cutMediaPlaylist, cutMediaPlaylistAt } from '#core/playlist/cut.ts';
import { parseDateMs } from '#core/playlist/dates.ts';
import { parsePlaylist, serializePlaylist } from '#core/playlist/lines.ts';
import { keepVariants } from '#core/playlist/variants.ts';
import { fixture } from '../../fixtures/hls/read.ts';
import { mediaPlaylist } from './sample-playlists.ts';

const MEDIA = fixture('media-all-tags.m3u8');
const MULTIVARIANT = fixture('multivariant-all-tags.m3u8');
const cut = (text: string, count: number): string => serializePlaylist(cutMediaPlaylist(parsePlaylist(text), count));
const cutAt = (text: string, seconds: number): string =>
  serializePlaylist(cutMediaPlaylistAt(parsePlaylist(text), seconds));
const keep = (allows: (uri: string) => boolean): string =>
  serializePlaylist(keepVariants(parsePlaylist(MULTIVARIANT), allows));

describe('a preview of a playlist with every tag', () => {
  const preview = cut(MEDIA, 1);

  test('ends behind its last segment: no later part, key, map, date, gap, hint or report', () => {
    expect(preview).toContain('#EXT-X-BYTERANGE:1000@720\n{$base}/all.mp4\n');
    for (const later of ['PART:', 'keys/2', 'DISCONTINUITY\n', 'GAP', 'PRELOAD', 'REPORT', 'BITRATE', 'METHOD=NONE'])
      expect(preview).not.toContain(later);
    expect(preview.endsWith('#EXT-X-ENDLIST\n')).toBe(true);
  });

  test('tells of the dates in it, wherever they stand, and of none behind it', () => {
    expect(preview).toContain('ID="early"');
    expect(preview).toContain('ID="told-last"');
    expect(preview).not.toContain('ID="late"');
    expect(cut(MEDIA, 3)).toContain('ID="late"');
  });

  test('keeps the parts, the discontinuity and the keys of the segments that it has', () => {
    const three = cut(MEDIA, 3);
    for (const kept of ['part-1.mp4', 'part-2.mp4', 'keys/2', '#EXT-X-DISCONTINUITY\n', '#EXT-X-GAP'])
      expect(three).toContain(kept);
    expect(three).not.toContain('METHOD=NONE');
  });

  test('keeps what is said of the whole playlist, also when it is said at the end', () => {
    const text = '#EXTM3U\n#EXTINF:1,\n0.ts\n#EXTINF:1,\n1.ts\n#EXT-X-TARGETDURATION:6\n#EXT-X-ENDLIST';
    expect(cut(text, 1)).toBe('#EXTM3U\n#EXTINF:1,\n0.ts\n#EXT-X-TARGETDURATION:6\n#EXT-X-ENDLIST');
  });

  test('puts the end that it writes before what outlives the cut, so that a last line without a line end stays whole', () => {
    const text = '#EXTM3U\n#EXTINF:1,\n0.ts\n#EXTINF:1,\n1.ts\n#EXT-X-TARGETDURATION:6';
    expect(cut(text, 1)).toBe('#EXTM3U\n#EXTINF:1,\n0.ts\n#EXT-X-ENDLIST\n#EXT-X-TARGETDURATION:6');
  });

  test('of nothing names no segment', () => {
    expect(cut(MEDIA, 0)).not.toMatch(/^[^#]/m);
  });

  test('has an end although the whole has none', () => {
    expect(cut('#EXTM3U\r\n#EXTINF:1,\r\n0.ts\r\n#EXTINF:1,\r\n1.ts', 1)).toBe(
      '#EXTM3U\r\n#EXTINF:1,\r\n0.ts\r\n#EXT-X-ENDLIST\r\n',
    );
  });
});

describe('a cut by time', () => {
  test.each([
    [4, 2],
    [4.05, 2],
    [4.2, 3],
    [0, 1],
    [99, 4],
  ])('after %f s keeps %i segments of 2 s', (seconds, count) => {
    expect(cutAt(mediaPlaylist([2, 2, 2, 2]), seconds).match(/m4s/g)).toHaveLength(count);
  });

  test('reaches as far as the picture and not a segment further, for any boundaries', () => {
    const durations = fc.array(fc.double({ min: 0.3, max: 9, noNaN: true }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(durations, fc.double({ min: 0.5, max: 60, noNaN: true }), (sound, seconds) => {
        const kept = cutAt(mediaPlaylist(sound), seconds).match(/m4s/g)?.length ?? 0;
        const start = sound.slice(0, kept - 1).reduce((sum, each) => sum + Number(each.toFixed(5)), 0);
        if (kept > 1) expect(start).toBeLessThan(seconds);
        if (kept < sound.length) expect(start + (sound[kept - 1] ?? 0)).toBeGreaterThan(seconds - 0.11);
      }),
    );
  });
});

describe('Rendition groups', () => {
  test('go with the last Variant Stream that refers to them, and no others', () => {
    const text = keep((uri) => uri.includes('360'));
    expect(text).not.toContain('GROUP-ID="hi"');
    for (const group of ['lo', 'subs', 'cc']) expect(text).toContain(`GROUP-ID="${group}"`);
    expect(text).not.toContain('1080');
    expect(text).not.toContain('images.m3u8');
    expect(text).toContain('#EXT-X-TOMORROW:URI="left-alone.m3u8",LEVEL=1\n');
  });

  test('stay as they are when all is allowed, also one that nobody ever referred to', () => {
    expect(keep(() => true)).toBe(MULTIVARIANT);
  });

  test('all go when nothing is allowed', () => {
    expect(keep(() => false)).not.toContain('#EXT-X-MEDIA:');
  });
});

describe('a date', () => {
  test.each([
    '1970-01-01T00:00:00Z',
    '2024-02-29T23:59:59.999Z',
    '2000-03-01T00:00:00+05:30',
    '2100-12-31T12:00:00-08:00',
  ])('%s is read as Date reads it', (text) => {
    expect(parseDateMs(text)).toBeCloseTo(Date.parse(text), 3);
  });

  test('any other text is none', () => {
    for (const text of ['', 'tomorrow', '2026-11-22', '2026-11-22 00:00:00Z']) expect(parseDateMs(text)).toBeNull();
  });
});
