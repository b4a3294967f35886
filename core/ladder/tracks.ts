/** A sound track of the source that goes into the episode. */
export interface PlannedAudioTrack {
  /** Absolute stream index in the container. */
  readonly streamIndex: number;
  /** BCP 47; null where the source does not say. */
  readonly language: string | null;
  /** What a player's menu shows. */
  readonly label: string;
  /** Muxed with the picture; the others become dubs, Renditions of their own. */
  readonly isMain: boolean;
}

/** Embedded text subtitles, which become WebVTT captions. */
export interface PlannedTextTrack {
  readonly streamIndex: number;
  readonly language: string | null;
  readonly label: string;
  /** `captions` also tell what is heard, for who cannot hear it. */
  readonly kind: 'subtitles' | 'captions';
}
