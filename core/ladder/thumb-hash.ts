/**
 * ThumbHash: a picture's colours and rough shapes in about 20 bytes, which a feed can show before any image has come.
 *
 * After the description of the format at https://evanw.github.io/thumbhash/: the picture as lightness and two colour
 * differences, each as the lowest terms of a cosine transform, quantised to 4 bits. Pictures here have no transparency.
 */
export function thumbHash(rgb: Uint8Array, width: number, height: number): Uint8Array {
  const pixels = width * height;
  const lightness = new Float64Array(pixels);
  const yellowBlue = new Float64Array(pixels);
  const redGreen = new Float64Array(pixels);
  for (let n = 0; n < pixels; n++) {
    const [red = 0, green = 0, blue = 0] = Array.from(rgb.subarray(n * 3, n * 3 + 3), (value) => value / 255);
    lightness[n] = (red + green + blue) / 3;
    yellowBlue[n] = (red + green) / 2 - blue;
    redGreen[n] = red - green;
  }
  const longer = Math.max(width, height);
  const across = Math.max(1, Math.round((MAX_TERMS * width) / longer));
  const down = Math.max(1, Math.round((MAX_TERMS * height) / longer));
  const transform = (plane: Float64Array, columns: number, rows: number): Terms =>
    cosineTerms({ plane, width, height, columns, rows });
  const light = transform(lightness, Math.max(3, across), Math.max(3, down));
  const yellow = transform(yellowBlue, 3, 3);
  const red = transform(redGreen, 3, 3);

  const isLandscape = width > height;
  const header24 =
    Math.round(63 * light.mean) |
    (Math.round(31.5 + 31.5 * yellow.mean) << 6) |
    (Math.round(31.5 + 31.5 * red.mean) << 12) |
    (Math.round(31 * light.scale) << 18);
  const header16 =
    (isLandscape ? down : across) |
    (Math.round(63 * yellow.scale) << 3) |
    (Math.round(63 * red.scale) << 9) |
    (Number(isLandscape) << 15);
  const headers = [header24, header24 >> 8, header24 >> 16, header16, header16 >> 8];
  const nibbles = [light, yellow, red].flatMap(({ waves }) => waves.map((wave) => Math.round(15 * wave)));
  const bytes = Array.from(
    { length: Math.ceil(nibbles.length / 2) },
    (_, n) => (nibbles[2 * n] ?? 0) | ((nibbles[2 * n + 1] ?? 0) << 4),
  );
  return Uint8Array.from([...headers, ...bytes].map((value) => value & 255));
}

const MAX_TERMS = 7;

interface Terms {
  readonly mean: number;
  /** The largest wave; the others are stored as shares of it, 0.5 for none. */
  readonly scale: number;
  readonly waves: readonly number[];
}

interface Plane {
  readonly plane: Float64Array;
  readonly width: number;
  readonly height: number;
  readonly columns: number;
  readonly rows: number;
}

/** The triangle of low frequencies: as many columns as rows leave room for. */
function cosineTerms({ plane, width, height, columns, rows }: Plane): Terms {
  const amplitudes: number[] = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column * rows < columns * (rows - row); column++) {
      let sum = 0;
      for (let y = 0; y < height; y++) {
        const vertical = Math.cos((Math.PI / height) * row * (y + 0.5));
        for (let x = 0; x < width; x++) {
          sum += (plane[y * width + x] ?? 0) * vertical * Math.cos((Math.PI / width) * column * (x + 0.5));
        }
      }
      amplitudes.push(sum / (width * height));
    }
  }
  const [mean = 0, ...waves] = amplitudes;
  const scale = Math.max(0, ...waves.map(Math.abs));
  return { mean, scale, waves: waves.map((wave) => (scale === 0 ? 0.5 : 0.5 + (0.5 / scale) * wave)) };
}
