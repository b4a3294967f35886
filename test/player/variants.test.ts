import { describe, expect, test } from 'vitest';
import { pairMediaPlaylists } from '../../player/variants.ts';

const multivariant = (pass: string, lines: string): { url: string; text: string } => ({
  url: `https://edge.test/m/${pass}/asset/1/multivariant.m3u8`,
  text: `#EXTM3U\n${lines}`,
});
const V0 = '#EXT-X-STREAM-INF:BANDWIDTH=900000,RESOLUTION=540x960,CODECS="avc1.4d401f,mp4a.40.2"\nv0/media.m3u8\n';
const V1 = '#EXT-X-STREAM-INF:BANDWIDTH=400000,RESOLUTION=360x640,CODECS="avc1.4d401e,mp4a.40.2"\nv1/media.m3u8\n';

describe('after an unlock each Rendition goes on under its new pass', () => {
  test('whatever the order and the peak bandwidth', () => {
    const whole = `${V1.replace('400000', '512000')}${V0}`;
    const pairs = pairMediaPlaylists(multivariant('preview', V0 + V1), multivariant('whole', whole));
    expect([...pairs]).toEqual([
      ['https://edge.test/m/preview/asset/1/v0/media.m3u8', 'https://edge.test/m/whole/asset/1/v0/media.m3u8'],
      ['https://edge.test/m/preview/asset/1/v1/media.m3u8', 'https://edge.test/m/whole/asset/1/v1/media.m3u8'],
    ]);
  });

  test('a dub is paired by its group, name and language', () => {
    const dub = '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="Español",LANGUAGE="es",URI="es/media.m3u8"\n';
    const pairs = pairMediaPlaylists(multivariant('p', dub), multivariant('w', dub));
    expect(pairs.get('https://edge.test/m/p/asset/1/es/media.m3u8')).toBe(
      'https://edge.test/m/w/asset/1/es/media.m3u8',
    );
  });

  test('a Rendition that is not there any more has no successor', () => {
    expect(pairMediaPlaylists(multivariant('p', V0), multivariant('w', V1)).size).toBe(0);
  });
});
