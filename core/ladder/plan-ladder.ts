import { err, ok, type Result } from '../result.ts';
import type { SourceAnalysis } from './analysis.ts';
import { type Av1Obstacle, av1Warning, planAv1Rungs } from './av1.ts';
import { planBoundaryFrames } from './boundaries.ts';
import { chooseStreams, type LadderLimits, type SourceRefusal } from './choose-streams.ts';
import { countObjects } from './count-objects.ts';
import { type FrameRate, framesPerSecond, snapFrameRate } from './frame-rate.ts';
import type { PictureArea } from './letterbox.ts';
import { displayedSize, fitKind, fitPicture, type PictureFit } from './picture.ts';
import { firstRung, planRungs, type Rung } from './rungs.ts';
import type { EncodingSettings } from './settings.ts';
import type { SourceAudio, SourceProbe, SourceVideo } from './source.ts';
import type { PlannedAudioTrack, PlannedTextTrack } from './tracks.ts';
import { type LadderWarning, planWarnings } from './warnings.ts';

export interface LadderPlan {
  readonly frameRate: FrameRate;
  readonly frameCount: number;
  /** `frameCount` without the frozen frames that are added where the audio outlasts the video. */
  readonly sourceFrameCount: number;
  readonly durationSeconds: number;
  /**
   * Taken off all times of the source, so that its first picture lies on a frame of the episode: rounded to one alone, the
   * picture would be up to half a frame off the sound.
   */
  readonly shiftSeconds: number;
  readonly boundaryFrames: readonly number[];
  readonly video: SourceVideo;
  /** Null: a silent track is made, so that every episode's renditions are uniform and a player never loses its audio buffer. */
  readonly audio: SourceAudio | null;
  /** The main one first; empty where the source has no sound that can be decoded. */
  readonly audioTracks: readonly PlannedAudioTrack[];
  readonly textTracks: readonly PlannedTextTrack[];
  /** Integrated loudness before levelling, by stream index; null where it was not or could not be measured. */
  readonly loudnessLufs: ReadonlyMap<number, number | null>;
  /** The picture inside its black bars, before it is fitted; null: all of it. */
  readonly crop: PictureArea | null;
  /** How the picture fills the highest rung; the lower rungs are scaled from that. */
  readonly fit: PictureFit;
  readonly rungs: readonly [Rung, ...Rung[]];
  /** Behind the others, where the operator wants them: the same sizes, the same boundaries. */
  readonly av1Rungs: readonly Rung[];
  readonly firstRungName: string;
  readonly warnings: readonly LadderWarning[];
}

/** Why no ladder can be made from a source. */
export type LadderFailure =
  | SourceRefusal
  | { readonly reason: 'landscape-refused'; readonly width: number; readonly height: number }
  | { readonly reason: 'too-many-objects'; readonly objects: number; readonly maxObjects: number };

export interface LadderRequest {
  readonly source: SourceProbe;
  readonly settings: EncodingSettings;
  readonly cutPointsSeconds: readonly number[];
  readonly limits: LadderLimits;
  /** Null: nothing was measured; the picture is used whole and the sound as loud as it is. */
  readonly analysis: SourceAnalysis | null;
  /** Why no AV1 can be made here, should it be wanted; null: nothing is in the way. */
  readonly av1Obstacle: Av1Obstacle | null;
  /** Only the rungs up to this width: what is published before the rest. */
  readonly maxRungWidth?: number | undefined;
}

/** Plans the whole encode of one source. No I/O: the same probe gives the same ladder, on every machine. */
export function planLadder(request: LadderRequest): Result<LadderPlan, LadderFailure> {
  const { source, settings, analysis } = request;
  const streams = chooseStreams(source, settings, request.limits);
  if (!streams.ok) return streams;
  const chosen = streams.value;
  const { video, mainAudio: audio, audioTracks, textTracks } = chosen;

  const crop = analysis?.crop ?? null;
  const displayed = displayedSize(video, crop);
  const kind = fitKind(displayed, settings.landscape);
  if (kind === null) {
    return err({
      reason: 'landscape-refused',
      width: Math.round(displayed.width),
      height: Math.round(displayed.height),
    });
  }
  const rungs = planRungs(kind, displayed, request.maxRungWidth);
  // What is published early is there for who waits: nobody waits for two encodes.
  const wantsAv1 = settings.av1 && request.maxRungWidth === undefined;
  const av1Rungs = wantsAv1 && request.av1Obstacle === null ? planAv1Rungs(rungs) : [];
  const top = rungs.at(-1) ?? rungs[0];
  const frames = planFrames(video, chosen.durationSeconds);
  const { frameRate, frameCount, sourceFrameCount } = frames;
  const fps = framesPerSecond(frameRate);
  const frozenSeconds = (frameCount - sourceFrameCount) / fps;
  const boundaryFrames = planBoundaryFrames({ frameCount, frameRate, cutPointsSeconds: request.cutPointsSeconds });
  const languages = audioTracks.length;
  const captions = textTracks.length;
  const allRungs = rungs.length + av1Rungs.length;
  const objects = countObjects({ segments: boundaryFrames.length, rungs: allRungs, languages, captions });
  const { maxObjects } = request.limits;
  if (objects > maxObjects) return err({ reason: 'too-many-objects', objects, maxObjects });
  return ok({
    ...frames,
    durationSeconds: frameCount / fps,
    boundaryFrames,
    video,
    audio,
    audioTracks,
    textTracks,
    loudnessLufs: analysis?.loudnessLufs ?? new Map<number, number>(),
    crop,
    fit: fitPicture(kind, displayed, top),
    rungs,
    av1Rungs,
    firstRungName: firstRung(rungs).name,
    warnings: [
      ...planWarnings({ source, chosen, analysis, displayed, fit: kind, top, frozenSeconds }),
      ...(wantsAv1 && request.av1Obstacle !== null ? [av1Warning(request.av1Obstacle)] : []),
    ],
  });
}

function planFrames(
  video: SourceVideo,
  durationSeconds: number,
): Pick<LadderPlan, 'frameRate' | 'frameCount' | 'sourceFrameCount' | 'shiftSeconds'> {
  const frameRate = snapFrameRate(video.averageFrameRate);
  const fps = framesPerSecond(frameRate);
  const shiftSeconds = video.startSeconds % (1 / fps);
  const frameCount = Math.max(1, Math.round((durationSeconds - shiftSeconds) * fps));
  const videoEndSeconds = Math.min(durationSeconds, video.startSeconds + (video.durationSeconds ?? durationSeconds));
  const sourceFrameCount = Math.min(frameCount, Math.max(1, Math.round((videoEndSeconds - shiftSeconds) * fps)));
  return { frameRate, frameCount, sourceFrameCount, shiftSeconds };
}
