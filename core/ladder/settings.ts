/** What an operator chooses about the encode of an episode; it travels with the leased job. */
export interface EncodingSettings {
  /**
   * What becomes of a picture that is wider than tall. `crop` also fills the screen with what lies between 9:16 and square,
   * which otherwise stands on a blurred background.
   */
  readonly landscape: 'crop' | 'blur-pad' | 'refuse';
  /** Adds AV1 Variant Streams after the H.264 ones, where the transcoder's ffmpeg can encode them, and not under `cbcs`. */
  readonly av1: boolean;
  /** Publishes the lowest rungs before the others are encoded. */
  readonly publishPlayable: boolean;
  /** BCP 47: which sound track plays where nobody chose. Null: the one that the file marks as default. */
  readonly mainLanguage: string | null;
}

export const DEFAULT_ENCODING_SETTINGS: EncodingSettings = {
  landscape: 'blur-pad',
  av1: false,
  publishPlayable: false,
  mainLanguage: null,
};
