import { describe, expect, it } from 'vitest';
import { checkPlaylists } from '#core/ingest/check-playlists.ts';
import type { TranscodeResult } from '#core/ingest/transcoder-protocol.ts';

const rendition = {
  name: 'v0',
  width: 540,
  height: 960,
  bandwidthBps: 1,
  averageBandwidthBps: 1,
  codecs: 'avc1',
  frameRate: 30,
};
const result: TranscodeResult = {
  durationSeconds: 4,
  renditions: [rendition],
  segmentDurationsSeconds: [2, 2],
  objects: [],
  warnings: [],
};
const MULTIVARIANT = `#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="English",URI="a0/media.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS="avc1"
v0/media.m3u8
`;
const media = (...seconds: number[]): string =>
  `#EXTM3U\n#EXT-X-MAP:URI="init.mp4"\n${seconds.map((each, n) => `#EXTINF:${each},\n${n}.m4s\n`).join('')}#EXT-X-ENDLIST\n`;

function check(sound: string, picture = media(2, 2)): string | null {
  const texts = new Map([
    ['multivariant.m3u8', MULTIVARIANT],
    ['v0/media.m3u8', picture],
    ['a0/media.m3u8', sound],
  ]);
  const files = ['v0', 'a0'].flatMap((name) =>
    ['media.m3u8', 'init.mp4', '0.m4s', '1.m4s'].map((file) => `${name}/${file}`),
  );
  const listing = new Map(
    [...files, 'poster.jpg', 'multivariant.m3u8'].map((path) => [path, { sizeBytes: 1, md5: null }]),
  );
  return checkPlaylists(texts, listing, result);
}

describe('the playlists of a version with languages', () => {
  it.each<[string, string, string | null]>([
    ['are whole where sound is cut at its own frames', media(2.005, 2.005), null],
    ['are refused where a language ends before the picture', media(2.005, 1.8), 'a0/media.m3u8 lasts'],
    ['are refused where a language goes on after it', media(2.005, 2.2), 'a0/media.m3u8 lasts'],
    ['are refused where a language has a segment less', media(4), 'a0/media.m3u8 has 1 segments, not 2'],
  ])('%s', (_, sound, wrong) => {
    if (wrong === null) expect(check(sound)).toBeNull();
    else expect(check(sound)).toContain(wrong);
  });

  it('are refused where the picture is cut elsewhere, or shorter than reported', () => {
    expect(check(media(2, 2), media(1, 3))).toContain('v0/media.m3u8 has a segment 0 of 1 s, not 2 s');
    expect(check(media(2, 2), media(2, 1.8))).toContain('v0/media.m3u8 has a segment 1 of 1.8 s');
  });
});
