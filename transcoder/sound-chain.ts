import { levellingGainDb } from '#core/ladder/loudness.ts';

export const SAMPLE_RATE_HZ = 48_000;
/**
 * Ceiling of the limiter, as a factor: -2.1 dB of the sample peak. Between the samples, and after AAC, the wave reaches
 * half a decibel higher; -1.5 dBTP is the aim.
 */
const LIMIT = 0.785;
/** The limiter looks ahead by its attack of 5 ms and delays the sound by one sample less (measured, 2018 and 5.1 alike). */
const LIMITER_DELAY_SAMPLES = 239;

/** Stereo at 48 kHz, from where the picture starts: what is measured and what is encoded must be the same sound. */
export function stereo(streamIndex: number): string {
  return `[0:${streamIndex}]aresample=${SAMPLE_RATE_HZ}:async=1:first_pts=0,aformat=sample_fmts=fltp:channel_layouts=stereo`;
}

/** One track, levelled and exactly as long as the picture. */
export function soundTrack(streamIndex: number, durationSeconds: number, loudnessLufs: number | null): string {
  const samples = Math.round(durationSeconds * SAMPLE_RATE_HZ);
  const gainDb = levellingGainDb(loudnessLufs);
  if (gainDb === null) return `${stereo(streamIndex)},apad=whole_len=${samples},atrim=end_sample=${samples}`;
  const end = samples + LIMITER_DELAY_SAMPLES;
  return (
    `${stereo(streamIndex)},apad=whole_len=${end},atrim=end_sample=${end},volume=${gainDb.toFixed(2)}dB,` +
    `alimiter=limit=${LIMIT}:attack=5:release=50:level=disabled,` +
    `atrim=start_sample=${LIMITER_DELAY_SAMPLES},asetpts=PTS-STARTPTS`
  );
}

export function silentTrack(durationSeconds: number): string {
  return `anullsrc=r=${SAMPLE_RATE_HZ}:cl=stereo,atrim=end_sample=${Math.round(durationSeconds * SAMPLE_RATE_HZ)}`;
}
