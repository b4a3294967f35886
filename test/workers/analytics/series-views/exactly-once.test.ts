/** Beacons come more than once, late, out of order, or not at all; the numbers are those of the views all the same. */
import { evictDurableObject } from 'cloudflare:test';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { BeaconMessage } from '#core/qoe/beacon-message.ts';
import type { RollupGroup, RollupQuery } from '#core/qoe/rollup-query.ts';
import type { Rollup } from '#core/qoe/rollup.ts';
import type { ViewRecord } from '#core/qoe/view-record.ts';
import { audienceOf, DAY_MS, NOON_MS, truthOfEpisode, truthOfSeries, type Audience } from './support/audience.ts';
import { makeSeries, type Library } from './support/library.ts';
import { objectOf, type SeriesViewsStub } from './support/object.ts';

/** Each is a new object with some ten calls; to find the smallest one that fails would be hundreds of them. */
const RUNS = { numRuns: 5, endOnFailure: true };
const ALL_TIME = { fromMs: NOON_MS - DAY_MS, toMs: NOON_MS + 3 * DAY_MS };
let library: Library;
beforeAll(async () => {
  library = await makeSeries(4);
});

/** A shard that no other run has: the same series with nothing counted yet. */
let shards = 0;
const freshObject = (): SeriesViewsStub => objectOf(library.seriesId, ++shards);

const ask = (object: SeriesViewsStub, more: Partial<RollupQuery>): Promise<RollupGroup[]> =>
  object.query({ ...ALL_TIME, episodeId: null, by: [], segment: null, ...more });

async function expectTruth(object: SeriesViewsStub, views: readonly ViewRecord[]): Promise<void> {
  const [series] = await ask(object, {});
  expect(series?.rollup).toEqual(truthOfSeries(views, library));
  const counted = views.filter((view) => truthOfEpisode([view], view.episodeId, null).counts.flagged === undefined);
  expect(series?.uniqueViewers).toBe(new Set(counted.map(({ viewer }) => viewer)).size);
  const episodes = await ask(object, { by: [{ kind: 'episode' }] });
  const countries = await ask(object, { by: [{ kind: 'episode' }, { kind: 'dimension', dimension: 'country' }] });
  const renditions = await ask(object, { by: [{ kind: 'episode' }, { kind: 'dimension', dimension: 'rendition' }] });
  const isThere = ({ counts }: Rollup): boolean => Object.keys(counts).length > 0;
  for (const episodeId of library.episodeIds) {
    const truth = truthOfEpisode(views, episodeId, null);
    const told = episodes.find((group) => group.episodeId === episodeId);
    if (isThere(truth)) expect(told?.rollup).toEqual(truth);
    else expect(told).toBeUndefined();
  }
  for (const { episodeId, value, rollup } of countries)
    expect(rollup).toEqual(truthOfEpisode(views, episodeId ?? '', { dimension: 'country', value: value ?? '' }));
  for (const { episodeId, value, rollup } of renditions)
    expect(rollup).toEqual(truthOfEpisode(views, episodeId ?? '', { dimension: 'rendition', value: value ?? '' }));
}

/** In some batches, with an answer asked for after some of them, and so a fold. */
async function deliver(object: SeriesViewsStub, messages: readonly BeaconMessage[], batch = 5): Promise<void> {
  for (let from = 0; from < messages.length; from += batch) {
    await object.apply(messages.slice(from, from + batch));
    if (from % (2 * batch) === 0) await ask(object, {});
  }
}

const shuffled = <Item>(items: readonly Item[]): fc.Arbitrary<Item[]> =>
  fc.shuffledSubarray([...items], { minLength: items.length, maxLength: items.length });

const run = (
  order: (audience: Audience) => fc.Arbitrary<BeaconMessage[]>,
  play: (object: SeriesViewsStub, messages: readonly BeaconMessage[], audience: Audience) => Promise<void>,
): Promise<void> =>
  fc.assert(
    fc.asyncProperty(
      audienceOf(library).chain((audience) => fc.tuple(fc.constant(audience), order(audience))),
      async ([audience, messages]) => play(freshObject(), messages, audience),
    ),
    RUNS,
  );

describe('the numbers of a series', () => {
  test('are those of its views, told once and in order', async () => {
    await run(
      ({ messages }) => fc.constant([...messages]),
      async (object, messages, { views }) => {
        await deliver(object, messages);
        await expectTruth(object, views);
      },
    );
  });

  test('are the same where every beacon comes three times and in any order, with answers in between', async () => {
    await run(
      ({ messages }) => shuffled([...messages, ...messages, ...messages]),
      async (object, messages, { views }) => {
        await deliver(object, messages);
        await expectTruth(object, views);
      },
    );
  });

  test('are the same where the object loses its memory between any two batches', async () => {
    await run(
      ({ messages }) => shuffled([...messages, ...messages]),
      async (object, messages, { views }) => {
        for (const message of messages) {
          await object.apply([message]);
          if (Math.abs(message.receivedAtMs % 2) === 0) await evictDurableObject(object);
        }
        await expectTruth(object, views);
      },
    );
  });

  test('are the same where two batches come at once', async () => {
    await run(
      ({ messages }) => shuffled([...messages, ...messages]),
      async (object, messages, { views }) => {
        const half = Math.ceil(messages.length / 2);
        await Promise.all([
          object.apply(messages.slice(0, half)),
          ask(object, {}),
          object.apply(messages.slice(half)),
          ask(object, {}),
        ]);
        await expectTruth(object, views);
      },
    );
  });

  test('are of the last state that came, where the final beacon was lost', async () => {
    await run(
      ({ messages }) => shuffled(messages.slice(0, -1)),
      async (object, messages) => {
        await deliver(object, messages);
        const arrived = [...messages].toSorted((a, b) => (a.events[0]?.seq ?? 0) - (b.events[0]?.seq ?? 0));
        const control = freshObject();
        await control.apply(arrived);
        expect(await ask(object, {})).toEqual(await ask(control, {}));
        expect(await ask(object, { by: [{ kind: 'episode' }] })).toEqual(
          await ask(control, { by: [{ kind: 'episode' }] }),
        );
      },
    );
  });

  test('are the same a day later, in days that were closed meanwhile, and for beacons that come a day late', async () => {
    await run(
      ({ messages }) => shuffled([...messages, ...messages]),
      async (object, messages, { views }) => {
        const half = Math.ceil(messages.length / 2);
        await deliver(object, messages.slice(0, half));
        await object.tick(NOON_MS + DAY_MS);
        await deliver(object, messages.slice(half));
        await expectTruth(object, views);
        await object.tick(NOON_MS + 2 * DAY_MS);
        await expectTruth(object, views);
      },
    );
  });
});
