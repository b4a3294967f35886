import { fitsWithoutUpscale, type PictureFit, type PictureSize, smallestCanvas } from './picture.ts';

/** Settings of one Variant Stream's encode. */
export interface Rung {
  /** `v0` is the lowest; the name is also its folder. */
  readonly name: string;
  readonly codec: 'h264' | 'av1';
  readonly width: number;
  readonly height: number;
  /** H.264's; AV1 encodes in its Main profile, at the level that fits. */
  readonly profile: 'main' | 'high';
  readonly level: string;
  /** Capped constant quality: dark drama takes a third of what an action scene takes at the same CRF. */
  readonly crf: number;
  readonly maxrateKbps: number;
  readonly bufsizeKbps: number;
}

type RungSettings = Omit<Rung, 'name' | 'codec'>;

/** Lowest first. Rates and levels: notes/transcode.md section 2, after Apple's HLS authoring specification. */
const VERTICAL_LADDER: readonly RungSettings[] = [
  { width: 360, height: 640, profile: 'main', level: '3.0', crf: 24, maxrateKbps: 700, bufsizeKbps: 1050 },
  { width: 540, height: 960, profile: 'high', level: '3.1', crf: 23, maxrateKbps: 1400, bufsizeKbps: 2100 },
  { width: 720, height: 1280, profile: 'high', level: '3.1', crf: 22, maxrateKbps: 2500, bufsizeKbps: 3750 },
  { width: 1080, height: 1920, profile: 'high', level: '4.0', crf: 22, maxrateKbps: 4500, bufsizeKbps: 6750 },
];

/** A start on a phone: sharp enough at once, small enough to be there at once. */
export const WANTED_FIRST_WIDTH = 540;

/** Every rung that needs no upscaling, lowest first; a tiny source gets one rung of its own size. */
export function planRungs(
  kind: PictureFit['kind'],
  displayed: PictureSize,
  maxWidth: number = Number.POSITIVE_INFINITY,
): readonly [Rung, ...Rung[]] {
  const fitting = VERTICAL_LADDER.filter((rung) => rung.width <= maxWidth && fitsWithoutUpscale(kind, displayed, rung));
  const [lowest, ...higher] = fitting;
  if (lowest === undefined) return [{ name: 'v0', codec: 'h264', ...ownSizeRung(smallestCanvas(kind, displayed)) }];
  return [
    { name: 'v0', codec: 'h264', ...lowest },
    ...higher.map((rung, i) => ({ name: `v${i + 1}`, codec: 'h264' as const, ...rung })),
  ];
}

/** The Variant Stream that stands first in the Multivariant Playlist, where players start. */
export function firstRung(rungs: readonly [Rung, ...Rung[]]): Rung {
  let best: Rung = rungs[0];
  for (const rung of rungs) {
    if (Math.abs(rung.width - WANTED_FIRST_WIDTH) < Math.abs(best.width - WANTED_FIRST_WIDTH)) best = rung;
  }
  return best;
}

function ownSizeRung(canvas: PictureSize): RungSettings {
  return { ...canvas, profile: 'main', level: '3.0', crf: 23, maxrateKbps: 700, bufsizeKbps: 1050 };
}
