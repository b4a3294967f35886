/** A Media Playlist as our transcoder writes it: short segments first, then 4 s, every one under the same MAP. */
export function mediaPlaylist(durationsSeconds: readonly number[], newline = '\n'): string {
  const lines = [
    '#EXTM3U',
    '#EXT-X-VERSION:7',
    '#EXT-X-TARGETDURATION:4',
    '#EXT-X-PLAYLIST-TYPE:VOD',
    '#EXT-X-INDEPENDENT-SEGMENTS',
    '#EXT-X-MAP:URI="init.mp4"',
    ...durationsSeconds.flatMap((seconds, number) => [`#EXTINF:${seconds.toFixed(5)},`, `${number}.m4s`]),
    '#EXT-X-ENDLIST',
  ];
  return lines.map((line) => line + newline).join('');
}

/** What an encoder of somebody else's might write: tags that we never heard of, and some that belong to a segment. */
export const FOREIGN_MEDIA_PLAYLIST = [
  '#EXTM3U',
  '#EXT-X-VERSION:12',
  '#EXT-X-TARGETDURATION:6',
  '#EXT-X-FUTURE-TAG:LEVEL=9,NOTE="a,b=c"',
  '## made by somebody else',
  '',
  '#EXT-X-MAP:URI="init.mp4"',
  '#EXT-X-PROGRAM-DATE-TIME:2026-11-22T00:00:00.000Z',
  '#EXTINF:4.0,a title, with a comma',
  '#EXT-X-BITRATE:900',
  '0.m4s',
  '#EXT-X-DISCONTINUITY',
  '#EXT-X-KEY:METHOD=NONE',
  '#EXTINF:4.0,',
  '1.m4s?x=1#frag',
  '#EXT-X-GAP',
  '#EXTINF:3.5,',
  '2.m4s',
  '#EXT-X-ENDLIST',
  '',
].join('\n');

/** Three rungs as our transcoder lists them, wanted one first, with tags that a rewrite must not lose. */
export const MULTIVARIANT_PLAYLIST = [
  '#EXTM3U',
  '#EXT-X-VERSION:7',
  '#EXT-X-INDEPENDENT-SEGMENTS',
  '#EXT-X-SESSION-DATA:DATA-ID="org.example.theme",VALUE="v9/media.m3u8"',
  '#EXT-X-STREAM-INF:BANDWIDTH=900000,AVERAGE-BANDWIDTH=700000,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=540x960,FRAME-RATE=30.000',
  'v1/media.m3u8',
  '#EXT-X-STREAM-INF:BANDWIDTH=400000,AVERAGE-BANDWIDTH=300000,CODECS="avc1.64001e,mp4a.40.2",RESOLUTION=360x640,FRAME-RATE=30.000',
  'v0/media.m3u8',
  '#EXT-X-STREAM-INF:BANDWIDTH=3000000,AVERAGE-BANDWIDTH=2500000,CODECS="avc1.640028,mp4a.40.2",RESOLUTION=1080x1920,FRAME-RATE=30.000',
  '# a remark between a tag and its URI',
  'v2/media.m3u8',
  '#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=90000,URI="v0/iframes.m3u8"',
  '#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=400000,URI="v2/iframes.m3u8"',
  '',
].join('\n');
