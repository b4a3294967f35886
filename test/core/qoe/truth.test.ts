/**
 * Every number against the truth: an audience is made up, what it did is told by beacons that come twice, in any order and
 * of which some are lost, and each metric is worked out again from what happened (bench/audience/truth).
 */
import { describe, expect, test } from 'vitest';
import type { ViewEventWire } from '#core/qoe/beacon-wire.ts';
import { attributeDropoff } from '#core/qoe/cause.ts';
import { contributionOf } from '#core/qoe/contribution.ts';
import { findDropoffs, leavingBySecond } from '#core/qoe/dropoffs.ts';
import { metricsOf } from '#core/qoe/metrics.ts';
import { retentionCurvesOf } from '#core/qoe/retention-curves.ts';
import { accumulate, copyOf, emptyRollup, type Rollup } from '#core/qoe/rollup.ts';
import { seriesMetricsOf } from '#core/qoe/series-metrics.ts';
import { contributionOfSession } from '#core/qoe/sessions.ts';
import { segmentsOf, type ViewRecord } from '#core/qoe/view-record.ts';
import { deviations, isRight } from '../../../bench/audience/compare.ts';
import { deliveriesOf } from '../../../bench/audience/deliver.ts';
import { drawAudience } from '../../../bench/audience/draw-sessions.ts';
import type { SimSession } from '../../../bench/audience/happenings.ts';
import { LOW_BELOW_PX, unpublishedLibrary, type SimEpisode } from '../../../bench/audience/library.ts';
import { dropoffsTruth } from '../../../bench/audience/truth/dropoffs.ts';
import { factsOf } from '../../../bench/audience/truth/facts.ts';
import { metricsTruth } from '../../../bench/audience/truth/metrics.ts';
import { retentionTruth } from '../../../bench/audience/truth/retention.ts';
import { segmentsTruth, VALUES } from '../../../bench/audience/truth/segments.ts';
import { seriesTruth } from '../../../bench/audience/truth/series.ts';
import { subjectsOf } from '../../../workers/analytics/subjects.ts';

const VIEWS = 4_000;
/** Between a token and the newest beacon of a view: of a player that cannot be, there was not the time. */
const ELAPSED_MS = 3 * 3_600_000;
const TOO_SHORT_MS = 60_000;

const library = unpublishedLibrary();
const audience = drawAudience(7, VIEWS, library);
const { batches, delivered } = deliveriesOf(audience, 8);
const elapsedOf = ({ person }: SimSession): number => (person.impossible === null ? ELAPSED_MS : TOO_SHORT_MS);

const newest = new Map<string, ViewRecord>();
for (const { session, events } of batches)
  for (const event of events)
    if ((newest.get(event.viewId)?.seq ?? 0) < event.seq) newest.set(event.viewId, recordOf(session, event));
const records = [...newest.values()];

function recordOf({ person, ...session }: SimSession, event: ViewEventWire): ViewRecord {
  const { viewerId, consent, country, device, connectionType, appVersion } = person;
  const [subject] = subjectsOf(viewerId, consent, [event]);
  const { details = null, ...told } = subject?.events[0] ?? event;
  const agreed = consent === 'analytics' ? person : { experiment: null, audience: null };
  const { experiment, audience } = agreed;
  const { deviceType, os, browser, isBot } = device;
  return {
    ...told,
    details,
    viewer: subject?.name ?? '',
    startedAtMs: 0,
    lastReceivedAtMs: elapsedOf({ person, ...session }),
    notBeforeMs: 0,
    botRules: isBot ? 'test' : null,
    dimensions: { country, deviceType, os, browser, connectionType, appVersion, experiment, audience },
  };
}

const facts = [...delivered.values()].map((view) => factsOf({ ...view, elapsedMs: elapsedOf(view.session) }));
const episodes = library.flatMap((series) => series.episodes);
const episodeOf = new Map(episodes.map((episode) => [episode.id, episode]));
const contextOf = ({ durationSeconds }: SimEpisode) => ({ durationSeconds, lowBelowPx: LOW_BELOW_PX });

function sumOf(parts: Iterable<Rollup>): Rollup {
  const sum = copyOf(emptyRollup());
  for (const part of parts) accumulate(sum, part, 1);
  return sum;
}
const parts = new Map(
  records.map((record) => [
    record.viewId,
    contributionOf(record, contextOf(episodeOf.get(record.episodeId) as SimEpisode)),
  ]),
);
const rollupOf = (some: readonly ViewRecord[]): Rollup =>
  sumOf(some.map(({ viewId }) => parts.get(viewId) ?? emptyRollup()));
const viewersOf = (rollup: ViewRecord[]): number =>
  new Set(rollup.filter(({ viewId }) => parts.get(viewId)?.counts.flagged === undefined).map(({ viewer }) => viewer))
    .size;

const wrong = (truth: unknown, told: unknown): unknown =>
  deviations(truth, told)
    .filter((each) => !isRight(each))
    .slice(0, 12);

describe('what an audience did', () => {
  test('has of everything some', () => {
    const became = Map.groupBy(facts, (view) => view.became);
    expect([...became.keys()].toSorted()).toEqual([
      'business-exception',
      'exit-before-start',
      'flagged',
      'flick',
      'pending',
      'playback-failure',
      'started',
      'startup-failure',
    ]);
    expect(facts.length).toBe(records.length);
    expect(audience.views - facts.length).toBeGreaterThan(0);
  });

  test.each(episodes)('is told of each episode: $id', (episode) => {
    const views = facts.filter((view) => view.episode === episode);
    const told = records.filter(({ episodeId }) => episodeId === episode.id);
    const rollup = rollupOf(told);
    expect(wrong(metricsTruth(views), metricsOf(rollup, viewersOf(told)))).toEqual([]);
    expect(wrong(retentionTruth(views, episode), retentionCurvesOf(rollup, episode.durationSeconds))).toEqual([]);
  });

  test.each(library)('is told of each series: $id', (series) => {
    const views = facts.filter(({ episode }) => episode.seriesId === series.id);
    const told = records.filter(({ episodeId }) => episodeOf.get(episodeId)?.seriesId === series.id);
    const hasNext = (position: number): boolean => series.episodes[position]?.hasNext ?? false;
    const visits = [...Map.groupBy(told, ({ sessionId }) => sessionId).values()];
    const placed = (view: ViewRecord) => ({ view, ...(episodeOf.get(view.episodeId) as SimEpisode) });
    const sessions = visits.map((some) => contributionOfSession(some.map(placed), { hasNext }));
    const rollup = sumOf([rollupOf(told), ...sessions]);
    expect(wrong(metricsTruth(views), metricsOf(rollup, viewersOf(told)))).toEqual([]);
    expect(wrong(seriesTruth(views, series), seriesMetricsOf(rollup, null))).toEqual([]);
  });

  test.each(Object.entries(VALUES))('is told by %s', (dimension, valueOf) => {
    const segments = segmentsTruth(facts, valueOf);
    const told = Map.groupBy(
      records,
      (view) => segmentsOf(view).find((each) => each.dimension === dimension)?.value ?? '',
    );
    expect([...told.keys()].toSorted()).toEqual([...segments.keys()].toSorted());
    for (const [value, views] of segments) {
      const some = told.get(value) ?? [];
      expect(wrong(metricsTruth(views), metricsOf(rollupOf(some), viewersOf(some))), value).toEqual([]);
    }
  });

  test.each(episodes)('is told of where many left, with who had stalled: $id', (episode) => {
    const rollup = rollupOf(records.filter(({ episodeId }) => episodeId === episode.id));
    const truth = dropoffsTruth(
      facts.filter((view) => view.episode === episode),
      episode.durationSeconds,
    );
    const found = findDropoffs(leavingBySecond(rollup, episode.durationSeconds));
    const told = found.map((each) => {
      const { stall, low } = attributeDropoff(rollup.curves, each, [], episode.durationSeconds);
      const group = ({ atRisk, left }: { atRisk: number; left: number }) => ({ atRisk, left });
      const clear = { atRisk: stall.otherAtRisk, left: stall.otherLeft };
      return { ...each, counts: { stall: group(stall), low: group(low), clear } };
    });
    expect(told.length).toBe(truth.length);
    expect(wrong(truth, told)).toEqual([]);
    if (episode.dullAtSeconds !== null) expect(told[0]?.fromSeconds).toBe(episode.dullAtSeconds);
  });
});
