/** The views that a fold changes, as they were and as they are with all that was told of them. */
import type { BeaconMessage } from '#core/qoe/beacon-message.ts';
import { receiveEvent } from '#core/qoe/receive-event.ts';
import { log } from '#shared/log.ts';
import { MAX_VIEWS_OF_SESSION } from '../limits.ts';
import type { SeriesCatalogue } from './catalogue.ts';
import { KnownValues } from './known-values.ts';
import { countViewsOfSession, loadView, type StoredView } from './view-rows.ts';

export interface Change {
  readonly before: StoredView | null;
  readonly after: StoredView;
}

export function changedViews(
  sql: SqlStorage,
  catalogue: SeriesCatalogue,
  messages: readonly BeaconMessage[],
): Change[] {
  const views = new Map<string, Change>();
  const values = new KnownValues(sql);
  const sessions = new SessionSizes(sql);
  let dropped = 0;
  for (const message of messages) {
    for (const event of message.events) {
      const known = catalogue.get(event.episodeId);
      const key = `${event.sessionId} ${event.viewId}`;
      const change = views.get(key);
      const stored = change?.after ?? loadView(sql, event.sessionId, event.viewId);
      if (known === undefined || stored === 'erased') continue;
      if (stored === null && !sessions.takesOneMore(event.sessionId)) {
        dropped += 1;
        continue;
      }
      const { episodeId: _, ...context } = known;
      const received = receiveEvent(stored?.received ?? null, message, event);
      if (received === stored?.received) continue;
      // A view plays one version: what was known of it when it was first counted stays with it.
      const after = { received: values.bounded(received), context: stored?.context ?? context };
      views.set(key, { before: change === undefined ? stored : change.before, after });
    }
  }
  if (dropped > 0) log('warn', 'session_too_long', { events: dropped });
  return [...views.values()];
}

/** A session's part is of all its views, and is made anew with each of them: so there is an end to them. */
class SessionSizes {
  readonly #sql: SqlStorage;
  readonly #views = new Map<string, number>();

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  takesOneMore(sessionId: string): boolean {
    const views = this.#views.get(sessionId) ?? countViewsOfSession(this.#sql, sessionId);
    const takes = views < MAX_VIEWS_OF_SESSION;
    this.#views.set(sessionId, takes ? views + 1 : views);
    return takes;
  }
}
