/** What every part of a beacon is read with. By hand, because beacons are the most frequent request. */
export type Fields = { readonly [name: string]: unknown };

export function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isUpTo(value: unknown, max: number): value is number {
  return typeof value === 'number' && value >= 0 && value <= max;
}

/** 0 for what is no number, or none that can be. */
export function upTo(value: unknown, max: number): number {
  return isUpTo(value, max) ? value : 0;
}
