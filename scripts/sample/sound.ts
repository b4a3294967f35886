import { EPISODE_SECONDS } from './series.ts';

/** Minor chords, in hertz; each episode has its own, and the last returns to the first, lower. */
const CHORDS: readonly (readonly [number, number, number])[] = [
  [110, 130.81, 164.81],
  [98, 116.54, 146.83],
  [123.47, 146.83, 185],
  [103.83, 123.47, 155.56],
  [92.5, 110, 138.59],
  [116.54, 138.59, 174.61],
  [87.31, 103.83, 130.81],
  [82.41, 98, 123.47],
];

/**
 * A pad of detuned voices that swell, wind under it, a clock that ticks and a heart that beats towards the end; ends in `[a]`.
 * Made at 24 kHz, where an expression per sample costs half.
 */
export function soundGraph(episodeNumber: number): string {
  const chord = CHORDS[(episodeNumber - 1) % CHORDS.length] ?? [110, 130.81, 164.81];
  const end = EPISODE_SECONDS;
  const cliff = end - 3;
  const voices = (detune: number): string =>
    chord
      .map((hertz, n) => {
        const swell = `(0.6+0.4*sin(${(0.23 + 0.11 * n).toFixed(2)}*t+${n + detune}))`;
        const tone = `(sin(${(2 * Math.PI * hertz * (1 + detune * 0.0022)).toFixed(3)}*t)+0.35*sin(${(4 * Math.PI * hertz).toFixed(3)}*t+${detune}))`;
        return `${swell}*${tone}`;
      })
      .join('+');
  const envelope = `min(1,t/1.6)*(1-0.75*gt(t,${cliff}))*min(1,max(0,(${end}-t)/0.7))`;
  const heart = `exp(-14*mod(t,1))*sin(2*PI*(46+26*exp(-30*mod(t,1)))*t)+0.6*exp(-16*mod(t+0.72,1))*sin(2*PI*44*t)`;
  const heartLevel = `(0.10+0.34*max(0,min(1,(t-5)/7)))*lt(t,${end - 1})`;
  const tick = `0.10*(random(0)-0.5)*exp(-90*mod(t,1))*gt(t,3)*lt(t,${end - 1})`;
  const turn = `0.5*gt(t,${end - 1})*exp(-2.6*(t-${end - 1}))*sin(2*PI*41.2*t)`;
  const channel = (detune: number): string =>
    `0.075*${envelope}*(${voices(detune)})+${heartLevel}*(${heart})+${tick}+${turn}`;
  return [
    `aevalsrc='${channel(-1)}|${channel(1)}':s=24000:d=${end}:c=stereo,aecho=0.8:0.6:90|170:0.25|0.15[tone]`,
    `anoisesrc=r=24000:d=${end}:c=brown:a=0.05:seed=${episodeNumber},lowpass=f=420,tremolo=f=0.2:d=0.6,afade=t=in:d=2,afade=t=out:st=${cliff}:d=0.5,aformat=channel_layouts=stereo[wind]`,
    '[tone][wind]amix=inputs=2:duration=first,volume=4.6,alimiter=limit=0.9,aresample=48000,aformat=sample_fmts=fltp:channel_layouts=stereo,asetnsamples=n=1024:p=0[a]',
  ].join(';');
}
