import type { SourceAnalysis } from './analysis.ts';
import type { ChosenStreams } from './choose-streams.ts';
import { LOUD_LUFS, SILENT_LUFS } from './loudness.ts';
import type { PictureFit, PictureSize } from './picture.ts';
import type { Rung } from './rungs.ts';
import type { SourceProbe } from './source.ts';

/** Something about a source that did not keep it from becoming an episode; `detail` says what to do. */
export interface LadderWarning {
  readonly code:
    | 'no-audio'
    | 'audio-undecodable'
    | 'audio-tracks-dropped'
    | 'subtitles-dropped'
    | 'video-tracks-dropped'
    | 'main-language-missing'
    | 'padded-to-vertical'
    | 'cropped-to-vertical'
    | 'letterbox-cropped'
    | 'audio-outlasts-video'
    | 'low-resolution'
    | 'upscale-avoided'
    | 'hdr-tone-mapped'
    | 'av1-skipped'
    | 'sound-silent'
    | 'sound-pauses'
    | 'sound-loud';
  readonly detail: string;
}

export interface WarningEvidence {
  readonly source: SourceProbe;
  readonly chosen: ChosenStreams;
  readonly analysis: SourceAnalysis | null;
  readonly displayed: PictureSize;
  readonly fit: PictureFit['kind'];
  readonly top: Rung;
  readonly frozenSeconds: number;
}

/** Less is not worth an operator's attention: containers round their durations. */
const FROZEN_WARNING_SECONDS = 0.5;
const LOW_RESOLUTION_WIDTH = 540;
const FULL_WIDTH = 1080;
/** Viewers take a longer silence for a fault. */
const PAUSE_WARNING_SECONDS = 5;

/** Everything that is known before the encode; what only the picture shows is in `passages.ts`. */
export function planWarnings(evidence: WarningEvidence): readonly LadderWarning[] {
  return [...soundWarnings(evidence), ...evidence.chosen.warnings, ...pictureWarnings(evidence)];
}

function soundWarnings({ source, chosen, analysis }: WarningEvidence): readonly LadderWarning[] {
  const { mainAudio } = chosen;
  if (mainAudio === null) {
    return source.audio.length === 0
      ? [{ code: 'no-audio', detail: 'The source has no sound; a silent track was added.' }]
      : [
          {
            code: 'audio-undecodable',
            detail:
              'No sound track of the source can be decoded; a silent track was added. Export the sound as AAC and upload it again.',
          },
        ];
  }
  const lufs = analysis?.loudnessLufs.get(mainAudio.streamIndex) ?? null;
  if (lufs === null) return [];
  if (lufs <= SILENT_LUFS) {
    return [
      {
        code: 'sound-silent',
        detail: 'The sound track is silent throughout. Check that the export has the right track.',
      },
    ];
  }
  const warnings: LadderWarning[] = [];
  if (lufs > LOUD_LUFS) {
    const detail = `The sound is very loud (${lufs.toFixed(1)} LUFS) and was turned down; it may be distorted in the source. Export it at -16 LUFS.`;
    warnings.push({ code: 'sound-loud', detail });
  }
  const pauses = (analysis?.silences ?? []).filter((at) => at.endSeconds - at.startSeconds >= PAUSE_WARNING_SECONDS);
  if (pauses.length > 0) {
    const list = pauses.slice(0, 5).map((at) => `${at.startSeconds.toFixed(1)} to ${at.endSeconds.toFixed(1)} s`);
    warnings.push({
      code: 'sound-pauses',
      detail: `The sound is silent from ${list.join(', ')}. Check that this is meant.`,
    });
  }
  return warnings;
}

function pictureWarnings(evidence: WarningEvidence): readonly LadderWarning[] {
  const { source, chosen, analysis, displayed, fit, top, frozenSeconds } = evidence;
  const warnings: LadderWarning[] = [];
  const warn = (code: LadderWarning['code'], detail: string): number => warnings.push({ code, detail });
  if (source.video.length > 1) {
    warn(
      'video-tracks-dropped',
      `Only the first of ${source.video.length} pictures was used. Upload one file for each.`,
    );
  }
  if (analysis?.crop) {
    const { width, height } = analysis.crop;
    warn(
      'letterbox-cropped',
      `Black bars were cut off; ${width}x${height} of the picture is left. Export it without bars.`,
    );
  }
  if (fit === 'blur-pad') {
    warn('padded-to-vertical', 'The picture is not vertical; it was placed on a blurred 9:16 background.');
  }
  if (fit === 'crop' && displayed.width > displayed.height) {
    warn('cropped-to-vertical', 'The picture is landscape; only its middle is shown. Check that nobody is cut off.');
  }
  if (chosen.video.transfer !== 'sdr') {
    warn('hdr-tone-mapped', 'The picture is HDR and was turned into SDR. Check its colours, or export it as SDR.');
  }
  if (frozenSeconds >= FROZEN_WARNING_SECONDS) {
    const detail = `The sound outlasts the picture by ${frozenSeconds.toFixed(1)} s; the last frame stands still.`;
    warn('audio-outlasts-video', detail);
  }
  if (top.width < LOW_RESOLUTION_WIDTH) {
    const detail = `The source allows ${top.width}x${top.height} at most; 720x1280 or more is recommended.`;
    warn('low-resolution', detail);
  } else if (top.width < FULL_WIDTH) {
    const detail = `The best picture is ${top.width}x${top.height}, because the source has no more and nothing is enlarged. Export at 1080x1920 for full HD.`;
    warn('upscale-avoided', detail);
  }
  return warnings;
}
