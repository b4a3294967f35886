import { framesPerSecond } from './frame-rate.ts';
import type { LadderPlan } from './plan-ladder.ts';

/** Frames taken out of the encode at even distances: storyboard tiles, poster candidates, and what is judged about the picture. */
export interface StillsPlan {
  readonly everyFrames: number;
  /** In the middle of the first interval, so that a tile shows what its interval shows. */
  readonly firstFrame: number;
  readonly count: number;
  readonly intervalSeconds: number;
  readonly columns: number;
  readonly rows: number;
  readonly tileWidth: number;
  readonly tileHeight: number;
}

/** 100 tiles of 90x160 are one JPEG of about 150 kB; longer episodes get them further apart than a second. */
const MAX_TILES = 100;
const COLUMNS = 10;
const TILE_WIDTH = 90;
const MIN_INTERVAL_SECONDS = 1;

type StillsRequest = Pick<LadderPlan, 'frameCount' | 'frameRate' | 'durationSeconds' | 'rungs'>;

export function planStills(plan: StillsRequest): StillsPlan {
  const fps = framesPerSecond(plan.frameRate);
  const wanted = Math.ceil(Math.max(MIN_INTERVAL_SECONDS, plan.durationSeconds / MAX_TILES) * fps);
  // Of a very short episode, two: a poster needs a choice.
  const everyFrames = Math.max(1, Math.min(wanted, Math.ceil(plan.frameCount / 2)));
  const firstFrame = Math.floor(everyFrames / 2);
  const count = Math.max(1, Math.ceil((plan.frameCount - firstFrame) / everyFrames));
  const columns = Math.min(COLUMNS, count);
  const [lowest] = plan.rungs;
  return {
    everyFrames,
    firstFrame,
    count,
    intervalSeconds: everyFrames / fps,
    columns,
    rows: Math.ceil(count / columns),
    tileWidth: TILE_WIDTH,
    tileHeight: Math.max(2, Math.round((TILE_WIDTH * lowest.height) / lowest.width / 2) * 2),
  };
}

/** WebVTT whose cues are media fragments of the one image, as players read thumbnails. */
export function storyboardVtt(stills: StillsPlan, durationSeconds: number, image: string): string {
  const cues = Array.from({ length: stills.count }, (_, n) => {
    const start = n * stills.intervalSeconds;
    const end = n === stills.count - 1 ? durationSeconds : Math.min(durationSeconds, start + stills.intervalSeconds);
    const x = (n % stills.columns) * stills.tileWidth;
    const y = Math.floor(n / stills.columns) * stills.tileHeight;
    return `${timestamp(start)} --> ${timestamp(end)}\n${image}#xywh=${x},${y},${stills.tileWidth},${stills.tileHeight}\n`;
  });
  return ['WEBVTT\n', ...cues].join('\n');
}

function timestamp(seconds: number): string {
  const ms = Math.round(seconds * 1000);
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  const rest = String(ms % 1000).padStart(3, '0');
  return `${two(ms / 3_600_000)}:${two((ms / 60_000) % 60)}:${two((ms / 1000) % 60)}.${rest}`;
}
