/** How long what is kept, and what is left of somebody who was erased. Time moves by what the object is told. */
import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, test } from 'vitest';
import type { BeaconMessage } from '#core/qoe/beacon-message.ts';
import type { RollupGroup } from '#core/qoe/rollup-query.ts';
import { forgetQuarantined } from '../../../../workers/analytics/forget-quarantined.ts';
import { messagesOf } from '../../../../workers/analytics/messages.ts';
import { parseContext } from '../../../../workers/analytics/parse-context.ts';
import { personOf, type Person } from '../../../../workers/analytics/persons.ts';
import { viewerSubject } from '../../../../workers/analytics/pseudonyms.ts';
import { viewOf } from '../../../core/qoe/some-views.ts';
import { DAY_MS, HOUR_MS, messageOf, NOON_MS } from './support/audience.ts';
import { makeSeries, type Library } from './support/library.ts';
import { objectOf, type SeriesViewsStub } from './support/object.ts';

let library: Library;
beforeAll(async () => {
  library = await makeSeries(2);
});
let shards = 0;
const freshObject = (): SeriesViewsStub => objectOf(library.seriesId, ++shards);

const beacon = (atMs: number, more: Parameters<typeof viewOf>[0] = {}) =>
  messageOf(
    viewOf({
      ...{ viewId: crypto.randomUUID(), sessionId: crypto.randomUUID(), viewer: `who-${crypto.randomUUID()}` },
      ...{ episodeId: library.episodeIds[0] ?? '', watched: [[0, 4]], lastReceivedAtMs: atMs },
      ...more,
    }),
  );

async function ask(object: SeriesViewsStub, fromMs: number, toMs: number): Promise<RollupGroup | undefined> {
  const [group] = await object.query({
    ...{ fromMs, toMs, episodeId: library.episodeIds[0] ?? '', by: [], segment: null },
  });
  return group;
}
const startsOf = (group: RollupGroup | undefined): number => group?.rollup.counts['outcome.started'] ?? 0;

async function rowsOf(object: SeriesViewsStub): Promise<Record<string, Record<string, unknown>[]>> {
  return runInDurableObject(object, (_, state) => {
    const { sql } = state.storage;
    const tables = ['meta', 'journal', 'views', 'rollups', 'segments', 'erased', 'refused'];
    return Object.fromEntries(tables.map((table) => [table, sql.exec(`SELECT * FROM ${table}`).toArray()]));
  });
}

const FIRST_MS = NOON_MS - (NOON_MS % DAY_MS);

describe('a series keeps', () => {
  test('views for 90 days, hours for 90 days, days and weeks for 25 months', async () => {
    const object = freshObject();
    await object.apply([beacon(NOON_MS), beacon(NOON_MS + HOUR_MS)]);
    await object.tick(NOON_MS + 89 * DAY_MS);
    expect((await rowsOf(object))['views']).toHaveLength(2);
    expect((await ask(object, NOON_MS, NOON_MS + HOUR_MS))?.uniqueViewers).toBe(1);

    await object.tick(NOON_MS + 92 * DAY_MS);
    const rows = await rowsOf(object);
    expect(rows['views']).toHaveLength(0);
    expect(rows['rollups']?.map(({ grain }) => grain)).toEqual(['day', 'week', 'day', 'week']);
    const day = await ask(object, FIRST_MS, FIRST_MS + DAY_MS);
    expect(startsOf(day)).toBe(2);
    expect(day?.uniqueViewers, 'who they were is not known any more').toBeNull();
    expect(startsOf(await ask(object, NOON_MS, NOON_MS + HOUR_MS)), 'of a part, the whole day is told').toBe(2);

    await object.tick(NOON_MS + 769 * DAY_MS);
    const { rollups, segments } = await rowsOf(object);
    expect([rollups, segments]).toEqual([[], []]);
  });

  test('a session as long as one of its views', async () => {
    const object = freshObject();
    const sessionId = crypto.randomUUID();
    await object.apply([beacon(NOON_MS, { sessionId }), beacon(NOON_MS + 2 * DAY_MS, { sessionId })]);
    await object.tick(NOON_MS + 92 * DAY_MS);
    expect((await rowsOf(object))['views']).toHaveLength(2);
    await object.tick(NOON_MS + 94 * DAY_MS);
    expect((await rowsOf(object))['views']).toHaveLength(0);
  });
});

describe('a period is told the same', () => {
  // From a Thursday on, so that weeks begin and end within it.
  const starts = Array.from({ length: 40 }, (_, index) => FIRST_MS + index * 17 * HOUR_MS);
  const periods = [0, 1, 4, 5, 11].flatMap((fromDay) =>
    [12, 13, 18, 19, 28].map((toDay) => [FIRST_MS + fromDay * DAY_MS, FIRST_MS + toDay * DAY_MS] as const),
  );
  const expected = ([from, to]: readonly [number, number], views: readonly number[]): number =>
    views.filter((at) => at >= from && at < to).length;

  test('by hours, days and weeks, and with what comes late for a week that is over', async () => {
    const object = freshObject();
    const part = starts.filter((_, index) => index % 3 > 0);
    await object.apply(part.map((at) => beacon(at)));
    for (const days of [0, 2, 9, 35]) {
      await object.tick(FIRST_MS + days * DAY_MS);
      for (const period of periods) expect(startsOf(await ask(object, ...period))).toBe(expected(period, part));
    }
    await object.apply(starts.filter((_, index) => index % 3 === 0).map((at) => beacon(at)));
    for (const period of periods) expect(startsOf(await ask(object, ...period))).toBe(expected(period, starts));
    const hour = FIRST_MS + 17 * HOUR_MS;
    expect(startsOf(await ask(object, hour, hour + 10 * DAY_MS)), 'from an hour to an hour').toBe(
      expected([hour, hour + 10 * DAY_MS], starts),
    );
    const grains = (await rowsOf(object))['rollups']?.map(({ grain }) => grain);
    expect(new Set(grains)).toEqual(new Set(['hour', 'day', 'week']));
  });
});

describe('D1 has of an episode and day', () => {
  const SELECT = 'SELECT started, played_ms AS playedMs, version FROM episode_days WHERE series_id = ? AND shard = ?';
  const row = async (shard: number) =>
    env.DB.prepare(SELECT)
      .bind(library.seriesId, shard)
      .first<{ started: number; playedMs: number; version: number }>();

  test('what the object has, whole, each time it was folded', async () => {
    const object = freshObject();
    const viewer = `who-${crypto.randomUUID()}`;
    await object.apply([beacon(NOON_MS, { viewer }), beacon(NOON_MS, { viewer }), beacon(NOON_MS)]);
    await object.tick(NOON_MS);
    const first = await row(shards);
    expect(first).toMatchObject({ started: 3, playedMs: 12_000 });
    await object.apply([beacon(NOON_MS)]);
    await object.tick(NOON_MS);
    expect(await row(shards)).toMatchObject({ started: 4, playedMs: 16_000 });
    expect((await row(shards))?.version).toBeGreaterThan(first?.version ?? 0);
  });

  test('and of a week, from Monday on, the sums of its days', async () => {
    const object = freshObject();
    const monday = FIRST_MS - ((FIRST_MS + 3 * DAY_MS) % (7 * DAY_MS));
    expect(new Date(monday).getUTCDay()).toBe(1);
    const weeks = async () =>
      (
        await env.DB.prepare(
          'SELECT week, started, played_ms AS playedMs FROM episode_weeks WHERE series_id = ? AND shard = ? ORDER BY week',
        )
          .bind(library.seriesId, shards)
          .all()
      ).results;
    await object.apply([-1, 0, 6.9, 7].map((days) => beacon(monday + days * DAY_MS)));
    await object.tick(monday + 8 * DAY_MS);
    const week = (index: number, views: number) => ({
      ...{ week: monday + index * 7 * DAY_MS, started: views, playedMs: views * 4_000 },
    });
    expect(await weeks()).toEqual([week(-1, 1), week(0, 2), week(1, 1)]);
    await object.apply([beacon(monday + 3 * DAY_MS)]);
    await object.tick(monday + 8 * DAY_MS);
    expect(await weeks()).toEqual([week(-1, 1), week(0, 3), week(1, 1)]);
  });
});

/** With consent for analytics. */
const known = (...pseudonyms: string[]): Person => ({ subject: 'nobody', pseudonyms });

describe('of a viewer who is erased', () => {
  /** As the door makes them of what a player tells. */
  async function told(viewerId: string, consent: string): Promise<BeaconMessage[]> {
    const viewer = await viewerSubject(env.MASTER_SECRET, viewerId);
    const received = {
      ...{
        request: new Request('https://edge.test/v1/events'),
        env,
        nowMs: NOON_MS,
        context: parseContext({ consent }),
      },
      sender: { viewer, notBeforeMs: NOON_MS - DAY_MS, episodeId: null },
    };
    return messagesOf(received, beacon(NOON_MS).events);
  }

  test('nothing is left whatever they had agreed to, and of others everything', async () => {
    const object = freshObject();
    const consents = ['analytics', 'essential', 'none'];
    const theirs = (await Promise.all(consents.map((consent) => told('viewer-1', consent)))).flat();
    const others = (await Promise.all(consents.map((consent) => told('viewer-2', consent)))).flat();
    await object.apply([...theirs, ...others]);
    const [person, other] = await Promise.all(
      ['viewer-1', 'viewer-2'].map((viewerId) => personOf(env.MASTER_SECRET, viewerId, NOON_MS, NOON_MS)),
    );
    if (person === undefined || other === undefined) throw new Error('nobody is there');
    const idsOf = (views: readonly { readonly viewId: string }[]): string[] =>
      views.map(({ viewId }) => viewId).toSorted();
    const eventsOf = (messages: readonly BeaconMessage[]) => idsOf(messages.flatMap(({ events }) => events));
    expect(idsOf(await object.exportViewer(person))).toEqual(eventsOf(theirs));
    await object.forgetViewer(person, NOON_MS);
    expect(await object.exportViewer(person)).toEqual([]);
    expect(idsOf(await object.exportViewer(other))).toEqual(eventsOf(others));
    const left = JSON.stringify(await rowsOf(object));
    // A view's own id stays, so that a beacon that comes again changes nothing; alone it is also its visit's.
    const visits = theirs.flatMap(({ events }) => events.filter(({ viewId, sessionId }) => viewId !== sessionId));
    expect(visits).toHaveLength(2);
    for (const name of [...theirs.map(({ viewer }) => viewer), ...visits.map(({ sessionId }) => sessionId)])
      expect(left).not.toContain(name);
    const day = await ask(object, FIRST_MS, FIRST_MS + DAY_MS);
    expect([startsOf(day), day?.uniqueViewers]).toEqual([6, 3]);
  });

  test('nothing is left by which they could be known, and everything stays counted', async () => {
    const object = freshObject();
    const viewer = `who-${crypto.randomUUID()}`;
    const sessionId = crypto.randomUUID();
    const theirs = [beacon(NOON_MS, { viewer, sessionId }), beacon(NOON_MS, { viewer, sessionId })];
    await object.apply([...theirs, beacon(NOON_MS)]);
    const before = await ask(object, FIRST_MS, FIRST_MS + DAY_MS);
    expect([startsOf(before), before?.uniqueViewers]).toEqual([3, 2]);
    expect(await object.exportViewer(known(viewer))).toHaveLength(2);
    expect(JSON.stringify(await rowsOf(object))).toContain(viewer);

    await object.forgetViewer(known(viewer, `before-${viewer}`), NOON_MS);
    const left = JSON.stringify(await rowsOf(object));
    for (const known of [viewer, sessionId]) expect(left).not.toContain(known);
    expect(await object.exportViewer(known(viewer))).toEqual([]);
    const after = await ask(object, FIRST_MS, FIRST_MS + DAY_MS);
    expect(after?.rollup).toEqual(before?.rollup);
    expect(after?.uniqueViewers).toBe(1);

    // What was on its way: the same again, a newer state of it, and a view that was not heard of before.
    const newer = { ...theirs[0], events: theirs[0]?.events.map((event) => ({ ...event, seq: 9, ended: true })) };
    await object.apply([...theirs, newer as (typeof theirs)[0], beacon(NOON_MS, { viewer })]);
    expect((await ask(object, FIRST_MS, FIRST_MS + DAY_MS))?.rollup).toEqual(before?.rollup);
    expect(JSON.stringify(await rowsOf(object))).not.toContain(viewer);
  });

  test('nothing waits in quarantine, whatever they had agreed to, and of others everything', async () => {
    const consents = ['analytics', 'essential', 'none'];
    const insert = 'INSERT INTO quarantined_messages (id, queue, body, reason, received_at) VALUES (?, ?, ?, ?, ?)';
    for (const viewerId of ['viewer-1', 'viewer-2'])
      for (const consent of consents)
        for (const message of await told(viewerId, consent))
          await env.DB.prepare(insert)
            .bind(`${viewerId} ${consent}`, 'cliffhanger-beacons-dlq', JSON.stringify(message), 'x', NOON_MS)
            .run();
    await forgetQuarantined(env, await personOf(env.MASTER_SECRET, 'viewer-1', NOON_MS, NOON_MS));
    const { results } = await env.DB.prepare(
      "SELECT id FROM quarantined_messages WHERE id LIKE 'viewer-%' ORDER BY id",
    ).all<{ id: string }>();
    expect(results.map(({ id }) => id)).toEqual(consents.map((consent) => `viewer-2 ${consent}`));
  });

  test('a beacon under another name changes nothing of theirs either', async () => {
    const object = freshObject();
    const viewer = `who-${crypto.randomUUID()}`;
    const told = beacon(NOON_MS, { viewer });
    await object.apply([told]);
    await object.forgetViewer(known(viewer), NOON_MS);
    const before = await ask(object, FIRST_MS, FIRST_MS + DAY_MS);
    const events = told.events.map((event) => ({ ...event, seq: 9, ended: true }));
    await object.apply([{ ...told, viewer: 'somebody', previousViewer: 'else', events }]);
    expect((await ask(object, FIRST_MS, FIRST_MS + DAY_MS))?.rollup).toEqual(before?.rollup);
  });
});
