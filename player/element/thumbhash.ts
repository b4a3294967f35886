/**
 * Reads a ThumbHash: some 25 bytes that hold the low frequencies of a picture, as brightness (L) and two colour axes
 * (P: yellow to blue, Q: red to green), each coefficient in four bits.
 *
 * @see https://evanw.github.io/thumbhash/
 */
const LONG_SIDE_PX = 32;

interface Channel {
  readonly columns: number;
  readonly rows: number;
  readonly mean: number;
  readonly waves: readonly number[];
}

/** A data URL of a picture of 32 pixels; null for what is no hash. */
export function thumbhashUrl(base64: string): string | null {
  const picture = decodeThumbhash(base64);
  if (picture === null) return null;
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [picture.width, picture.height];
  canvas.getContext('2d')?.putImageData(picture, 0, 0);
  return canvas.toDataURL();
}

function decodeThumbhash(base64: string): ImageData | null {
  const hash = bytesOf(base64);
  if (hash === null || hash.length < 6) return null;
  const byte = (at: number): number => hash[at] ?? 0;
  const colours = byte(0) | (byte(1) << 8) | (byte(2) << 16);
  const shape = byte(3) | (byte(4) << 8);
  const hasAlpha = colours >> 23 === 1;
  const isLandscape = shape >> 15 === 1;
  const [long, short] = [hasAlpha ? 5 : 7, shape & 7];
  const [columns, rows] = isLandscape ? [long, short] : [short, long];
  let at = (hasAlpha ? 6 : 5) * 2;
  const read = (width: number, height: number, mean: number, scale: number): Channel => {
    const waves: number[] = [];
    for (let row = 0; row < height; row += 1) {
      for (let column = row === 0 ? 1 : 0; column * height < width * (height - row); column += 1, at += 1) {
        waves.push((((byte(at >> 1) >> ((at & 1) << 2)) & 15) / 7.5 - 1) * scale);
      }
    }
    return { columns: width, rows: height, mean, waves };
  };
  const l = read(Math.max(3, columns), Math.max(3, rows), (colours & 63) / 63, ((colours >> 18) & 31) / 31);
  // Colours were strengthened by a quarter, as four bits are few.
  const p = read(3, 3, ((colours >> 6) & 63) / 31.5 - 1, (((shape >> 3) & 63) / 63) * 1.25);
  const q = read(3, 3, ((colours >> 12) & 63) / 31.5 - 1, (((shape >> 9) & 63) / 63) * 1.25);
  const ratio = columns / Math.max(1, rows);
  const width = Math.round(ratio > 1 ? LONG_SIDE_PX : LONG_SIDE_PX * ratio) || 1;
  const height = Math.round(ratio > 1 ? LONG_SIDE_PX / ratio : LONG_SIDE_PX);
  return paint(width, height, l, p, q);
}

function paint(width: number, height: number, l: Channel, p: Channel, q: Channel): ImageData {
  const picture = new ImageData(width, height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const [u, v] = [(x + 0.5) / width, (y + 0.5) / height];
      const [light, yellow, red] = [valueAt(l, u, v), valueAt(p, u, v), valueAt(q, u, v)];
      const b = light - (2 / 3) * yellow;
      const r = (3 * light - b + red) / 2;
      picture.data.set([r * 255, (r - red) * 255, b * 255, 255], (y * width + x) * 4);
    }
  }
  return picture;
}

function valueAt({ columns, rows, mean, waves }: Channel, u: number, v: number): number {
  let [value, index] = [mean, 0];
  for (let row = 0; row < rows; row += 1) {
    const high = Math.cos(Math.PI * v * row) * 2;
    for (let column = row === 0 ? 1 : 0; column * rows < columns * (rows - row); column += 1, index += 1) {
      value += (waves[index] ?? 0) * Math.cos(Math.PI * u * column) * high;
    }
  }
  return value;
}

function bytesOf(base64: string): Uint8Array | null {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    return null;
  }
}
