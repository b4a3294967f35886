/** One queue message: a beacon as it was accepted, with what the server knows of its sender. docs/storage.md has the queue. */
import type { ViewEventWire } from './beacon-wire.ts';
import type { ViewRecord } from './view-record.ts';

export interface BeaconMessage {
  readonly formatVersion: 1;
  /** The server's time is the one that counts (ANA-5). */
  readonly receivedAtMs: number;
  /** 0 to 65535, of the viewer: all of a viewer's views go to one object of a series. Says nothing of who it is. */
  readonly route: number;
  /** The viewer's pseudonym of this month, and of the one before: a view that began before midnight on the 1st is still theirs. */
  readonly viewer: string;
  readonly previousViewer: string;
  /** No view of this beacon can have begun earlier: when its token, or pass, was issued. null where that is not known. */
  readonly notBeforeMs: number | null;
  /** The version of the rules that took the sender for a bot (ANA-9). */
  readonly botRules: string | null;
  readonly dimensions: ViewRecord['dimensions'];
  readonly events: readonly ViewEventWire[];
}
