import type { PictureArea } from './letterbox.ts';

export interface Passage {
  readonly startSeconds: number;
  readonly endSeconds: number;
}

/** What the analysis pass measured before the encode. */
export interface SourceAnalysis {
  /** The picture without its black bars; null where it has none. */
  readonly crop: PictureArea | null;
  /** EBU R 128 integrated loudness by stream index; null where it could not be measured. */
  readonly loudnessLufs: ReadonlyMap<number, number | null>;
  /** Of the main sound track. */
  readonly silences: readonly Passage[];
}
