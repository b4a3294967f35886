/** Who starts, on which page, with what. */
import type { StartSource } from './page/protocol.ts';

export interface StartCandidate {
  readonly name: string;
  readonly page: string;
  /** Below the origin, for a Rendition; null: a series and a token of a run of its own. */
  readonly path: ((rendition: string) => string) | null;
}

const single = (folder: string) => (rendition: string) => `${folder}/${rendition}.m3u8`;

export const OURS = 'ours';
export const HLS_JS_2S = 'hls.js, 2 s';
export const HLS_JS_6S = 'hls.js, 6 s';
export const MP4 = 'progressive MP4';

export const CANDIDATES: readonly StartCandidate[] = [
  { name: OURS, page: 'start-ours', path: null },
  { name: HLS_JS_2S, page: 'start-hls-js', path: single('hls2') },
  { name: HLS_JS_6S, page: 'start-hls-js', path: single('hls6') },
  { name: 'hls.js, 2 s, own ABR', page: 'start-hls-js', path: () => 'hls2/ladder.m3u8' },
  { name: 'shaka-player, 2 s', page: 'start-shaka', path: single('hls2') },
  { name: 'video.js, 2 s', page: 'start-video-js', path: single('hls2') },
  { name: 'mux-player, 2 s', page: 'start-mux', path: single('hls2') },
  { name: MP4, page: 'start-mp4', path: (rendition) => `mp4/${rendition}.mp4` },
];

let runs = 0;

/** Never the same URL twice: nothing may come out of a cache. */
export function sourceOf(path: string): StartSource {
  runs += 1;
  return { url: `/u/${process.pid}-${runs}/${path}` };
}
