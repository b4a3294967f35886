/** One view as it is stored: what its player last told, and what the server knows of it. */
import type { ViewEventWire } from './beacon-wire.ts';
import type { ViewDetailsWire } from './details.ts';
import { FLICK_MS } from './limits.ts';
import { renditionsByPosition, shownMs } from './shown.ts';

/** What numbers are broken down by. Families and majors only: no IP address, no whole user agent (security.md PRV-2). */
export const DIMENSIONS = [
  'country',
  'deviceType',
  'os',
  'browser',
  'connectionType',
  'rendition',
  'appVersion',
  'experiment',
  'audience',
] as const;
export type Dimension = (typeof DIMENSIONS)[number];
/** The total, beside its parts. */
export const TOTAL = { dimension: 'all', value: '' } as const;

export interface ViewRecord extends Omit<ViewEventWire, 'details'> {
  readonly viewer: string;
  /** When its first beacon was received. The server's clock is the one that counts (ANA-5). */
  readonly startedAtMs: number;
  readonly lastReceivedAtMs: number;
  /** The earliest that it can have begun: its pass, or token, is no older. null where that is not known. */
  readonly notBeforeMs: number | null;
  /** The version of the rules that took the sender for a bot (ANA-9). */
  readonly botRules: string | null;
  readonly details: ViewDetailsWire | null;
  /** null where it is not known. `rendition` is not stored: it follows from the details. */
  readonly dimensions: { readonly [name in Exclude<Dimension, 'rendition'>]: string | null };
}

export interface Segment {
  readonly dimension: Dimension | typeof TOTAL.dimension;
  readonly value: string;
}

/** The rollups that a view counts in: the total, and one for each dimension. What is not known is a value too. */
export function segmentsOf(view: ViewRecord): Segment[] {
  const named = DIMENSIONS.map((dimension) => ({
    dimension,
    value: (dimension === 'rendition' ? renditionOf(view) : view.dimensions[dimension]) ?? 'unknown',
  }));
  return [TOTAL, ...named];
}

/** The height that was on the screen longest, by media time; of equals the one that came first. */
function renditionOf({ details, watched }: ViewRecord): string | null {
  const renditions = details?.renditions ?? [];
  const ms = new Map<number | null, number>(renditions.map(({ heightPx }) => [heightPx, 0]));
  for (const stretch of renditionsByPosition(renditions))
    ms.set(stretch.heightPx, (ms.get(stretch.heightPx) ?? 0) + shownMs(stretch, watched));
  const longest = [...ms].toSorted(([, a], [, b]) => b - a)[0];
  const heightPx = longest?.[0] ?? null;
  return heightPx === null ? null : `${heightPx}p`;
}

export function furthestSecond({ watched }: Pick<ViewRecord, 'watched'>): number {
  return watched.reduce((furthest, [, to]) => Math.max(furthest, to), 0);
}

/** The stretches as they were played, those played again too; as a set where the player does not tell. */
export function playsOf({ watched, details }: Pick<ViewRecord, 'watched' | 'details'>): ViewRecord['watched'] {
  return details?.plays ?? watched;
}

export type Outcome =
  /** Not entitled, by design: apart from failures, as Mux Data does. */
  | 'business-exception'
  | 'startup-failure'
  | 'flick'
  | 'exit-before-start'
  /** Still on its way, as far as we were told. */
  | 'pending'
  | 'started'
  | 'playback-failure';

/** What became of a view. Each is exactly one of these. */
export function outcomeOf({ startupMs, watched, leftBy, details }: ViewRecord): Outcome {
  const hasError = details !== null && details.error !== null;
  if (startupMs !== null || watched.length > 0) return hasError ? 'playback-failure' : 'started';
  if (leftBy === 'paywall' || details?.paywallShown === true) return 'business-exception';
  if (hasError) return 'startup-failure';
  if (leftBy === null) return 'pending';
  const place = details?.place ?? null;
  const waitedMs = place === null || place.leftMs === null ? Infinity : place.leftMs - place.intentMs;
  return waitedMs < FLICK_MS ? 'flick' : 'exit-before-start';
}
