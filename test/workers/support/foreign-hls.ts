/** HLS as an encoder of somebody else's might write it: names of its own, sound and text apart, other boundaries. */

const media = (lines: readonly string[]): string =>
  [
    '#EXTM3U',
    '#EXT-X-VERSION:7',
    '#EXT-X-TARGETDURATION:6',
    '#EXT-X-PLAYLIST-TYPE:VOD',
    ...lines,
    '#EXT-X-ENDLIST',
    '',
  ].join('\r\n');

/** Two rungs of six 2 s segments; sound in 3 s, with a hi-fi group for the upper rung; text in 4 s; AES-128 on the lower. */
export function foreignLadder(): Map<string, string> {
  const files = new Map<string, string>();
  const add = (folder: string, head: readonly string[], count: number, seconds: number, extension: string): void => {
    const names = Array.from({ length: count }, (_, index) => `Seg_${String(index + 1).padStart(5, '0')}.${extension}`);
    for (const name of names) files.set(`${folder}/${name}`, `${folder} ${name}`);
    const listed = names.flatMap((name) => [`#EXTINF:${seconds},`, `${name}?session=1`]);
    files.set(`${folder}/prog index.m3u8`, media([...head, ...listed]));
  };
  add('low', ['#EXT-X-KEY:METHOD=AES-128,URI="../keys/low.bin"', '#EXT-X-UNKNOWN:KEPT=1'], 6, 2, 'TS');
  add('high', ['#EXT-X-MAP:URI="init.cmfv"'], 6, 2, 'cmfv');
  add('sound', ['#EXT-X-MAP:URI="init.cmfa"'], 4, 3, 'cmfa');
  add('hifi', [], 4, 3, 'aac');
  add('text', [], 3, 4, 'webvtt');
  files.set('keys/low.bin', '0123456789abcdef');
  files.set('high/init.cmfv', 'init of high');
  files.set('sound/init.cmfa', 'init of sound');
  files.set(
    'master.m3u8',
    [
      '#EXTM3U',
      '#EXT-X-DEFINE:NAME="file",VALUE="prog%20index.m3u8"',
      '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sd",NAME="Deutsch",DEFAULT=YES,AUTOSELECT=YES,URI="sound/{$file}"',
      '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="hd",NAME="Deutsch",DEFAULT=YES,AUTOSELECT=YES,URI="hifi/{$file}"',
      '#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="subs",NAME="English, SDH",LANGUAGE="en",URI="./text/../text/{$file}"',
      '#EXT-X-STREAM-INF:BANDWIDTH=3000000,CODECS="avc1.640028,mp4a.40.2",RESOLUTION=1080x1920,AUDIO="hd",SUBTITLES="subs"',
      'high/{$file}',
      '#EXT-X-STREAM-INF:BANDWIDTH=800000,CODECS="avc1.64001e,mp4a.40.2",RESOLUTION=360x640,AUDIO="sd",SUBTITLES="subs"',
      'low/{$file}',
      '#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=90000,URI="low/iframes.m3u8"',
      '#EXT-X-FUTURE:KEPT=1',
      '',
    ].join('\n'),
  );
  return files;
}

/** One file of 6,000 bytes, six segments of 900 behind an init section of 600, as single-file encoders write it. */
export function singleFile(): Map<string, string> {
  const ranges = Array.from({ length: 6 }, (_, index) => [
    '#EXTINF:2.0,',
    index === 0 ? '#EXT-X-BYTERANGE:900@600' : '#EXT-X-BYTERANGE:900',
    'all.mp4',
  ]);
  const bytes = ['I'.repeat(600), ...Array.from({ length: 6 }, (_, index) => String(index).repeat(900))].join('');
  return new Map([
    ['all.mp4', bytes],
    ['only.m3u8', media(['#EXT-X-MAP:URI="all.mp4",BYTERANGE="600@0"', ...ranges.flat()])],
  ]);
}
