import type { ImportedObject } from './object-map.ts';

/**
 * Names of objects that hold all of another one which opens later, as `EXT-X-MAP:URI="all.mp4"` without its BYTERANGE
 * does where the segments are ranges of `all.mp4`: whoever may have the init section would have the episode. The same
 * bytes named twice are none of these: what shows them first decides when they open.
 */
export function openTooEarly(objects: Readonly<Record<string, ImportedObject>>): string[] {
  const placed = Object.entries(objects).map(([name, { key, offset, sizeBytes, opensAt }]) => {
    const start = offset ?? 0;
    return { name, key, start, end: start + sizeBytes, opensAt };
  });
  placed.sort((a, b) => compare(a.key, b.key) || a.start - b.start || b.end - a.end || a.opensAt - b.opensAt);
  const early = new Set<string>();
  let widest = placed[0];
  for (const each of placed) {
    if (widest === undefined || each.key !== widest.key || each.end > widest.end) widest = each;
    const isSame = each.start === widest.start && each.end === widest.end;
    if (!isSame && widest.opensAt < each.opensAt) early.add(widest.name);
  }
  return [...early];
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
