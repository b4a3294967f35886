/** How long people stay: drawn from a retention curve of short video, the same for every candidate. */

/** Share of views that last so long, and between which seconds. Four of ten are flicked away; nobody here stays to the end. */
const STAYS: readonly (readonly [share: number, fromSeconds: number, toSeconds: number])[] = [
  [0.4, 0.4, 1.5],
  [0.4, 1.5, 4],
  [0.2, 4, 7],
];

export function dwellSeconds(random: () => number): number {
  let rank = random();
  for (const [share, from, to] of STAYS) {
    if (rank < share) return from + (to - from) * random();
    rank -= share;
  }
  return STAYS[0]?.[1] ?? 1;
}
