/**
 * What a probe says about an uploaded file, in our words. `transcoder/probe-source.ts` maps ffprobe's JSON to it; nothing
 * here depends on ffprobe.
 */

export interface SourceStream {
  /** Absolute stream index in the container. */
  readonly streamIndex: number;
  /** ffprobe's codec name; null where the container names one that nothing here can decode. */
  readonly codec: string | null;
  readonly encrypted: boolean;
  /** Relative to the container's start. */
  readonly startSeconds: number;
  readonly durationSeconds: number | null;
}

export interface SourceVideo extends SourceStream {
  /** As stored, before rotation and sample aspect ratio. */
  readonly storedWidth: number;
  readonly storedHeight: number;
  /** From the display matrix; any multiple of 90, sign as ffprobe reports it. */
  readonly rotationDegrees: number;
  /** Width of a stored sample divided by its height; 1 for square pixels. */
  readonly sampleAspectRatio: number;
  /** Frames over time. Never `r_frame_rate`: on variable frame rate it is a timestamp resolution (57600/1 was seen). */
  readonly averageFrameRate: number | null;
  readonly transfer: 'sdr' | 'pq' | 'hlg';
  readonly matrix: 'bt601' | 'bt709' | 'bt2020' | 'unknown';
}

/** What a container says about a stream for people. Untrusted text. */
export interface StreamTags {
  /** As written there, mostly ISO 639-2 (`eng`). */
  readonly language: string | null;
  readonly title: string | null;
  readonly isDefault: boolean;
}

export interface SourceAudio extends SourceStream, StreamTags {}

export interface SourceText extends SourceStream, StreamTags {
  /** Marked as written for who cannot hear the sound. */
  readonly isForHearingImpaired: boolean;
}

export interface SourceProbe {
  /** Of the container; null where it has none (a live recording that was cut). */
  readonly durationSeconds: number | null;
  /** In container order; cover art is not among them. */
  readonly video: readonly SourceVideo[];
  readonly audio: readonly SourceAudio[];
  readonly text: readonly SourceText[];
}
