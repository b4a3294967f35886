import type { ImagesReport, TranscodeResult } from './transcoder-protocol.ts';

/** What pages and players show or plan with before anything of a version plays. Stored with it, and as unchanging. */
export interface Presentation {
  /** BCP 47, of the sound that plays where nobody chose; null where the source does not say. */
  readonly mainLanguage: string | null;
  /** EBU R 128, of the source's main sound before it was levelled; null where there was none to measure. */
  readonly loudnessLufs: number | null;
  /** A blurred placeholder of the poster, https://evanw.github.io/thumbhash/, base64. */
  readonly thumbhash: string | null;
  /** Which images there are. */
  readonly images: ImagesReport;
  /** `startBytes[i]` is what `v{i}` sends until its first segment is whole; null where a transcoder did not say so of each. */
  readonly startBytes: readonly number[] | null;
}

export function presentationOf(result: TranscodeResult): Presentation {
  const { mainLanguage = null, loudnessLufs = null, thumbhash = null, images = {} } = result;
  const startBytes = result.renditions.flatMap((rung) => rung.startBytes ?? []);
  const isTold = startBytes.length === result.renditions.length;
  return { mainLanguage, loudnessLufs, thumbhash, images, startBytes: isTold ? startBytes : null };
}

/** A dub has the picture of the version that it copied, and what was measured and made of that; its segments are its own. */
export function presentationOfDub(base: Presentation, made: Presentation): Presentation {
  return { ...base, mainLanguage: base.mainLanguage ?? made.mainLanguage, startBytes: made.startBytes };
}
