/** The part of the picture that is not black, in samples of the upright picture as stored. */
export interface PictureArea {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Fewer bright frames prove nothing: a night scene has black edges too. */
const MIN_FRAMES = 3;
/** This share of them must end at the same lines: bars stand still, dark walls do not. */
const MIN_AGREEMENT = 0.6;
const AGREEMENT_SHARE = 0.008;
/** A thinner bar is not worth the loss of a sharp scale. */
const MIN_BAR_SHARE = 0.03;
/** What is left of each axis; 9:16 inside 16:9 leaves 0.32 of it. */
const MIN_LEFT_SHARE = 0.28;
/** Bars are on both sides, equally wide: a logo or a subtitle in one of them keeps it. */
const MAX_ASYMMETRY_SHARE = 0.02;

/**
 * The area inside black bars, or null where there are none that are sure.
 *
 * `frames` are the non-black areas of single frames. The area is their union, so nothing that was ever seen is cut off; it
 * counts as letterboxed only where most frames end at the very same lines.
 */
export function findLetterbox(
  frames: readonly PictureArea[],
  picture: { readonly width: number; readonly height: number },
): PictureArea | null {
  const lit = frames.filter(({ width, height }) => width > 0 && height > 0);
  if (lit.length < MIN_FRAMES) return null;
  const across = findBars(
    lit.map(({ x, width }) => ({ from: x, to: x + width })),
    picture.width,
  );
  const down = findBars(
    lit.map(({ y, height }) => ({ from: y, to: y + height })),
    picture.height,
  );
  if (across === null && down === null) return null;
  const columns = across ?? { from: 0, to: picture.width };
  const rows = down ?? { from: 0, to: picture.height };
  return { x: columns.from, y: rows.from, width: columns.to - columns.from, height: rows.to - rows.from };
}

interface Span {
  readonly from: number;
  readonly to: number;
}

function findBars(spans: readonly Span[], length: number): Span | null {
  const from = Math.min(...spans.map((span) => span.from));
  const to = Math.max(...spans.map((span) => span.to));
  const [before, after] = [from, length - to];
  if (Math.min(before, after) < length * MIN_BAR_SHARE) return null;
  if (Math.abs(before - after) > length * MAX_ASYMMETRY_SHARE) return null;
  if (to - from < length * MIN_LEFT_SHARE) return null;
  const slack = Math.max(2, length * AGREEMENT_SHARE);
  const agreeing = spans.filter((span) => span.from - from <= slack && to - span.to <= slack).length;
  if (agreeing < Math.max(MIN_FRAMES, spans.length * MIN_AGREEMENT)) return null;
  // 4:2:0 sources are cut at even samples, inwards: half a chroma sample of the bar would be a grey line.
  const [evenFrom, evenTo] = [Math.ceil(from / 2) * 2, Math.floor(to / 2) * 2];
  return { from: evenFrom, to: evenTo };
}
