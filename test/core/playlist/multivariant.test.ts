import { describe, expect, test } from 'vitest';
import { attribute } from '#core/playlist/attributes.ts';
import { multivariantPlaylist } from '#core/playlist/multivariant.ts';
import type { Renditions } from '#core/playlist/renditions.ts';

const rung = {
  ...{ name: 'v0', width: 360, height: 640, frameRate: 24, codecs: 'avc1.4d401e' },
  ...{ bandwidthBps: 500_000, averageBandwidthBps: 400_000 },
};
const dub = {
  ...{ name: 'a1', language: 'es-419', label: 'Español', channels: 2, codecs: 'mp4a.40.2' },
  ...{ bandwidthBps: 130_000, averageBandwidthBps: 128_000, isMachineGenerated: true, isMain: false },
};
const main = { ...dub, name: 'a0', language: 'en', label: 'English', isMachineGenerated: false, isMain: true };
const subtitles = {
  name: 't0',
  language: 'en',
  label: 'English',
  kind: 'subtitles',
  isMachineGenerated: true,
} as const;
const all: Renditions = { audio: [main, dub], text: [subtitles, { ...subtitles, name: 't1', kind: 'captions' }] };

const tags = (text: string, name: string): string[] => text.split('\n').filter((line) => line.startsWith(`#${name}:`));

describe('a Multivariant Playlist', () => {
  test('of one language and no captions names Variant Streams only', () => {
    const text = multivariantPlaylist([{ ...rung, codecs: 'avc1.4d401e,mp4a.40.2' }]);
    expect(tags(text, 'EXT-X-MEDIA')).toEqual([]);
    expect(tags(text, 'EXT-X-STREAM-INF')).toEqual([
      '#EXT-X-STREAM-INF:BANDWIDTH=500000,AVERAGE-BANDWIDTH=400000,CODECS="avc1.4d401e,mp4a.40.2",RESOLUTION=360x640,FRAME-RATE=24.000,VIDEO-RANGE=SDR',
    ]);
  });

  test('names each language, which is the main one and which a machine made', () => {
    expect(tags(multivariantPlaylist([rung], [], all), 'EXT-X-MEDIA')).toEqual([
      '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="English",LANGUAGE="en",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="a0/media.m3u8"',
      '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="Español",LANGUAGE="es-419",DEFAULT=NO,AUTOSELECT=YES,CHARACTERISTICS="public.machine-generated",CHANNELS="2",URI="a1/media.m3u8"',
      '#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="text",NAME="English",LANGUAGE="en",DEFAULT=NO,AUTOSELECT=YES,FORCED=NO,CHARACTERISTICS="public.machine-generated",URI="t0/media.m3u8"',
      '#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="text",NAME="English",LANGUAGE="en",DEFAULT=NO,AUTOSELECT=YES,FORCED=NO,CHARACTERISTICS="public.accessibility.transcribes-spoken-dialog,public.accessibility.describes-music-and-sound,public.machine-generated",URI="t1/media.m3u8"',
    ]);
  });

  test('counts the dearest language into the bandwidth of a Variant Stream, and its codec, and not into I-frames', () => {
    const text = multivariantPlaylist([rung], [rung], all);
    expect(tags(text, 'EXT-X-STREAM-INF')[0]).toContain(
      'BANDWIDTH=630000,AVERAGE-BANDWIDTH=528000,CODECS="avc1.4d401e,mp4a.40.2"',
    );
    expect(tags(text, 'EXT-X-STREAM-INF')[0]).toMatch(/AUDIO="audio",SUBTITLES="text"$/);
    expect(tags(text, 'EXT-X-I-FRAME-STREAM-INF')).toEqual([
      '#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=500000,AVERAGE-BANDWIDTH=400000,CODECS="avc1.4d401e",RESOLUTION=360x640,VIDEO-RANGE=SDR,URI="v0/iframes.m3u8"',
    ]);
  });

  test('is whole whatever a label holds', () => {
    const label = 'a "quoted", name\r\n#EXT-X-ENDLIST';
    const text = multivariantPlaylist([rung], [], { audio: [{ ...main, label }], text: [{ ...subtitles, label }] });
    expect(text.split('\n').filter((line) => line.startsWith('#EXT-X-ENDLIST'))).toEqual([]);
    const [audio = '', written = ''] = tags(text, 'EXT-X-MEDIA');
    expect([attribute(audio, 'URI'), attribute(written, 'URI')]).toEqual(['a0/media.m3u8', 't0/media.m3u8']);
    expect(attribute(audio, 'NAME')).toBe('a ”quoted”, name #EXT-X-ENDLIST');
  });
});
