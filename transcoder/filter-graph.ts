import { framesPerSecond } from '#core/ladder/frame-rate.ts';
import type { PictureSize } from '#core/ladder/picture.ts';
import type { LadderPlan } from '#core/ladder/plan-ladder.ts';
import type { Rung } from '#core/ladder/rungs.ts';
import { planStills } from '#core/ladder/stills.ts';
import { silentTrack, soundTrack } from './sound-chain.ts';

/** For the choice of the poster, its thumbhash, and what is black or stands still; 100 of them are 690 kB. */
export const THUMBNAIL: { readonly width: number; readonly height: number } = { width: 36, height: 64 };
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
  const rungs = [...plan.rungs, ...plan.av1Rungs];
  const outputs = rungs.map((rung) => `[${rung.name}s]`).join('');
  return [
    `[0:${plan.video.streamIndex}]${timing(plan)},${insideBars(plan)}${scaleToFit(plan)}${toneMapping ? toneMap(plan) : ''},format=yuv420p[fit]`,
    canvas(plan, top),
    `[canvas]split=${rungs.length + 1}${outputs}[stills]`,
    ...rungs.map((rung) => rungScale(rung, top)),
    stills(plan),
    sound(plan),
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

function insideBars({ crop }: LadderPlan): string {
  return crop === null ? '' : `crop=${crop.width}:${crop.height}:${crop.x}:${crop.y},`;
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
  const scale = rung.width === top.width ? 'null' : `scale=${rung.width}:${rung.height}:flags=bicubic,setsar=1`;
  return `[${rung.name}s]${scale}[${rung.name}]`;
}

/**
 * The stills, three times: as poster candidates, as the tiles of the storyboard, and as small RGB thumbnails to judge them by.
 * JPEG means BT.601 to whoever opens it, and RGB is made from what the picture is.
 */
function stills(plan: LadderPlan): string {
  const { firstFrame, everyFrames, columns, rows, tileWidth, tileHeight } = planStills(plan);
  const { width, height } = posterSize(plan);
  const toJpeg = 'in_color_matrix=bt709:out_color_matrix=bt601:in_range=tv:out_range=pc,format=yuvj420p';
  return [
    `[stills]select='not(mod(n-${firstFrame},${everyFrames}))',setpts=N/FRAME_RATE/TB,split=3[posters][tiles][thumbs]`,
    `[posters]scale=${width}:${height}:${toJpeg}[poster]`,
    `[tiles]scale=${tileWidth}:${tileHeight}:flags=area:${toJpeg},tile=${columns}x${rows}[storyboard]`,
    `[thumbs]scale=${THUMBNAIL.width}:${THUMBNAIL.height}:flags=area:in_color_matrix=bt709:in_range=tv,format=rgb24[thumb]`,
  ].join(';');
}

export function posterSize({ rungs }: LadderPlan): PictureSize {
  const top = rungs.at(-1) ?? rungs[0];
  const width = Math.min(MAX_POSTER_WIDTH, top.width);
  return { width, height: Math.round((top.height * width) / top.width / 2) * 2 };
}

/** Sound that can be heard at all, or a silent track; then the dubs, in the order of the plan. */
function sound(plan: LadderPlan): string {
  const { durationSeconds, audioTracks, loudnessLufs } = plan;
  if (audioTracks.length === 0) return `${silentTrack(durationSeconds)}[audio]`;
  let dubs = 0;
  return audioTracks
    .map(({ streamIndex, isMain }) => {
      const chain = soundTrack(streamIndex, durationSeconds, loudnessLufs.get(streamIndex) ?? null);
      return `${chain}[${isMain ? 'audio' : `dub${dubs++}`}]`;
    })
    .join(';');
}
