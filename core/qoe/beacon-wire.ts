/** The body of `POST /v1/events`, and how a view becomes one of its events. */
import type { BeaconContextWire } from './beacon-context.ts';
import type { ViewDetailsWire } from './details.ts';
import type { LeftBy, Stall, ViewState } from './view.ts';

export interface ViewEventWire {
  readonly viewId: string;
  /** Rises with each sending of the same view; a receiver keeps the highest. */
  readonly seq: number;
  readonly sessionId: string;
  readonly episodeId: string;
  readonly watched: readonly (readonly [fromSeconds: number, toSeconds: number])[];
  readonly startupMs: number | null;
  readonly stalls: readonly Stall[];
  readonly ended: boolean;
  readonly leftBy: LeftBy | null;
  /** Absent from players that do not tell. */
  readonly details?: ViewDetailsWire;
}

export interface EventsWire {
  readonly context?: BeaconContextWire;
  readonly events: readonly ViewEventWire[];
}

export interface ViewIdentity {
  readonly viewId: string;
  readonly sessionId: string;
  readonly episodeId: string;
}

export function toViewEventWire(
  identity: ViewIdentity,
  seq: number,
  view: ViewState,
  details: ViewDetailsWire | null = null,
): ViewEventWire {
  return {
    ...identity,
    seq,
    watched: view.watched.map(([from, to]) => [round(from), round(to)] as const),
    startupMs: view.startupMs === null ? null : Math.round(view.startupMs),
    stalls: view.stalls.map((stall) => ({
      atSeconds: round(stall.atSeconds),
      durationMs: Math.round(stall.durationMs),
    })),
    ended: view.ended,
    leftBy: view.leftBy,
    ...(details === null ? {} : { details }),
  };
}

/** A hundredth of a second is below a frame; more digits only cost bytes. */
function round(seconds: number): number {
  return Math.round(seconds * 100) / 100;
}
