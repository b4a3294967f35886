import { type FrameRate, framesPerSecond } from './frame-rate.ts';

/** Sound is cut at its own frames, and encoders pad their last one (security.md TRN-6). */
const SOUND_TOLERANCE_SECONDS = 0.1;

export interface MadeDurations {
  readonly frameRate: FrameRate;
  /** As the encoder counted them while it worked. */
  readonly encodedFrames: number;
  /** The EXTINFs of each rung. */
  readonly rungs: readonly { readonly name: string; readonly segmentDurationsSeconds: readonly number[] }[];
  /** Of the muxed sound, or of each language. */
  readonly sounds: readonly { readonly name: string; readonly seconds: number }[];
}

/**
 * What is wrong with what was made, in words; null: each rung lasts as long as the encoder said, within a frame, all are cut
 * alike, and the sound ends with the picture. A file that lost its end on the disk is a shorter file without an error.
 */
export function checkDurations({ frameRate, encodedFrames, rungs, sounds }: MadeDurations): string | null {
  const frameSeconds = 1 / framesPerSecond(frameRate);
  const encodedSeconds = encodedFrames * frameSeconds;
  const [first] = rungs;
  for (const { name, segmentDurationsSeconds } of rungs) {
    const seconds = sum(segmentDurationsSeconds);
    if (Math.abs(seconds - encodedSeconds) > frameSeconds * 1.001)
      return `${name} lasts ${seconds.toFixed(3)} s, and ${encodedSeconds.toFixed(3)} s were encoded`;
    const odd = segmentDurationsSeconds.findIndex((each, n) => each !== first?.segmentDurationsSeconds[n]);
    if (odd >= 0 || segmentDurationsSeconds.length !== first?.segmentDurationsSeconds.length)
      return `${name} is not cut where ${first?.name ?? ''} is`;
  }
  const pictureSeconds = sum(first?.segmentDurationsSeconds ?? []);
  const odd = sounds.find(({ seconds }) => Math.abs(seconds - pictureSeconds) > SOUND_TOLERANCE_SECONDS);
  return odd === undefined
    ? null
    : `the sound ${odd.name} lasts ${odd.seconds.toFixed(3)} s, and the picture ${pictureSeconds.toFixed(3)} s`;
}

/** The end of what the file's headers promise is not there; beyond a few percent it is refused (MIN_DECODED_SHARE). */
export function isShorterThanProbed(madeSeconds: number, probedSeconds: number, frameRate: FrameRate): boolean {
  return probedSeconds - madeSeconds > SOUND_TOLERANCE_SECONDS + 1 / framesPerSecond(frameRate);
}

function sum(seconds: readonly number[]): number {
  return seconds.reduce((total, each) => total + each, 0);
}
