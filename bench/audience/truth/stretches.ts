/** Whole hundredths of a second. */
export type Stretch = readonly [from: number, to: number];

/** The same with nothing twice. */
export function coveredBy(stretches: readonly Stretch[]): Stretch[] {
  const sorted = stretches.toSorted(([a], [b]) => a - b);
  const covered: Stretch[] = [];
  for (const [from, to] of sorted) {
    const last = covered.at(-1);
    if (last === undefined || from > last[1]) covered.push([from, to]);
    else if (to > last[1]) covered[covered.length - 1] = [last[0], to];
  }
  return covered;
}

export function totalOf(stretches: readonly Stretch[]): number {
  return stretches.reduce((sum, [from, to]) => sum + to - from, 0);
}

/** How often the middle of each of so many equal parts was played, bounds included. */
export function partsPlayed(stretches: readonly Stretch[], endHundredths: number, parts: number): number[] {
  const counts = Array.from({ length: parts }, () => 0);
  for (const [from, to] of stretches)
    for (const part of counts.keys()) {
      // The middle is (2 × part + 1) × end ÷ (2 × parts): compared in whole numbers.
      const middle = (2 * part + 1) * endHundredths;
      if (2 * parts * from <= middle && middle <= 2 * parts * to) counts[part] = (counts[part] ?? 0) + 1;
    }
  return counts;
}
