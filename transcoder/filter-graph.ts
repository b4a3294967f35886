import { framesPerSecond } from '#core/ladder/frame-rate.ts';
import type { LadderPlan } from '#core/ladder/plan-ladder.ts';
import type { Rung } from '#core/ladder/rungs.ts';
import { MAX_POSTER_CANDIDATES } from './limits.ts';

const SAMPLE_RATE_HZ = 48_000;
/** Luma thumbnails for the choice of the poster; small enough that 60 of them are 138 kB. */
export const LUMA_THUMBNAIL: { readonly width: number; readonly height: number } = { width: 36, height: 64 };
/** A poster is shown on phones; 720 lines more would double its bytes. */
const MAX_POSTER_WIDTH = 720;

/**
 * The filter graph of the whole encode. Every word in it is a number or a name of ours; nothing of the upload gets here.
 *
 * The order is: one frame rate (before the split, or the rungs would not share their frames), padding to the sound's
 * length, the canvas of the highest rung, then one scale per lower rung.
 */
export function filterGraph(plan: LadderPlan, toneMapping: boolean): string {
  const top = plan.rungs.at(-1) ?? plan.rungs[0];
  const outputs = plan.rungs.map((rung) => `[${rung.name}s]`).join('');
  return [
    `[0:${plan.video.streamIndex}]${timing(plan)},${scaleToFit(plan)}${toneMapping ? toneMap(plan) : ''},format=yuv420p[fit]`,
    canvas(plan, top),
    `[canvas]split=${plan.rungs.length + 1}${outputs}[posters]`,
    ...plan.rungs.map((rung) => rungScale(rung, top)),
    poster(plan, top),
    audio(plan),
  ].join(';');
}

function timing(plan: LadderPlan): string {
  const { numerator, denominator } = plan.frameRate;
  const fps = framesPerSecond(plan.frameRate);
  const frozen = plan.frameCount - plan.sourceFrameCount;
  // A fixed number of frozen frames, never "until the sound ends": a source that breaks off must still come out short.
  const pad = frozen > 0 ? `,tpad=stop_mode=clone:stop_duration=${(frozen / fps).toFixed(6)}` : '';
  return `fps=${numerator}/${denominator}:start_time=0${pad},trim=end_frame=${plan.frameCount}`;
}

function scaleToFit(plan: LadderPlan): string {
  const { width, height } = plan.fit.scaled;
  // Only a source that says it is BT.601 is converted; untagged files are BT.709 far more often than not.
  const matrix = plan.video.matrix === 'bt601' ? ':in_color_matrix=bt601:out_color_matrix=bt709' : '';
  return `scale=${width}:${height}:flags=bicubic:out_range=${plan.video.transfer === 'sdr' ? 'tv' : 'auto'}${matrix},setsar=1`;
}

/** HDR to SDR, after scaling: the linear-light part costs per pixel. Input tags are given, for files that lack some. */
function toneMap(plan: LadderPlan): string {
  if (plan.video.transfer === 'sdr') return '';
  const transfer = plan.video.transfer === 'pq' ? 'smpte2084' : 'arib-std-b67';
  return (
    `,zscale=tin=${transfer}:pin=bt2020:min=bt2020nc:t=linear:npl=100,format=gbrpf32le,zscale=p=bt709,` +
    'tonemap=mobius:desat=0,zscale=t=bt709:m=bt709:r=tv'
  );
}

function canvas(plan: LadderPlan, top: Rung): string {
  const { width, height } = top;
  switch (plan.fit.kind) {
    case 'exact':
      return '[fit]null[canvas]';
    case 'crop':
      return `[fit]crop=${width}:${height}[canvas]`;
    case 'blur-pad':
      // Blurred at a tenth of the size and enlarged again: as soft, at a hundredth of the cost. Darkened, so that the
      // picture stands out.
      return [
        '[fit]split[front][behind]',
        `[behind]scale=108:192:force_original_aspect_ratio=increase:flags=area,crop=108:192,boxblur=6:2,` +
          `lutyuv=y='16+(val-16)*0.5',scale=${width}:${height}:flags=bicubic,setsar=1[back]`,
        '[back][front]overlay=(W-w)/2:(H-h)/2:format=yuv420,format=yuv420p[canvas]',
      ].join(';');
  }
}

function rungScale(rung: Rung, top: Rung): string {
  const scale = rung === top ? 'null' : `scale=${rung.width}:${rung.height}:flags=bicubic,setsar=1`;
  return `[${rung.name}s]${scale}[${rung.name}]`;
}

/** Poster candidates, at most one a second, and the same frames as luma thumbnails for choosing among them. */
function poster(plan: LadderPlan, top: Rung): string {
  const interval = Math.max(1, plan.durationSeconds / MAX_POSTER_CANDIDATES);
  const everyFrames = Math.max(
    1,
    Math.min(Math.ceil(interval * framesPerSecond(plan.frameRate)), Math.ceil(plan.frameCount / 2)),
  );
  const width = Math.min(MAX_POSTER_WIDTH, top.width);
  const height = Math.round((top.height * width) / top.width / 2) * 2;
  const { width: lumaWidth, height: lumaHeight } = LUMA_THUMBNAIL;
  return (
    `[posters]select='not(mod(n-${Math.floor(everyFrames / 2)},${everyFrames}))',setpts=N/FRAME_RATE/TB,` +
    `scale=${width}:${height},format=yuvj420p,split[poster][lumas];[lumas]scale=${lumaWidth}:${lumaHeight}:flags=area,format=gray[luma]`
  );
}

/** Always stereo at 48 kHz and exactly as long as the picture, from a silent source where there is no usable track. */
function audio(plan: LadderPlan): string {
  const samples = Math.round(plan.durationSeconds * SAMPLE_RATE_HZ);
  if (plan.audio === null) return `anullsrc=r=${SAMPLE_RATE_HZ}:cl=stereo,atrim=end_sample=${samples}[audio]`;
  return (
    `[0:${plan.audio.streamIndex}]aresample=${SAMPLE_RATE_HZ}:async=1:first_pts=0,` +
    `aformat=sample_fmts=fltp:channel_layouts=stereo,apad=whole_len=${samples},atrim=end_sample=${samples}[audio]`
  );
}
