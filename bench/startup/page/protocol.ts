/** What the bench and its pages say to each other. No DOM here: both sides read it. */

export interface StartSource {
  readonly url: string;
  /** What ours needs instead of a URL. */
  readonly series?: string;
  readonly token?: string;
}

export interface StartPage {
  prepare(source: StartSource): Promise<void>;
  /** Milliseconds from the call to the first frame; NaN where none comes in time. */
  start(source: StartSource, limitMs: number): Promise<number>;
  /** Of the last start; empty unless the page was opened with `TIMELINE`. */
  timeline(): readonly Mark[];
}

/** Something that happened `atMs` after the call, for the first, second … time. */
export interface Mark {
  readonly kind: string;
  readonly number: number;
  readonly atMs: number;
}

/** The query of a page that keeps a timeline. */
export const TIMELINE = '?timeline';

export interface SessionSource {
  readonly urls: readonly string[];
  readonly series: string;
  readonly token: string;
}

export interface SwipeSeen {
  readonly index: number;
  /** A frame of the episode was there when the swipe began, on the element that then played. */
  readonly wasPainted: boolean;
  /** From the swipe to the first frame that was not there before; null within the limit. */
  readonly newFrameMs: number | null;
  /** Of that, until the element was told to play. */
  readonly playedAfterMs: number;
}

export interface SessionPage {
  open(source: SessionSource, limitMs: number): Promise<SwipeSeen>;
  swipe(by: 1 | -1, limitMs: number): Promise<SwipeSeen>;
  isNextReady(): boolean;
  /** Since it was asked last. */
  stalls(): readonly { readonly atSeconds: number; readonly lastedMs: number }[];
  /** How far the playing episode has come. */
  playedSeconds(): number;
  /** Of the Rendition that plays; 0 before a frame. */
  heightPx(): number;
}

/** The preview that the unlock bench makes. */
export const PREVIEW_SECONDS = 4;
/** At 30 a second, for times that are sums. */
export const HALF_A_FRAME_SECONDS = 0.015;

export interface UnlockSeen {
  /** Where the preview stood still. */
  readonly stoppedAtSeconds: number;
  /** From the press on the button to the next frame, which may be one of the last that the preview had. */
  readonly unlockMs: number;
  /** From the press on the button to the first frame that no preview had. */
  readonly beyondMs: number;
  /** From the press on the button until the last answer came that says what may be played now. */
  readonly entitledMs: number;
  /** The first segment after it: from asking to its last byte. */
  readonly segmentMs: number;
  /** Of the first frame that no preview had: where in the film. */
  readonly beyondAtSeconds: number;
  /** Of the frames from the last one before the stop on: how far apart two were at the most. */
  readonly largestStepSeconds: number;
  /** The same from the first frame on that no preview had. */
  readonly beyondStepSeconds: number;
  /** How often the element lost its media. */
  readonly reloads: number;
}

export interface UnlockPage {
  open(source: Pick<SessionSource, 'series' | 'token'>): Promise<void>;
  /** Of the episode that is shown; null where something did not come in time. Then goes on to the next one. */
  unlock(limitMs: number): Promise<UnlockSeen | null>;
}
