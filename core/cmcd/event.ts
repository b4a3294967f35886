/**
 * What one CMCD v2 event report says of how a view goes; the rest of it is passed over.
 *
 * @see CTA-5004-B, event mode. Names of the standard in brackets
 */

/** starting, playing, seeking, rebuffering, paused, ended, fatal error, quit, preloading. [sta] */
export const CMCD_STATES = ['s', 'p', 'k', 'r', 'a', 'e', 'f', 'q', 'd'] as const;
export type CmcdPlayerState = (typeof CMCD_STATES)[number];

export interface CmcdEvent {
  /** On the player's clock, which need not be right: only differences count. [ts] */
  readonly atMs: number;
  /** Rises with each report of a session. [sn] */
  readonly sequence: number;
  readonly state?: CmcdPlayerState;
  /** [pr] */
  readonly rate?: number;
  /** [pt] */
  readonly positionMs?: number;
  /** [br] */
  readonly bitrateKbps?: number;
  /** [mtp] */
  readonly throughputKbps?: number;
  /** Of stalls that are over. [bsd] */
  readonly starvedMs?: readonly number[];
  /** [msd] */
  readonly startDelayMs?: number;
  /** Of an error event. [ec] */
  readonly error?: string;
}

/** A micro-episode with a state change each second has a quarter of it. */
export const MAX_CMCD_EVENTS = 500;

/**
 * The events of two sets, each once, in the order in which they happened. Whatever comes twice, late or in another order
 * leaves the same set: of too many the earliest are kept, and of two that claim one place always the same.
 */
export function mergeCmcdEvents(known: readonly CmcdEvent[], more: readonly CmcdEvent[]): CmcdEvent[] {
  const byPlace = new Map<string, CmcdEvent>();
  for (const event of [...known, ...more]) {
    const place = `${event.atMs}/${event.sequence}`;
    const other = byPlace.get(place);
    if (other === undefined || textOf(event) < textOf(other)) byPlace.set(place, event);
  }
  return [...byPlace.values()].toSorted((a, b) => a.atMs - b.atMs || a.sequence - b.sequence).slice(0, MAX_CMCD_EVENTS);
}

function textOf(event: CmcdEvent): string {
  return JSON.stringify(Object.entries(event).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
