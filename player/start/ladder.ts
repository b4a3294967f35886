/** The Variant Streams of an episode, as far as a start needs them. */
import { chooseRung, type Rung } from '../../core/bandwidth/choose-rung.ts';
import { attribute } from '../variants.ts';

export interface LadderRung extends Rung {
  /** Of its Media Playlist, absolute. */
  readonly url: string;
  /** `v0` and so on: the folder of its Media Playlist; null where that is no name of ours. */
  readonly rendition: string | null;
}

export function parseLadder(playlist: { readonly url: string; readonly text: string }): readonly LadderRung[] {
  const rungs: LadderRung[] = [];
  let variant: string | null = null;
  for (const line of playlist.text.split(/\r?\n/)) {
    if (line.startsWith('#EXT-X-STREAM-INF:')) variant = line;
    else if (variant !== null && line !== '' && !line.startsWith('#')) {
      const url = new URL(line, playlist.url).href;
      const widthPx = Number(attribute(variant, 'RESOLUTION')?.split('x')[0]);
      rungs.push({
        url,
        bandwidthBps: Number(attribute(variant, 'AVERAGE-BANDWIDTH') ?? attribute(variant, 'BANDWIDTH')),
        widthPx: widthPx > 0 ? widthPx : null,
        rendition: /\/(v\d)\/media\.m3u8(?:$|\?)/.exec(url)?.[1] ?? null,
      });
      variant = null;
    }
  }
  return rungs;
}

/** What to begin with; null where the list is empty. */
export function firstRung(
  ladder: readonly LadderRung[],
  bandwidthBps: number,
  viewportPx: number | null,
): LadderRung | null {
  return ladder[chooseRung(ladder, bandwidthBps, viewportPx)] ?? null;
}
