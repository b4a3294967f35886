/** The same deliveries for a counter that adds what comes: if that came out right, the other tests would show nothing. */
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { contributionOf } from '#core/qoe/contribution.ts';
import { receiveEvent } from '#core/qoe/receive-event.ts';
import { add, emptyRollup } from '#core/qoe/rollup.ts';
import { audienceOf, truthOfEpisode } from './support/audience.ts';
import { makeSeries, type Library } from './support/library.ts';

const CONTEXT = { durationSeconds: 90, lowBelowPx: 640 };
let library: Library;
beforeAll(async () => {
  library = await makeSeries(1);
});

test('a counter that adds each beacon is wrong as soon as one comes twice', () => {
  const [episodeId = ''] = library.episodeIds;
  const right = fc.sample(audienceOf(library), 20).filter(({ messages, views }) => {
    const sum = [...messages, ...messages]
      .map((message) => message.events.map((event) => receiveEvent(null, message, event).view))
      .flat()
      .map((view) => contributionOf(view, CONTEXT))
      .reduce(add, emptyRollup());
    return JSON.stringify(sum.counts) === JSON.stringify(truthOfEpisode(views, episodeId, null).counts);
  });
  expect(right).toHaveLength(0);
});
