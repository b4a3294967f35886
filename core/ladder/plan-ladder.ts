import { err, ok, type Result } from '../result.ts';
import { planBoundaryFrames } from './boundaries.ts';
import { type FrameRate, framesPerSecond, snapFrameRate } from './frame-rate.ts';
import { displayedSize, fitKind, fitPicture, type PictureFit } from './picture.ts';
import { firstRung, planRungs, type Rung } from './rungs.ts';
import type { SourceAudio, SourceProbe, SourceVideo } from './source.ts';
import type { PlannedAudioTrack, PlannedTextTrack } from './tracks.ts';

/** What the operator allows; the numbers and their reasons are in `transcoder/limits.ts`. */
export interface LadderLimits {
  readonly maxDurationSeconds: number;
  readonly maxPixels: number;
  readonly minSidePixels: number;
}

export interface LadderWarning {
  readonly code: 'no-audio' | 'audio-undecodable' | 'padded-to-vertical' | 'audio-outlasts-video' | 'low-resolution';
  readonly detail: string;
}

export interface LadderPlan {
  readonly frameRate: FrameRate;
  readonly frameCount: number;
  /** `frameCount` without the frozen frames that are added where the audio outlasts the video. */
  readonly sourceFrameCount: number;
  readonly durationSeconds: number;
  readonly boundaryFrames: readonly number[];
  readonly video: SourceVideo;
  /** Null: a silent track is made, so that every episode's renditions are uniform and a player never loses its audio buffer. */
  readonly audio: SourceAudio | null;
  /** The main one first; empty where the source has no sound that can be decoded. */
  readonly audioTracks: readonly PlannedAudioTrack[];
  readonly textTracks: readonly PlannedTextTrack[];
  /** How the picture fills the highest rung; the lower rungs are scaled from that. */
  readonly fit: PictureFit;
  readonly rungs: readonly [Rung, ...Rung[]];
  readonly firstRungName: string;
  readonly warnings: readonly LadderWarning[];
}

/** Why no ladder can be made from a source. */
export type LadderFailure =
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

export interface LadderRequest {
  readonly source: SourceProbe;
  readonly cutPointsSeconds: readonly number[];
  readonly limits: LadderLimits;
}

/** Plans the whole encode of one source. No I/O: the same probe gives the same ladder, on every machine. */
export function planLadder(request: LadderRequest): Result<LadderPlan, LadderFailure> {
  const { source, limits } = request;
  const chosen = chooseVideo(source, limits);
  if (!chosen.ok) return chosen;
  const video = chosen.value;
  const audio = chooseAudio(source.audio);
  const durationSeconds = sourceDurationSeconds(source, video, audio);
  if (durationSeconds === null) return err({ reason: 'duration-unknown' });
  const { maxDurationSeconds } = limits;
  if (durationSeconds > maxDurationSeconds) return err({ reason: 'too-long', durationSeconds, maxDurationSeconds });

  const frameRate = snapFrameRate(video.averageFrameRate);
  const fps = framesPerSecond(frameRate);
  const frameCount = Math.max(1, Math.round(durationSeconds * fps));
  const videoEndSeconds = Math.min(durationSeconds, video.startSeconds + (video.durationSeconds ?? durationSeconds));
  const sourceFrameCount = Math.min(frameCount, Math.max(1, Math.round(videoEndSeconds * fps)));

  const displayed = displayedSize(video);
  const kind = fitKind(displayed);
  const rungs = planRungs(kind, displayed);
  const top = rungs.at(-1) ?? rungs[0];
  return ok({
    frameRate,
    frameCount,
    sourceFrameCount,
    durationSeconds: frameCount / fps,
    boundaryFrames: planBoundaryFrames({ frameCount, frameRate, cutPointsSeconds: request.cutPointsSeconds }),
    video,
    audio,
    audioTracks:
      audio === null ? [] : [{ streamIndex: audio.streamIndex, language: null, label: 'Original', isMain: true }],
    textTracks: [],
    fit: fitPicture(kind, displayed, top),
    rungs,
    firstRungName: firstRung(rungs).name,
    warnings: planWarnings({ source, audio, kind, top, frozenSeconds: (frameCount - sourceFrameCount) / fps }),
  });
}

function chooseVideo(source: SourceProbe, limits: LadderLimits): Result<SourceVideo, LadderFailure> {
  const [first] = source.video;
  if (first === undefined) return err({ reason: 'no-video-stream', audioStreams: source.audio.length });
  const clear = source.video.filter((video) => !video.encrypted);
  if (clear.length === 0) return err({ reason: 'source-encrypted' });
  const video = clear.find(
    ({ codec, storedWidth, storedHeight }) => codec !== null && storedWidth > 0 && storedHeight > 0,
  );
  if (video === undefined) return err({ reason: 'video-codec-unknown' });
  const { storedWidth: width, storedHeight: height } = video;
  const { maxPixels, minSidePixels } = limits;
  if (width * height > maxPixels) return err({ reason: 'too-large-picture', width, height, maxPixels });
  if (Math.min(width, height) < minSidePixels)
    return err({ reason: 'too-small-picture', width, height, minSidePixels });
  return ok(video);
}

/** The default track where it can be decoded, else the first that can. */
function chooseAudio(audio: readonly SourceAudio[]): SourceAudio | null {
  const decodable = audio.filter((track) => track.codec !== null && !track.encrypted);
  return decodable.find((track) => track.isDefault) ?? decodable[0] ?? null;
}

/** The longer of picture and sound, as every player shows it; the container's own figure where the streams have none. */
function sourceDurationSeconds(source: SourceProbe, video: SourceVideo, audio: SourceAudio | null): number | null {
  const videoSeconds = video.durationSeconds;
  if (videoSeconds === null || videoSeconds <= 0) return positive(source.durationSeconds);
  const audioEnd = audio?.durationSeconds ? audio.startSeconds + audio.durationSeconds : 0;
  return Math.max(video.startSeconds + videoSeconds, audioEnd);
}

function positive(seconds: number | null): number | null {
  return seconds !== null && Number.isFinite(seconds) && seconds > 0 ? seconds : null;
}

interface WarningEvidence {
  readonly source: SourceProbe;
  readonly audio: SourceAudio | null;
  readonly kind: PictureFit['kind'];
  readonly top: Rung;
  readonly frozenSeconds: number;
}

/** Less is not worth an operator's attention: containers round their durations. */
const FROZEN_WARNING_SECONDS = 0.5;
const LOW_RESOLUTION_WIDTH = 540;

function planWarnings(evidence: WarningEvidence): readonly LadderWarning[] {
  const warnings: LadderWarning[] = [];
  if (evidence.audio === null && evidence.source.audio.length === 0) {
    warnings.push({ code: 'no-audio', detail: 'The source has no sound; a silent track was added.' });
  } else if (evidence.audio === null) {
    warnings.push({
      code: 'audio-undecodable',
      detail: 'No sound track of the source can be decoded; a silent track was added.',
    });
  }
  if (evidence.kind === 'blur-pad') {
    warnings.push({
      code: 'padded-to-vertical',
      detail: 'The picture is not vertical; it was placed on a blurred 9:16 background.',
    });
  }
  if (evidence.frozenSeconds >= FROZEN_WARNING_SECONDS) {
    const detail = `The sound outlasts the picture by ${evidence.frozenSeconds.toFixed(1)} s; the last frame stands still.`;
    warnings.push({ code: 'audio-outlasts-video', detail });
  }
  if (evidence.top.width < LOW_RESOLUTION_WIDTH) {
    const detail = `The source allows ${evidence.top.width}x${evidence.top.height} at most; 720x1280 or more is recommended.`;
    warnings.push({ code: 'low-resolution', detail });
  }
  return warnings;
}
