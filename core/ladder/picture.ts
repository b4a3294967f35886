import type { PictureArea } from './letterbox.ts';
import type { EncodingSettings } from './settings.ts';
import type { SourceVideo } from './source.ts';

export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/**
 * How the source's picture fills the 9:16 canvas. `scaled` is the source after scaling, always even.
 *
 * - `exact`: it is 9:16 already;
 * - `crop`: nearly 9:16; it covers the canvas and at most MAX_CROP_LOSS of it is cut off. Or wider, and the operator wants it;
 * - `blur-pad`: anything else, phone landscape above all; it stands whole in front of a blurred, darkened copy of itself.
 *   Cropping a 16:9 picture to 9:16 throws away 68 % of it, and with it whoever speaks at the edge: only on request.
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
export function displayedSize(video: SourceVideo, crop: PictureArea | null = null): PictureSize {
  const upright = crop ?? uprightSize(video);
  const turned = isTurned(video);
  // The samples' shape is that of the stored picture: a quarter turn lays it on its side.
  const sar = turned ? 1 / video.sampleAspectRatio : video.sampleAspectRatio;
  return {
    width: sar < 1 ? upright.width * sar : upright.width,
    height: sar > 1 ? upright.height / sar : upright.height,
  };
}

/** Samples of the picture after rotation, as decoders hand it over. */
export function uprightSize(video: SourceVideo): PictureSize {
  const { storedWidth: width, storedHeight: height } = video;
  return isTurned(video) ? { width: height, height: width } : { width, height };
}

function isTurned(video: SourceVideo): boolean {
  return Math.round(video.rotationDegrees / 90) % 2 !== 0;
}

/** Null: the operator wants no landscape. */
export function fitKind(displayed: PictureSize, landscape: EncodingSettings['landscape']): PictureFit['kind'] | null {
  const ratio = displayed.width / displayed.height / CANVAS_ASPECT;
  const loss = 1 - Math.min(ratio, 1 / ratio);
  if (loss <= EXACT_TOLERANCE) return 'exact';
  if (loss <= MAX_CROP_LOSS) return 'crop';
  if (landscape === 'refuse' && displayed.width > displayed.height) return null;
  return landscape === 'crop' && ratio > 1 ? 'crop' : 'blur-pad';
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
