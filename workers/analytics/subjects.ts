/** Under whom the views of a beacon are counted, by what the viewer has agreed to (security.md PRV-1, PRV-4). */
import type { Consent } from '#core/qoe/beacon-context.ts';
import type { ViewEventWire } from '#core/qoe/beacon-wire.ts';

export interface Subject {
  /** What pseudonyms are made of. It leaves this Worker only through a keyed hash. */
  readonly name: string;
  readonly events: readonly ViewEventWire[];
}

/**
 * With consent for analytics the viewer, over a month. Without it the visit, and without any the view: then nothing says
 * that two of them are of one person. The viewer's own hash is in all of them, so that nobody goes on with another's view.
 */
export function subjectsOf(viewer: string, consent: Consent, events: readonly ViewEventWire[]): Subject[] {
  if (consent === 'analytics') return [{ name: viewer, events }];
  const parts = consent === 'none' ? events.map(alone) : events;
  return [...Map.groupBy(parts, ({ sessionId }) => sessionId)].map(([sessionId, ofSession]) => ({
    name: visitOf(viewer, sessionId),
    events: ofSession,
  }));
}

export function visitOf(viewer: string, sessionId: string): string {
  return `${viewer}\n${sessionId}`;
}

/**
 * A visit of its own, with no place in another. What was fetched ahead is the visit's figure and in each of its views: where
 * nothing says which are of one visit, it would count again and again.
 */
function alone({ details, ...event }: ViewEventWire): ViewEventWire {
  const told = { ...event, sessionId: event.viewId };
  if (details === undefined) return told;
  const bytes = { ...details.bytes, ahead: 0 };
  return { ...told, details: { ...details, bytes, place: null, wentTo: null } };
}
