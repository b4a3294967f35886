import type { SourceVideo } from './source.ts';

export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/**
 * How the source's picture fills the 9:16 canvas. `scaled` is the source after scaling, always even.
 *
 * - `exact`: it is 9:16 already;
 * - `crop`: nearly 9:16; it covers the canvas and at most MAX_CROP_LOSS of it is cut off;
 * - `blur-pad`: anything else, phone landscape above all; it stands whole in front of a blurred, darkened copy of itself.
 *   Cropping a 16:9 picture to 9:16 would throw away 68 % of it, and with it whoever speaks at the edge.
 */
export interface PictureFit {
  readonly kind: 'exact' | 'crop' | 'blur-pad';
  readonly scaled: PictureSize;
}

export const CANVAS_ASPECT: number = 9 / 16;
/** 2:1 phones (1:2 upright) lose 11 % and fill the screen; 2:3 would lose 16 % and is padded. */
const MAX_CROP_LOSS = 0.12;
/** Within one line of 9:16 at 360 lines, e.g. 405x719. */
const EXACT_TOLERANCE = 0.006;

/**
 * The picture as it is meant to be seen, without ever inventing samples: where pixels are not square the longer axis shrinks.
 */
export function displayedSize(video: SourceVideo): PictureSize {
  const { sampleAspectRatio: sar } = video;
  const width = sar < 1 ? video.storedWidth * sar : video.storedWidth;
  const height = sar > 1 ? video.storedHeight / sar : video.storedHeight;
  const quarterTurns = Math.round(video.rotationDegrees / 90);
  return quarterTurns % 2 === 0 ? { width, height } : { width: height, height: width };
}

export function fitKind(displayed: PictureSize): PictureFit['kind'] {
  const ratio = displayed.width / displayed.height / CANVAS_ASPECT;
  const loss = 1 - Math.min(ratio, 1 / ratio);
  if (loss <= EXACT_TOLERANCE) return 'exact';
  return loss <= MAX_CROP_LOSS ? 'crop' : 'blur-pad';
}

/** Whether the canvas can be filled without enlarging the picture. */
export function fitsWithoutUpscale(kind: PictureFit['kind'], displayed: PictureSize, canvas: PictureSize): boolean {
  return scaleFactor(kind, displayed, canvas) <= 1 + EXACT_TOLERANCE;
}

export function fitPicture(kind: PictureFit['kind'], displayed: PictureSize, canvas: PictureSize): PictureFit {
  if (kind === 'exact') return { kind, scaled: canvas };
  const factor = scaleFactor(kind, displayed, canvas);
  const scaled = { width: even(displayed.width * factor), height: even(displayed.height * factor) };
  if (kind === 'blur-pad') {
    return {
      kind,
      scaled: { width: Math.min(scaled.width, canvas.width), height: Math.min(scaled.height, canvas.height) },
    };
  }
  return {
    kind,
    scaled: { width: Math.max(scaled.width, canvas.width), height: Math.max(scaled.height, canvas.height) },
  };
}

/** The largest 9:16 canvas, with even sides, for a source that is smaller than the lowest rung. */
export function smallestCanvas(kind: PictureFit['kind'], displayed: PictureSize): PictureSize {
  const byWidth = { width: even(displayed.width), height: even(displayed.width / CANVAS_ASPECT) };
  const byHeight = { width: even(displayed.height * CANVAS_ASPECT), height: even(displayed.height) };
  const widthIsTheLimit = displayed.width / displayed.height <= CANVAS_ASPECT;
  if (kind === 'blur-pad') return widthIsTheLimit ? byHeight : byWidth;
  return widthIsTheLimit ? byWidth : byHeight;
}

function scaleFactor(kind: PictureFit['kind'], displayed: PictureSize, canvas: PictureSize): number {
  const horizontal = canvas.width / displayed.width;
  const vertical = canvas.height / displayed.height;
  return kind === 'blur-pad' ? Math.min(horizontal, vertical) : Math.max(horizontal, vertical);
}

/** 4:2:0 chroma needs even sides. */
function even(length: number): number {
  return Math.max(2, Math.round(length / 2) * 2);
}
