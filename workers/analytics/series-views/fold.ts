/** Takes what came in since the last fold into the views and the rollups. */
import type { BeaconMessage } from '#core/qoe/beacon-message.ts';
import { contributionOf } from '#core/qoe/contribution.ts';
import { flagsOf } from '#core/qoe/plausibility.ts';
import type { Rollup } from '#core/qoe/rollup.ts';
import { contributionOfSession } from '#core/qoe/sessions.ts';
import { segmentsOf } from '#core/qoe/view-record.ts';
import type { SeriesCatalogue } from './catalogue.ts';
import { changedViews, type Change } from './changed-views.ts';
import { grainsOf } from './days.ts';
import type { EpisodeDay } from './publication.ts';
import { SERIES_SCOPE, type Grain, type RollupRows } from './rollup-rows.ts';
import { dayOf, hourOf } from './time.ts';
import { audienceOf, insertView, loadSession, updateView, type Derived, type StoredView } from './view-rows.ts';

export interface Folding {
  readonly sql: SqlStorage;
  readonly rollups: RollupRows;
  readonly catalogue: SeriesCatalogue;
  /** Days before this one have rollups of their own. */
  readonly closedBeforeMs: number;
}

/**
 * Everything that was told of a view comes together before its old contribution is taken out and its new one put in, so
 * that it does not matter how often or in which order it was told. Runs within a transaction of its caller.
 */
export function fold(folding: Folding, messages: readonly BeaconMessage[]): EpisodeDay[] {
  const { sql, rollups, catalogue } = folding;
  const changes = changedViews(sql, catalogue, messages);
  foldSessions(folding, changes);
  for (const { before, after } of changes) {
    if (before !== null) count(folding, before, -1);
    count(folding, after, 1);
    if (before === null) insertView(sql, after, derivedOf(after));
    else updateView(sql, audienceOf(before.received.view, derivedOf(before)), after, derivedOf(after));
  }
  rollups.write();
  return changes.flatMap(({ before, after }) =>
    before === null ? [dayOfView(after)] : [dayOfView(before), dayOfView(after)],
  );
}

function dayOfView({ received: { view } }: StoredView): EpisodeDay {
  return { episodeId: view.episodeId, day: dayOf(view.startedAtMs) };
}

function count(folding: Folding, stored: StoredView, sign: 1 | -1): void {
  const { view } = stored.received;
  const part = contributionOf(view, stored.context);
  // Seconds of one episode are not those of another, so a series has no curves by second.
  const ofSeries = { ...part, curves: {} };
  const segments = segmentsOf(view);
  for (const place of placesOf(folding, view.startedAtMs)) {
    folding.rollups.add({ scope: view.episodeId, ...place }, segments, part, sign);
    folding.rollups.add({ scope: SERIES_SCOPE, ...place }, segments, ofSeries, sign);
  }
}

function placesOf({ closedBeforeMs }: Folding, ms: number): { grain: Grain; at: number }[] {
  return grainsOf(closedBeforeMs, ms).map((grain) => ({ grain, at: grain === 'hour' ? hourOf(ms) : dayOf(ms) }));
}

/** A session's part is of all its views at once, and counts in the hour of its first one, in the total only. */
function foldSessions(folding: Folding, changes: readonly Change[]): void {
  const bySession = Map.groupBy(changes, ({ after }) => after.received.view.sessionId);
  for (const [sessionId, changed] of bySession) {
    const before = loadSession(folding.sql, sessionId);
    const ids = new Set(changed.map(({ after }) => after.received.view.viewId));
    const kept = before.filter(({ received }) => !ids.has(received.view.viewId));
    countSession(folding, before, -1);
    countSession(folding, [...kept, ...changed.map(({ after }) => after)], 1);
  }
}

function countSession(folding: Folding, views: readonly StoredView[], sign: 1 | -1): void {
  if (views.length === 0) return;
  const part = sessionPart(views);
  const startedAtMs = Math.min(...views.map(({ received }) => received.view.startedAtMs));
  for (const place of placesOf(folding, startedAtMs))
    folding.rollups.addTotal({ scope: SERIES_SCOPE, ...place }, part, sign);
}

function sessionPart(views: readonly StoredView[]): Rollup {
  const continued = new Set(views.filter(({ context }) => context.hasNext).map(({ context }) => context.position));
  const ofSession = views.map(({ received: { view }, context: { position, durationSeconds } }) => ({
    view,
    position,
    durationSeconds,
  }));
  return contributionOfSession(ofSession, { hasNext: (position) => continued.has(position) });
}

function derivedOf({ received: { view }, context }: StoredView): Derived {
  const rendition = segmentsOf(view).find(({ dimension }) => dimension === 'rendition')?.value ?? 'unknown';
  return { rendition, isFlagged: flagsOf(view, context.durationSeconds).length > 0 };
}
