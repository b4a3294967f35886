import type { Rung } from './rungs.ts';
import type { LadderWarning } from './warnings.ts';

/** Why AV1 that is wanted is not made. */
export type Av1Obstacle = 'no-encoder' | 'cbcs';

/** Measured: 540p at CRF 34 has 40 % fewer bytes than H.264 at 23, and 0.5 dB less of SSIM. */
const CRF = 34;
/** Of H.264's cap, which is never felt at this CRF but in the worst of scenes. */
const RATE_SHARE = 0.6;

/**
 * The same sizes once more in AV1, behind the H.264 rungs: a player that cannot decode AV1 leaves them out, and their places
 * in a pass's mask are after all others.
 */
export function planAv1Rungs(rungs: readonly Rung[]): readonly Rung[] {
  return rungs.map((rung, n) => {
    const maxrateKbps = Math.round(rung.maxrateKbps * RATE_SHARE);
    const rates = { crf: CRF, maxrateKbps, bufsizeKbps: maxrateKbps };
    return { ...rung, ...rates, name: `v${rungs.length + n}`, codec: 'av1' };
  });
}

export function av1Warning(obstacle: Av1Obstacle): LadderWarning {
  const details = {
    'no-encoder':
      'The ffmpeg of this transcoder has no libaom that can place keyframes, so there is no AV1; the H.264 Variant Streams are there. Install a full ffmpeg, or turn AV1 off in the encoding settings.',
    cbcs: 'AV1 is not made under cbcs; the H.264 Variant Streams are there. Turn AV1 off in the encoding settings, or protect the series with AES-128.',
  };
  return { code: 'av1-skipped', detail: details[obstacle] };
}
