/**
 * What the player says of itself with each media request, in the query: a header would cost a preflight for each URL.
 * The edge takes it out of its cache key.
 *
 * @see CTA-5004 (CMCD v1), 2.2 and 3; `sta` is of CTA-5004-B: `d` tells what was fetched ahead from what is watched
 */
export interface CmcdState {
  readonly sessionId: string;
  readonly episodeId: string;
  readonly bitrateBps: number;
  readonly bandwidthBps: number | null;
  readonly bufferedSeconds: number;
  /** preloading, starting, playing, rebuffering, paused. */
  readonly state: 'd' | 's' | 'p' | 'r' | 'a';
}

export function cmcdQuery({
  sessionId,
  episodeId,
  bitrateBps,
  bandwidthBps,
  bufferedSeconds,
  state,
}: CmcdState): string {
  // Rounded as the standard has it: to 100 ms and 100 kbit/s. In the order of the alphabet.
  const pairs = [
    `bl=${Math.round(bufferedSeconds * 10) * 100}`,
    `br=${Math.round(bitrateBps / 1_000)}`,
    ...(state === 'r' ? ['bs'] : []),
    `cid="${episodeId}"`,
    ...(bandwidthBps === null ? [] : [`mtp=${Math.round(bandwidthBps / 100_000) * 100}`]),
    'sf=h',
    `sid="${sessionId}"`,
    'st=v',
    `sta=${state}`,
    ...(state === 's' || state === 'r' ? ['su'] : []),
  ];
  return `CMCD=${encodeURIComponent(pairs.join(','))}`;
}
