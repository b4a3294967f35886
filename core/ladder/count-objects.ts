/** Of each rung beside its segments: init.mp4, media.m3u8, iframes.m3u8. */
const BESIDE_A_RUNG = 3;
/** init.mp4, media.m3u8. */
const BESIDE_A_LANGUAGE = 2;
/** media.m3u8. */
const BESIDE_CAPTIONS = 1;
/** multivariant.m3u8, poster.jpg, storyboard.jpg and .vtt, preview.mp4 and .webp. */
const BESIDE_ALL = 6;

export interface Presentation {
  readonly segments: number;
  readonly rungs: number;
  readonly languages: number;
  readonly captions: number;
}

/** How many objects the packager will write, at the most: known before anything is encoded. */
export function countObjects({ segments, rungs, languages, captions }: Presentation): number {
  // One language is muxed with the picture.
  const demuxed = languages > 1 ? languages : 0;
  return (
    rungs * (segments + BESIDE_A_RUNG) +
    demuxed * (segments + BESIDE_A_LANGUAGE) +
    captions * (segments + BESIDE_CAPTIONS) +
    BESIDE_ALL
  );
}
