/** What a viewer may send so that nobody's views are counted any more, and that they are all the same. */
import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, test } from 'vitest';
import type { BeaconMessage } from '#core/qoe/beacon-message.ts';
import type { RollupGroup, RollupQuery } from '#core/qoe/rollup-query.ts';
import { MAX_VALUES_OF_DIMENSION, MAX_VIEWS_OF_SESSION } from '../../../../workers/analytics/limits.ts';
import type { SeriesViewsRpc } from '../../../../workers/analytics/series-views-rpc.ts';
import { NO_DIMENSIONS, viewOf } from '../../../core/qoe/some-views.ts';
import { DAY_MS, messageOf, NOON_MS } from './support/audience.ts';
import { makeSeries, type Library } from './support/library.ts';
import { objectOf, type SeriesViewsStub } from './support/object.ts';

let library: Library;
beforeAll(async () => {
  library = await makeSeries(2);
});
let shards = 0;
const freshObject = (): SeriesViewsStub => objectOf(library.seriesId, ++shards);

const beacon = (more: Parameters<typeof viewOf>[0] = {}): BeaconMessage =>
  messageOf(
    viewOf({
      ...{ viewId: crypto.randomUUID(), sessionId: crypto.randomUUID(), viewer: `who-${crypto.randomUUID()}` },
      ...{ episodeId: library.episodeIds[0] ?? '', watched: [[0, 4]], lastReceivedAtMs: NOON_MS },
      ...more,
    }),
  );

const ask = (object: SeriesViewsStub, more: Partial<RollupQuery> = {}): Promise<RollupGroup[]> =>
  object.query({ fromMs: NOON_MS - DAY_MS, toMs: NOON_MS + DAY_MS, episodeId: null, by: [], segment: null, ...more });

async function startsOf(object: SeriesViewsStub): Promise<number> {
  return (await ask(object))[0]?.rollup.counts['outcome.started'] ?? 0;
}

async function rowsOf(object: SeriesViewsStub, table: string): Promise<Record<string, unknown>[]> {
  return runInDurableObject(object, (_, state) => state.storage.sql.exec(`SELECT * FROM ${table}`).toArray());
}

describe('a series is counted on', () => {
  test('where the bytes of its views are more than a number can hold', async () => {
    const object = freshObject();
    const bytes = { fetched: Number.MAX_SAFE_INTEGER, unwatched: 0, ahead: 0 };
    await object.apply([beacon({ details: { bytes } }), beacon({ details: { bytes } })]);
    expect(await startsOf(object)).toBe(2);
    await object.apply([beacon()]);
    expect(await startsOf(object)).toBe(3);
  });

  test('where something in its journal cannot be, which is set aside and forgotten with who told it', async () => {
    const object = freshObject();
    const broken = beacon({ viewer: 'mallory' });
    await object.apply([beacon()]);
    await object.apply([{ ...broken, events: broken.events.map((event) => ({ ...event, stalls: null as never })) }]);
    await object.apply([beacon()]);
    expect(await startsOf(object)).toBe(2);
    expect(await rowsOf(object, 'journal')).toEqual([]);
    const [refused] = await rowsOf(object, 'refused');
    expect(refused).toMatchObject({ reason: expect.stringContaining('TypeError') });
    expect(refused?.['messages']).toContain('mallory');
    await object.forgetViewer({ subject: 'nobody', pseudonyms: ['mallory'] }, NOON_MS);
    expect((await rowsOf(object, 'refused')).map(({ messages }) => messages)).toEqual(['[]']);
    await object.tick(Date.now() + 40 * DAY_MS);
    expect(await rowsOf(object, 'refused')).toEqual([]);
  });
});

describe('while nothing can be folded', () => {
  const padded = (): BeaconMessage[] =>
    Array.from({ length: 9 }, () => ({ ...beacon(), padding: 'x'.repeat(1_000_000) }));

  test('what was written down is acknowledged, up to a limit, and counted once it can be', async () => {
    const object = freshObject();
    await env.DB.prepare('ALTER TABLE episodes RENAME TO away').run();
    try {
      for (let batch = 0; batch < 4; batch++) await object.apply(padded());
      const refused = await runInDurableObject(object, (instance) =>
        (instance as unknown as SeriesViewsRpc).apply(padded()).catch(String),
      );
      expect(refused).toContain('the journal is full');
      expect(await rowsOf(object, 'journal')).toHaveLength(36);
    } finally {
      await env.DB.prepare('ALTER TABLE away RENAME TO episodes').run();
    }
    await evictDurableObject(object);
    expect(await startsOf(object)).toBe(36);
    expect(await rowsOf(object, 'journal')).toEqual([]);
  });
});

describe('a viewer who makes things up', () => {
  test('gives a dimension of a day a few values, and all others are one', async () => {
    const object = freshObject();
    const versionsOf = async (): Promise<ReadonlyMap<string | null, number>> => {
      const groups = await ask(object, { by: [{ kind: 'dimension', dimension: 'appVersion' }] });
      return new Map(groups.map(({ value, rollup }) => [value, rollup.counts['outcome.started'] ?? 0]));
    };
    const made = (index: number, seq: number): BeaconMessage =>
      beacon({
        ...{ viewId: `view-${index}`, sessionId: `session-${index}`, viewer: 'x', seq },
        dimensions: { ...NO_DIMENSIONS, appVersion: `made-up-${index}` },
        details: { renditions: [{ atSeconds: 0, bandwidthBps: 1, heightPx: index + 0.5 }] },
      });
    await object.apply([made(0, 1)]);
    expect(await versionsOf()).toEqual(new Map([['made-up-0', 1]]));
    await object.apply(Array.from({ length: 300 }, (_, index) => made(index, 1)));
    const versions = await versionsOf();
    expect(versions.size).toBe(MAX_VALUES_OF_DIMENSION + 1);
    expect(versions.get('other')).toBe(300 - MAX_VALUES_OF_DIMENSION);
    const renditions = await ask(object, { by: [{ kind: 'dimension', dimension: 'rendition' }] });
    expect(renditions).toHaveLength(MAX_VALUES_OF_DIMENSION + 1);
    // Told again, each is taken out of where it was counted.
    await object.apply(Array.from({ length: 300 }, (_, index) => made(299 - index, 2)));
    expect(await versionsOf()).toEqual(versions);
    const viewers = await ask(object, { segment: { dimension: 'appVersion', value: 'other' } });
    expect(viewers[0]?.uniqueViewers, 'who is counted under a value is found under it').toBe(1);
    expect(await startsOf(object)).toBe(300);
  });

  test('has a thousand views in a session, and the rest are not counted', async () => {
    const object = freshObject();
    const made = (from: number): BeaconMessage[] =>
      Array.from({ length: 510 }, (_, index) =>
        beacon({ viewId: `view-${from + index}`, sessionId: 'one', viewer: 'x' }),
      );
    await object.apply(made(0));
    expect(await startsOf(object)).toBe(510);
    await object.apply([...made(510), beacon()]);
    expect(await startsOf(object)).toBe(MAX_VIEWS_OF_SESSION + 1);
    await object.apply([...made(0), ...made(510)]);
    expect(await startsOf(object), 'told again, they stay what they were').toBe(MAX_VIEWS_OF_SESSION + 1);
  });
});
