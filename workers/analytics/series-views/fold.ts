/** Takes what came in since the last fold into the views and the rollups. */
import type { BeaconMessage } from '#core/qoe/beacon-message.ts';
import { contributionOf } from '#core/qoe/contribution.ts';
import { flagsOf } from '#core/qoe/plausibility.ts';
import { subtract, type Rollup } from '#core/qoe/rollup.ts';
import { contributionOfSession } from '#core/qoe/sessions.ts';
import { segmentsOf, type Segment } from '#core/qoe/view-record.ts';
import type { SeriesCatalogue } from './catalogue.ts';
import { changedViews, type Change } from './changed-views.ts';
import { grainsOf, type Closed } from './days.ts';
import type { EpisodeDay } from './publication.ts';
import { SERIES_SCOPE, type Grain, type RollupRows } from './rollup-rows.ts';
import { dayOf, hourOf, weekOf } from './time.ts';
import { audienceOf, insertView, loadSession, updateView, type Derived, type StoredView } from './view-rows.ts';

export interface Folding {
  readonly sql: SqlStorage;
  readonly rollups: RollupRows;
  readonly catalogue: SeriesCatalogue;
  /** The days and weeks that have rollups of their own. */
  readonly closed: Closed;
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
    countChange(folding, before, after);
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

/** Most beacons tell more of a view that is in the same rows as before: then only what is new of it is added to them. */
function countChange(folding: Folding, before: StoredView | null, after: StoredView): void {
  const now = segmentsOf(after.received.view);
  const part = partOf(after);
  if (before === null) return count(folding, after, now, part, 1);
  const then = segmentsOf(before.received.view);
  const isSamePlace = hourOf(before.received.view.startedAtMs) === hourOf(after.received.view.startedAtMs);
  if (isSamePlace && areSame(then, now)) return count(folding, after, now, subtract(part, partOf(before)), 1);
  count(folding, before, then, partOf(before), -1);
  count(folding, after, now, part, 1);
}

function partOf({ received: { view }, context }: StoredView): Rollup {
  return contributionOf(view, context);
}

function areSame(some: readonly Segment[], others: readonly Segment[]): boolean {
  return (
    some.length === others.length &&
    some.every(({ dimension, value }, at) => dimension === others[at]?.dimension && value === others[at].value)
  );
}

function count(
  folding: Folding,
  { received: { view } }: StoredView,
  segments: readonly Segment[],
  part: Rollup,
  sign: 1 | -1,
): void {
  // Seconds of one episode are not those of another, so a series has no curves by second.
  const ofSeries = { ...part, curves: {} };
  for (const place of placesOf(folding, view.startedAtMs)) {
    folding.rollups.add({ scope: view.episodeId, ...place }, segments, part, sign);
    folding.rollups.add({ scope: SERIES_SCOPE, ...place }, segments, ofSeries, sign);
  }
}

const BEGIN_OF: Readonly<Record<Grain, (ms: number) => number>> = { hour: hourOf, day: dayOf, week: weekOf };

function placesOf({ closed }: Folding, ms: number): { grain: Grain; at: number }[] {
  return grainsOf(closed, ms).map((grain) => ({ grain, at: BEGIN_OF[grain](ms) }));
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
