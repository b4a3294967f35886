/** What the edge of the player's tests serves of an episode: playlists, captions, heads and keys. */
import { execFile } from 'node:child_process';
import { createCipheriv } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { sampleCount } from '../../../core/mp4/sample-count.ts';
import { ChunkSplitter } from '../../../core/mp4/split-chunks.ts';
import { HEAD_FRAMES } from '../../../core/start/limits.ts';

const captionTrack = (at: number, language: string, name: string): string =>
  `#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="text",NAME="${name}",LANGUAGE="${language}",DEFAULT=NO,AUTOSELECT=YES,URI="t${at}/media.m3u8"\n`;
export const CAPTIONS = captionTrack(0, 'en', 'English') + captionTrack(1, 'es', 'Español');
export const CAPTION_PLAYLIST =
  '#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:12\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXTINF:12,\n0.vtt\n#EXT-X-ENDLIST\n';
export const CAPTION_FILE =
  'WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n\n00:00.000 --> 00:11.500\nShe never signed it.\n';

export const KEY = Buffer.alloc(16, 7);
const IV = Buffer.alloc(16, 9);

export function encrypted(segment: Buffer): Buffer {
  const cipher = createCipheriv('aes-128-cbc', KEY, IV);
  return Buffer.concat([cipher.update(segment), cipher.final()]);
}

/** As the edge cuts it (workers/playback/start-bundle.ts); all of it where nothing can be told. */
export function headSize(segment: Buffer): number {
  const splitter = new ChunkSplitter();
  const chunks = splitter.push(Uint8Array.from(segment));
  let [bytes, frames] = [0, 0];
  for (const chunk of chunks) {
    if (frames >= HEAD_FRAMES) break;
    bytes += chunk.byteLength;
    frames += sampleCount(chunk) ?? HEAD_FRAMES;
  }
  return bytes === 0 ? segment.length : bytes;
}

export function initsOf(folder: string, root: string): Record<string, string> {
  const entries = ['v0', 'v1'].map((name) => [
    `${root}/${name}/init.mp4`,
    readFileSync(join(folder, name, 'init.mp4')).toString('base64'),
  ]);
  return Object.fromEntries(entries) as Record<string, string>;
}

const FFMPEG = process.env['FFMPEG_PATH'] ?? '/usr/bin/ffmpeg';

/** A stored segment as another encoder would have it: in MPEG-TS, at the same times. */
export async function transportStream(segment: string): Promise<Buffer> {
  const whole = Buffer.concat([await readFile(join(dirname(segment), 'init.mp4')), await readFile(segment)]);
  const args = ['-v', 'error', '-copyts', '-i', 'pipe:0', '-c', 'copy', '-muxdelay', '0', '-muxpreload', '0'];
  return new Promise((resolve, reject) => {
    const child = execFile(
      FFMPEG,
      [...args, '-f', 'mpegts', 'pipe:1'],
      { encoding: 'buffer', maxBuffer: 16 * 1024 * 1024 },
      (error, stdout) => (error === null ? resolve(stdout) : reject(error)),
    );
    child.stdin?.end(whole);
  });
}

/** Segments last 1, 1, 2, 2, … seconds. */
export function segmentStart(index: number): number {
  return index < 2 ? index : (index - 1) * 2;
}

export interface MediaPlaylistKind {
  readonly isEncrypted: boolean;
  readonly isTransportStream: boolean;
}

export function mediaPlaylist(playableSeconds: number, kind: MediaPlaylistKind): string {
  const { isEncrypted, isTransportStream } = kind;
  const lines = [
    '#EXTM3U',
    '#EXT-X-VERSION:7',
    '#EXT-X-TARGETDURATION:2',
    '#EXT-X-PLAYLIST-TYPE:VOD',
    '#EXT-X-INDEPENDENT-SEGMENTS',
    ...(isTransportStream ? [] : ['#EXT-X-MAP:URI="init.mp4"']),
    ...(isEncrypted ? [`#EXT-X-KEY:METHOD=AES-128,URI="key",IV=0x${IV.toString('hex')}`] : []),
  ];
  for (let index = 0; segmentStart(index) < playableSeconds; index += 1) {
    lines.push(
      `#EXTINF:${(index < 2 ? 1 : Math.min(2, playableSeconds - segmentStart(index))).toFixed(3)},`,
      `${index}.${isTransportStream ? 'ts' : 'm4s'}`,
    );
  }
  return `${lines.join('\n')}\n#EXT-X-ENDLIST\n`;
}
