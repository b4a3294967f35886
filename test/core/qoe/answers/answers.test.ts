/** Answers of small audiences, worked out by hand. */
import { describe, expect, test } from 'vitest';
import { toCsv } from '#core/csv/to-csv.ts';
import { breakdownOf } from '#core/qoe/answers/breakdown.ts';
import { differencesOf, seriesDifferencesOf } from '#core/qoe/answers/comparison.ts';
import { dropoffsAnswer } from '#core/qoe/answers/dropoffs.ts';
import { funnelAnswer } from '#core/qoe/answers/funnel.ts';
import { retentionAnswer } from '#core/qoe/answers/retention.ts';
import { asShared, sharedRows } from '#core/qoe/answers/sharing.ts';
import {
  dropoffsTable,
  funnelTable,
  qoeTable,
  retentionTable,
  stacked,
  timeseriesTable,
} from '#core/qoe/answers/tables.ts';
import { contributionOf } from '#core/qoe/contribution.ts';
import { metricsOf } from '#core/qoe/metrics.ts';
import type { RollupGroup } from '#core/qoe/rollup-query.ts';
import { add, emptyRollup, type Rollup } from '#core/qoe/rollup.ts';
import { contributionOfSession } from '#core/qoe/sessions.ts';
import type { ViewRecord } from '#core/qoe/view-record.ts';
import { viewOf } from '../some-views.ts';

const DURATION = 20;
const rollupOf = (...views: ViewRecord[]): Rollup =>
  views.map((view) => contributionOf(view, { durationSeconds: DURATION, lowBelowPx: 640 })).reduce(add, emptyRollup());
const groupOf = (rollup: Rollup, uniqueViewers: number | null, more: Partial<RollupGroup> = {}): RollupGroup => ({
  episodeId: null,
  fromMs: null,
  value: null,
  rollup,
  uniqueViewers,
  ...more,
});
const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

const whole = viewOf({ watched: [[0, 20]], ended: true, leftBy: 'end' });
const half = viewOf({ watched: [[0, 10]], leftBy: 'swipe', stalls: [{ atSeconds: 9.2, durationMs: 700 }] });

describe('retention', () => {
  const group = groupOf(rollupOf(...times(12, whole), ...times(4, half)), 15);

  test('is told by second, by hundredth and as survival, with its stalls', () => {
    const told = retentionAnswer(group, DURATION, false);
    expect(told).toMatchObject({
      views: 16,
      starts: 16,
      uniqueViewers: 15,
      completionRate: 0.75,
      averagePercentWatched: 87.5,
      openingLoss: 0,
      stalls: [{ atSeconds: 9, stalls: 4, stallMs: 2_800 }],
    });
    expect(told.curve).toHaveLength(20);
    expect(told.curve[9]).toEqual({ atSeconds: 9, viewers: 16, plays: 16, share: 1 });
    expect(told.curve[10]).toEqual({ atSeconds: 10, viewers: 12, plays: 12, share: 0.75 });
    expect(told.byPercent[50]).toMatchObject({ percent: 50, viewers: 12 });
    expect(told.survival[11]).toMatchObject({ atSeconds: 11, atRisk: 12, share: 0.75 });
  });

  test('of nobody is null and not zero', () => {
    const told = retentionAnswer(groupOf(emptyRollup(), 0), DURATION, false);
    expect([told.completionRate, told.openingLoss, told.curve[0]?.share]).toEqual([null, null, null]);
  });

  test('that is shared leaves out what under ten viewers saw', () => {
    const few = groupOf(rollupOf(...times(9, whole), ...times(4, half)), 13);
    const told = retentionAnswer(few, DURATION, true);
    expect(told.curve.map(({ atSeconds }) => atSeconds)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(told.byPercent).toHaveLength(50);
    expect(told.stalls).toEqual([]);
  });

  test('as a table has one row a second', () => {
    const rows = toCsv(retentionTable(retentionAnswer(group, DURATION, false))).split('\r\n');
    expect(rows[0]).toBe('atSeconds,viewers,plays,share,atRisk,left,survival,stalls,stallMs');
    expect(rows[10]).toBe('9,16,16,1,16,0,1,4,2800');
    expect(rows[11]).toBe('10,12,12,0.75,16,4,1,0,0');
    expect(rows).toHaveLength(22);
  });
});

describe('drop-offs', () => {
  const stays = viewOf({ watched: [[0, 20]], ended: true, leftBy: 'end' });
  const leaves = viewOf({ watched: [[0, 10.4]], leftBy: 'swipe' });
  const rollup = rollupOf(...times(100, stays), ...times(60, leaves));

  test('are told with why, in words', () => {
    const [item, ...others] = dropoffsAnswer(rollup, DURATION, false);
    expect(others).toEqual([]);
    expect(item).toMatchObject({
      fromSeconds: 10,
      toSeconds: 11,
      atRisk: 160,
      left: 60,
      verdict: 'script',
      bufferingShare: 0,
    });
    expect(item?.words).toContain('The script. Of 60 who left here');
    expect(item?.script?.leavers.low).toBeGreaterThan(0);
    expect(dropoffsTable(item === undefined ? [] : [item]).rows[0]?.slice(0, 4)).toEqual([10, 11, 160, 60]);
  });

  test('that are shared count nobody but who left', () => {
    expect(Object.keys(dropoffsAnswer(rollup, DURATION, true)[0] ?? {}).toSorted()).toEqual(
      ['atRisk', 'bufferingShare', 'expected', 'fromSeconds', 'left', 'toSeconds', 'verdict'].toSorted(),
    );
  });
});

describe('a breakdown', () => {
  const row = (value: string, views: number, startupMs: number | null) =>
    groupOf(rollupOf(...times(views, viewOf({ watched: [[0, 5]], startupMs }))), views, { value });
  const groups = [row('fine', 20, 100), row('slow', 30, 8_000), row('unlucky', 1, 60_000), row('silent', 40, null)];
  const values = (options: { minViews?: number; isShared?: boolean }): string[] =>
    breakdownOf(groups, { minViews: 1, isShared: false, ...options }).map(({ value }) => value);

  test('has the worst experience first, and last those of which nothing is known', () => {
    expect(values({})).toEqual(['unlucky', 'slow', 'fine', 'silent']);
  });

  test('leaves out what has too few views to be the worst', () => {
    expect(values({ minViews: 10 })).toEqual(['slow', 'fine', 'silent']);
  });

  test('that is shared holds back who is under ten, and the next smallest with them: the total would tell', () => {
    expect(values({ isShared: true })).toEqual(['slow', 'silent']);
    expect(sharedRows([row('a', 3, 1), row('b', 4, 1), row('c', 12, 1)]).map(({ value }) => value)).toEqual(['c']);
    expect(sharedRows([row('a', 12, 1)])).toHaveLength(1);
    expect(sharedRows([groupOf(rollupOf(...times(50, whole)), null)])).toEqual([]);
  });

  test('as a table has the total first', () => {
    const total = metricsOf(rollupOf(...times(2, whole)), 2);
    const csv = toCsv(qoeTable(total, { country: breakdownOf(groups, { minViews: 30, isShared: false }) }));
    const lines = csv.split('\r\n').map((line) => line.split(',').slice(0, 4));
    expect(lines.slice(0, 4)).toEqual([
      ['dimension', 'value', 'views', 'starts'],
      ['all', '', '2', '2'],
      ['country', 'slow', '30', '30'],
      ['country', 'silent', '40', '40'],
    ]);
    expect(timeseriesTable([{ at: '2026-11-30T00:00:00.000Z', metrics: total }]).rows[0]?.slice(0, 2)).toEqual([
      '2026-11-30T00:00:00.000Z',
      2,
    ]);
  });
});

test('what is shared of fewer than ten is told as of nobody, and says so', () => {
  const told = asShared(groupOf(rollupOf(...times(9, whole)), 9));
  expect([told.isSuppressed, told.rollup, told.uniqueViewers]).toEqual([true, emptyRollup(), null]);
  expect(asShared(groupOf(rollupOf(...times(10, whole)), 10)).isSuppressed).toBe(false);
});

describe('a comparison', () => {
  const group = (completed: number, left: number) =>
    groupOf(rollupOf(...times(completed, whole), ...times(left, half)), completed + left);
  const of = (name: string, list: readonly { metric: string }[]) => list.find(({ metric }) => metric === name);

  test('tells the difference, and of a share whether it can be chance', () => {
    const list = differencesOf(
      ['completionRate', 'viewsWithRebuffering', 'playingTimeMs'],
      [group(56, 14), group(48, 32)],
      true,
    );
    const completion = of('completionRate', list);
    expect(completion).toMatchObject({ value: 0.8, against: 0.6, isBeyondChance: true });
    expect(completion).toHaveProperty('low', expect.closeTo(0.0524, 4));
    expect(completion).toHaveProperty('high', expect.closeTo(0.3339, 4));
    expect(of('viewsWithRebuffering', list)).toHaveProperty('low', expect.closeTo(-33.39, 2));
    expect(of('playingTimeMs', list)).toMatchObject({ difference: -20_000, low: null, isBeyondChance: null });
    expect(of('completionRate', differencesOf(['completionRate'], [group(6, 4), group(5, 5)], true))).toMatchObject({
      isBeyondChance: false,
    });
  });

  test('judges nothing where a view may be in both, and has no difference from what was not measured', () => {
    const [shared] = differencesOf(['completionRate'], [group(56, 14), group(48, 32)], false);
    expect(shared).toMatchObject({ difference: expect.closeTo(0.2), isBeyondChance: null });
    const [nobody] = differencesOf(['completionRate'], [group(1, 0), groupOf(emptyRollup(), 0)], true);
    expect(nobody).toMatchObject({ value: 1, against: null, difference: null, isBeyondChance: null });
  });
});

describe('a funnel', () => {
  const EPISODES = ['one', 'two', 'three'].map((title, at) => ({ id: `ep_${title}`, number: at + 1, title }));
  const at = (index: number) => ({ index, intentMs: index * 1_000, endedMs: null, leftMs: null });
  const session = (depth: number) =>
    contributionOfSession(
      Array.from({ length: depth }, (_, position) => ({
        view: viewOf({ viewId: `${position}`, watched: [[0, 20]], details: { place: at(position) } }),
        position,
        durationSeconds: DURATION,
      })),
      { hasNext: (position) => position < 2 },
    );
  const sessions: Rollup[] = [...times(20, session(1)), ...times(10, session(2)), ...times(10, session(3))];
  const rollup = sessions.reduce(add, emptyRollup());
  const parts = {
    whole: { rollup, uniqueViewers: 40 },
    byEpisode: [groupOf(rollupOf(...times(40, whole)), 40, { episodeId: 'ep_one' })],
    episodes: EPISODES,
    takings: { coinsSpent: 100, uniqueViewers: 40 },
    isShared: false,
  };

  test('names the episodes, and has what the ledger says', () => {
    const told = funnelAnswer(parts);
    expect(told).toMatchObject({ sessions: 40, coinsPerViewer: 2.5, nextEpisodeRate: 0.5 });
    expect(told.episodes.map(({ title, started, stopped }) => [title, started, stopped])).toEqual([
      ['one', 40, 20],
      ['two', 20, 10],
      ['three', 10, 0],
    ]);
    expect(told.episodes[0]?.metrics).toMatchObject({ views: 40, uniqueViewers: 40 });
    expect(told.episodes[1]?.metrics).toMatchObject({ views: 0, completionRate: null });
    expect(funnelTable(told).rows[1]?.slice(0, 4)).toEqual([2, 'ep_two', 'two', 20]);
  });

  test('of one that nobody came to has it all the same, and of what is told of few a part is held back', () => {
    const more = [...EPISODES, { id: 'ep_four', number: 4, title: 'four' }];
    expect(funnelAnswer({ ...parts, episodes: more }).episodes[3]).toMatchObject({ started: 0, nextEpisodeRate: null });
    const few = [...times(12, session(2)), ...times(4, session(1))].reduce(add, emptyRollup());
    const shared = funnelAnswer({ ...parts, whole: { rollup: few, uniqueViewers: 16 }, isShared: true });
    expect(shared.episodes.map(({ stopped }) => stopped)).toEqual([null, 12, 0]);
  });

  test('is compared as a series', () => {
    const numbers = funnelAnswer(parts);
    const other = sessions.slice(0, 25).reduce(add, emptyRollup());
    const against = funnelAnswer({ ...parts, whole: { rollup: other, uniqueViewers: 25 } });
    const list = seriesDifferencesOf(
      [
        { rollup, uniqueViewers: 40, numbers },
        { rollup: other, uniqueViewers: 25, numbers: against },
      ],
      true,
    );
    expect(list.find(({ metric }) => metric === 'nextEpisodeRate')).toMatchObject({
      value: 0.5,
      against: expect.closeTo(5 / 30),
      isBeyondChance: true,
    });
  });
});

test('tables that are compared stand below each other', () => {
  const table = { columns: ['x'], rows: [[1], [2]] };
  expect(
    toCsv(
      stacked([
        ['this', table],
        ['against', table],
      ]),
    ),
  ).toBe('part,x\r\nthis,1\r\nthis,2\r\nagainst,1\r\nagainst,2\r\n');
});
