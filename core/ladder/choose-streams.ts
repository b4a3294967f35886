import { err, ok, type Result } from '../result.ts';
import type { EncodingSettings } from './settings.ts';
import type { SourceAudio, SourceProbe, SourceVideo } from './source.ts';
import { type ChosenTracks, chooseTracks, isDecodable } from './tracks.ts';

/** What the operator allows; the numbers and their reasons are in `transcoder/limits.ts`. */
export interface LadderLimits {
  readonly maxDurationSeconds: number;
  readonly maxPixels: number;
  readonly minSidePixels: number;
  /** Of one version: the edge takes no more. */
  readonly maxObjects: number;
}

/** What of a source is encoded, before anything about it was measured. */
export interface ChosenStreams extends ChosenTracks {
  readonly video: SourceVideo;
  readonly durationSeconds: number;
}

/** Why a source is refused by its headers alone. */
export type SourceRefusal =
  | { readonly reason: 'no-video-stream'; readonly audioStreams: number }
  | { readonly reason: 'video-codec-unknown' }
  | { readonly reason: 'source-encrypted' }
  | { readonly reason: 'duration-unknown' }
  | { readonly reason: 'too-long'; readonly durationSeconds: number; readonly maxDurationSeconds: number }
  | {
      readonly reason: 'too-large-picture';
      readonly width: number;
      readonly height: number;
      readonly maxPixels: number;
    }
  | {
      readonly reason: 'too-small-picture';
      readonly width: number;
      readonly height: number;
      readonly minSidePixels: number;
    };

export function chooseStreams(
  source: SourceProbe,
  settings: EncodingSettings,
  limits: LadderLimits,
): Result<ChosenStreams, SourceRefusal> {
  const chosen = chooseVideo(source, limits);
  if (!chosen.ok) return chosen;
  const video = chosen.value;
  const tracks = chooseTracks(source, settings.mainLanguage);
  const durationSeconds = sourceDurationSeconds(source, video, tracks.mainAudio);
  if (durationSeconds === null) return err({ reason: 'duration-unknown' });
  const { maxDurationSeconds } = limits;
  if (durationSeconds > maxDurationSeconds) return err({ reason: 'too-long', durationSeconds, maxDurationSeconds });
  return ok({ ...tracks, video, durationSeconds });
}

function chooseVideo(source: SourceProbe, limits: LadderLimits): Result<SourceVideo, SourceRefusal> {
  const [first] = source.video;
  if (first === undefined) return err({ reason: 'no-video-stream', audioStreams: source.audio.length });
  if (source.video.every((video) => video.encrypted)) return err({ reason: 'source-encrypted' });
  const video = source.video.find((one) => isDecodable(one) && one.storedWidth > 0 && one.storedHeight > 0);
  if (video === undefined) return err({ reason: 'video-codec-unknown' });
  const { storedWidth: width, storedHeight: height } = video;
  const { maxPixels, minSidePixels } = limits;
  if (width * height > maxPixels) return err({ reason: 'too-large-picture', width, height, maxPixels });
  if (Math.min(width, height) < minSidePixels)
    return err({ reason: 'too-small-picture', width, height, minSidePixels });
  return ok(video);
}

/** The longer of picture and main sound, as every player shows it; the container's own figure where the streams have none. */
function sourceDurationSeconds(source: SourceProbe, video: SourceVideo, audio: SourceAudio | null): number | null {
  const videoSeconds = video.durationSeconds;
  if (videoSeconds === null || videoSeconds <= 0) return positive(source.durationSeconds);
  const audioEnd = audio?.durationSeconds ? audio.startSeconds + audio.durationSeconds : 0;
  return Math.max(video.startSeconds + videoSeconds, audioEnd);
}

function positive(seconds: number | null): number | null {
  return seconds !== null && Number.isFinite(seconds) && seconds > 0 ? seconds : null;
}
