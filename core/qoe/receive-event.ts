import type { BeaconMessage } from './beacon-message.ts';
import type { ViewEventWire } from './beacon-wire.ts';
import type { ViewRecord } from './view-record.ts';

/** A view as far as it was told, with both names that its viewer may come under. */
export interface ReceivedView {
  readonly view: ViewRecord;
  /** The viewer's pseudonym of the month before: somebody who tells on after midnight on the 1st is known by it. */
  readonly previousViewer: string;
}

export type Sender = Omit<BeaconMessage, 'events' | 'route' | 'formatVersion'>;

/**
 * What is known of a view after one more event of it, in whatever order they come and however often: the highest `seq` is
 * the state, of those that are equal the one that was received first. When it began, and by whom, is what was received
 * first of all. Told by somebody else, or of another episode, it is left as it is.
 */
export function receiveEvent(before: ReceivedView | null, sender: Sender, event: ViewEventWire): ReceivedView {
  if (before === null) return firstOf(sender, event);
  if (before.view.episodeId !== event.episodeId || !isSameViewer(before, sender)) return before;
  const { view } = before;
  const isEarliest = sender.receivedAtMs < view.startedAtMs;
  const isNews = isNewer(view, sender, event);
  const notBeforeMs = earliest(view.notBeforeMs, sender.notBeforeMs);
  if (!isEarliest && !isNews && notBeforeMs === view.notBeforeMs) return before;
  const state = isNews ? firstOf(sender, event).view : view;
  return {
    view: {
      ...state,
      viewer: isEarliest ? sender.viewer : view.viewer,
      startedAtMs: Math.min(view.startedAtMs, sender.receivedAtMs),
      notBeforeMs,
    },
    previousViewer: isEarliest ? sender.previousViewer : before.previousViewer,
  };
}

function firstOf(sender: Sender, { details, ...event }: ViewEventWire): ReceivedView {
  const { receivedAtMs, viewer, previousViewer, notBeforeMs, botRules, dimensions } = sender;
  const received = { startedAtMs: receivedAtMs, lastReceivedAtMs: receivedAtMs };
  return {
    view: { ...event, details: details ?? null, viewer, notBeforeMs, botRules, dimensions, ...received },
    previousViewer,
  };
}

function isSameViewer({ view, previousViewer }: ReceivedView, sender: Sender): boolean {
  return sender.viewer === view.viewer || sender.previousViewer === view.viewer || sender.viewer === previousViewer;
}

function isNewer(view: ViewRecord, { receivedAtMs }: Sender, event: ViewEventWire): boolean {
  if (event.seq !== view.seq) return event.seq > view.seq;
  if (receivedAtMs !== view.lastReceivedAtMs) return receivedAtMs < view.lastReceivedAtMs;
  // Told differently in one moment: no honest player does, and it must not matter which of the two came first.
  return stateOf(event) < stateOf(view);
}

function stateOf({ watched, startupMs, stalls, ended, leftBy, details }: ViewEventWire | ViewRecord): string {
  return JSON.stringify([watched, startupMs, stalls, ended, leftBy, details ?? null]);
}

/** null is not known, and stays so: a beacon that does not tell may be of a time before all of them. */
function earliest(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : Math.min(a, b);
}
