import type { Fonts } from './fonts.ts';
import { FOREGROUND, type Grade, type Scene, type Shape } from './scenes.ts';
import { clockMinute, EPISODE_SECONDS, type SampleEpisode, sampleSeries } from './series.ts';

/** Writes a text to a file and returns its path: drawtext then needs no escaping of what a line says. */
export type TextFile = (text: string) => string;

export const FRAMES_PER_SECOND = 24;
/** Light is out of focus: made small and enlarged, it is soft and costs a hundredth. */
const LIGHT = { width: 63, height: 112 };
/** Soft light moves slowly: every frame twice looks the same and halves the work. */
const LIGHT_FRAMES_PER_SECOND = 12;
/** The last seconds: the picture goes, the clock stays. */
const CLIFF_SECONDS = 3;
const PREMIERE = EPISODE_SECONDS - CLIFF_SECONDS;

/** The whole picture as one filter graph ending in `[v]`, from lavfi sources alone. */
export function pictureGraph(episode: SampleEpisode, scene: Scene, fonts: Fonts, textFile: TextFile): string {
  const source = `s=${LIGHT.width}x${LIGHT.height}:r=${LIGHT_FRAMES_PER_SECOND}:d=${EPISODE_SECONDS}`;
  const drift = `x='-40+26*sin(t*0.33)':y='6*sin(t*0.21)-6'`;
  const layers = [
    `nullsrc=${source},format=gray,geq=lum='${luma(scene.light)}',format=gbrp,${grade(scene.grade)},` +
      `scale=720:1280:flags=bicubic:out_color_matrix=bt709:out_range=tv,setsar=1,format=yuv420p,fps=${FRAMES_PER_SECOND}[light]`,
    `color=c=black@0:s=${FOREGROUND.width}x${FOREGROUND.height}:r=${FRAMES_PER_SECOND}:d=0.04,format=yuva420p,${boxes(scene.foreground)}` +
      `loop=loop=-1:size=1,setpts=N/${FRAMES_PER_SECOND}/TB[front]`,
    `[light][front]overlay=${drift}:shortest=1[scene]`,
    ...flicker(scene, drift),
    ...(scene.rain ? rain() : ['[lit]null[wet]']),
    // A soft dark band, so that dialogue reads on lit windows.
    `color=c=black:s=720x280:r=${FRAMES_PER_SECOND}:d=0.04,format=yuva420p,geq=lum=16:cb=128:cr=128:a='150*pow(sin(PI*Y/H),1.5)',` +
      `loop=loop=-1:size=1,setpts=N/${FRAMES_PER_SECOND}/TB[band]`,
    `[wet][band]overlay=0:826:shortest=1:enable='between(t,3.2,${PREMIERE})'[read]`,
    `[read]noise=c0s=3:c0f=t,fade=t=in:st=0:d=0.8,fade=t=out:st=${PREMIERE - 0.2}:d=0.35,${titles(episode, fonts, textFile).join(',')},format=yuv420p[v]`,
  ];
  return layers.join(';');
}

function luma(light: string): string {
  const inFrame = light.replaceAll(/\bx\b/g, '(X/W)').replaceAll(/\by\b/g, '(Y/H)');
  // A vignette, so that the type at the top and the dialogue below stand on dark.
  const vignette = '(1-2.4*(Y/H-0.5)*(Y/H-0.5))*(1-1.6*(X/W-0.5)*(X/W-0.5))';
  return `255*clip((${inFrame})*${vignette},0,1)`;
}

function grade({ shadow, middle, bright }: Grade): string {
  const curve = (n: 0 | 1 | 2): string => `0/${shadow[n]} 0.45/${middle[n]} 1/${bright[n]}`;
  return `curves=r='${curve(0)}':g='${curve(1)}':b='${curve(2)}'`;
}

function boxes(shapes: readonly Shape[]): string {
  return shapes
    .map(({ x, y, width, height, color }) => `drawbox=${x}:${y}:${width}:${height}:${color}:fill:replace=1,`)
    .join('');
}

function flicker(scene: Scene, drift: string): readonly string[] {
  if (scene.flicker === null) return ['[scene]null[lit]'];
  return [
    `color=c=black@0:s=${FOREGROUND.width}x${FOREGROUND.height}:r=${FRAMES_PER_SECOND}:d=0.04,format=yuva420p,${boxes(scene.flicker.shapes)}` +
      `loop=loop=-1:size=1,setpts=N/${FRAMES_PER_SECOND}/TB[lamp]`,
    `[scene][lamp]overlay=${drift}:shortest=1:enable='${scene.flicker.enable}'[lit]`,
  ];
}

/** One picture of drops, stretched to streaks, twice above itself, and a window that moves over it. */
function rain(): readonly string[] {
  return [
    `nullsrc=s=180x64:r=${FRAMES_PER_SECOND}:d=0.04,format=gray,geq=lum='if(lt(random(1),0.012),50+80*random(2),0)',` +
      'scale=720:1280:flags=bilinear,split[near][far];[near][far]vstack,format=gray[drops]',
    `color=c=0xc8dbe6:s=720x2560:r=${FRAMES_PER_SECOND}:d=0.04,format=yuva420p[water];[water][drops]alphamerge,` +
      `loop=loop=-1:size=1,setpts=N/${FRAMES_PER_SECOND}/TB,crop=720:1280:0:'1280-mod(t*1500,1280)'[rain]`,
    '[lit][rain]overlay=0:0:shortest=1[wet]',
  ];
}

interface TextStyle {
  readonly font: string;
  readonly size: number;
  readonly color: string;
  readonly x: string;
  readonly y: string;
  readonly alpha: string;
  readonly enable: string;
  readonly shadow?: number;
}

function titles(episode: SampleEpisode, fonts: Fonts, textFile: TextFile): readonly string[] {
  const draw = (text: string, style: TextStyle): string =>
    `drawtext=fontfile='${style.font}':textfile='${textFile(text)}':fontsize=${style.size}:fontcolor=${style.color}:` +
    `x='${style.x}':y='${style.y}':alpha='${style.alpha}':enable='${style.enable}':` +
    `shadowcolor=black@0.6:shadowx=0:shadowy=${style.shadow ?? 2}`;
  const centred = '(w-tw)/2';
  const opening = { alpha: fadeInOut(0.5, 3.1), enable: 'between(t,0.4,3.2)', x: centred };
  const minute = clockMinute(episode.number);
  return [
    draw(spaced(sampleSeries.title), { ...opening, font: fonts.sans, size: 22, color: '0xf4ead8', y: '130' }),
    draw(String(episode.number), { ...opening, font: fonts.light, size: 230, color: 'white', y: '196-6*min(t,3)' }),
    draw(episode.title, { ...opening, font: fonts.serifItalic, size: 50, color: '0xfff6e6', y: '420-4*t', shadow: 3 }),
    ...episode.dialogue.map((line, n) => {
      const end = Math.min(episode.dialogue[n + 1]?.atSeconds ?? PREMIERE, PREMIERE) - 0.15;
      const enable = `between(t,${line.atSeconds},${end})`;
      const alpha = fadeInOut(line.atSeconds, end);
      return draw(line.text, {
        font: fonts.serif,
        size: 36,
        color: '0xfffaf0',
        x: centred,
        y: '948',
        alpha,
        enable,
        shadow: 3,
      });
    }),
    draw(`23:${minute}:%{eif:floor(min(59,${61 - EPISODE_SECONDS}+t)):d:2}`, {
      font: fonts.mono,
      size: 26,
      color: '0xf4ead8',
      x: centred,
      y: '112',
      alpha: '0.75*min(1,max(0,(t-3.3)/0.5))',
      enable: `between(t,3.3,${PREMIERE})`,
    }),
    ...cliffhanger(episode, fonts, draw),
  ];
}

/** The end: black, the seconds beat like a heart, and then it is the next minute. */
function cliffhanger(
  episode: SampleEpisode,
  fonts: Fonts,
  draw: (text: string, style: TextStyle) => string,
): readonly string[] {
  const centred = '(w-tw)/2';
  const minute = clockMinute(episode.number);
  const isLast = episode.number === sampleSeries.episodes.length;
  const next = isLast ? '00:00' : `23:${minute + 1}`;
  const turn = EPISODE_SECONDS - 1;
  const beat = (from: number): string => `0.25+0.75*exp(-3.2*mod(t-${from},1))`;
  const seconds = `%{eif:floor(min(59,${61 - EPISODE_SECONDS}+t)):d:2}`;
  const middle = '(h-th)/2-40';
  return [
    draw(`23:${minute}`, {
      font: fonts.light,
      size: 64,
      color: '0xb9b2a8',
      x: centred,
      y: '430',
      alpha: '0.8',
      enable: `between(t,${PREMIERE + 0.15},${turn})`,
    }),
    draw(seconds, {
      font: fonts.light,
      size: 260,
      color: 'white',
      x: centred,
      y: middle,
      alpha: beat(PREMIERE),
      enable: `between(t,${PREMIERE + 0.15},${turn})`,
    }),
    draw(next, {
      font: fonts.light,
      size: 150,
      color: '0xe0463c',
      x: centred,
      y: middle,
      alpha: `min(1,0.4+0.6*exp(-2*(t-${turn})))`,
      enable: `gte(t,${turn})`,
    }),
    draw(isLast ? 'It is midnight.' : `Episode ${episode.number + 1}`, {
      font: fonts.serifItalic,
      size: 34,
      color: '0xd8cfc2',
      x: centred,
      y: '760',
      alpha: `min(1,max(0,(t-${turn}-0.2)/0.3))`,
      enable: `gte(t,${turn})`,
    }),
  ];
}

function fadeInOut(from: number, to: number): string {
  return `min(1,min(max(0,(t-${from})/0.4),max(0,(${to}-t)/0.3)))`;
}

/** Letterspaced capitals: drawtext has no tracking. */
function spaced(text: string): string {
  return [...text.toUpperCase()].join(' ');
}
