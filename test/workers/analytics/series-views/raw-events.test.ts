/** What the consumer leaves beside the numbers: raw events, their schema, and what becomes of what cannot be counted. */
import { createMessageBatch, createExecutionContext, getQueueResult } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, test } from 'vitest';
import { analyticsEngineSink, pointsOf } from '../../../../workers/analytics/consumer/analytics-engine-sink.ts';
import { consume } from '../../../../workers/analytics/consumer/consume.ts';
import { replayQuarantined } from '../../../../workers/analytics/consumer/replay.ts';
import { forgetOld } from '../../../../workers/analytics/forget-old.ts';
import { viewOf } from '../../../core/qoe/some-views.ts';
import { DAY_MS, messageOf, NOON_MS } from './support/audience.ts';
import { makeSeries, type Library } from './support/library.ts';
import { objectOf } from './support/object.ts';

const bindings = env as unknown as AnalyticsEnv & { readonly VIEW_POINTS: AnalyticsEngineDataset };
let library: Library;
beforeAll(async () => {
  library = await makeSeries(2);
});

const beacon = (episodeId: string, more: Parameters<typeof viewOf>[0] = {}) =>
  messageOf(
    viewOf({
      ...{ viewId: crypto.randomUUID(), sessionId: crypto.randomUUID(), viewer: `who-${crypto.randomUUID()}` },
      ...{ episodeId, watched: [[0, 4]], lastReceivedAtMs: NOON_MS },
      ...more,
    }),
  );

async function deliver(bodies: readonly unknown[], nowMs = NOON_MS): Promise<{ acks: string[]; retries: string[] }> {
  const messages = bodies.map((body, index) => ({ id: `m${index}`, timestamp: new Date(nowMs), attempts: 1, body }));
  const batch = createMessageBatch('cliffhanger-beacons', messages);
  await consume(batch, bindings, nowMs);
  const { explicitAcks, retryMessages } = await getQueueResult(batch, createExecutionContext());
  return { acks: explicitAcks, retries: retryMessages.map(({ msgId }) => msgId) };
}

/** As any reader would: gunzip, a line an event. */
async function rawEvents(prefix: string): Promise<Record<string, unknown>[]> {
  const { objects } = await bindings.RAW_EVENTS.list({ prefix });
  const texts = await Promise.all(
    objects.map(async ({ key }) => {
      const object = await bindings.RAW_EVENTS.get(key);
      return new Response(object?.body.pipeThrough(new DecompressionStream('gzip'))).text();
    }),
  );
  return texts.flatMap((text) => text.trimEnd().split('\n')).map((line) => JSON.parse(line) as Record<string, unknown>);
}

const viewsOf = async (episodeId: string): Promise<number> => {
  const range = { fromMs: NOON_MS - DAY_MS, toMs: NOON_MS + DAY_MS };
  const [group] = await objectOf(library.seriesId).query({ ...range, episodeId, by: [], segment: null });
  return group?.rollup.counts['outcome.started'] ?? 0;
};

describe('the consumer', () => {
  test('keeps what came by day and hour, in the schema that docs/analytics-events.md has, without the viewer', async () => {
    const [first = '', second = ''] = library.episodeIds;
    const messages = [beacon(first), beacon(second, { details: null })];
    expect(await deliver(messages)).toEqual({ acks: ['m0', 'm1'], retries: [] });
    const time = new Date(NOON_MS).toISOString();
    const events = await rawEvents(`raw/v1/${time.slice(0, 10)}/${time.slice(11, 13)}/`);
    const ofUs = events.filter(({ seriesId }) => seriesId === library.seriesId);
    expect(ofUs).toHaveLength(2);
    expect(Object.keys(ofUs[0] ?? {})).toEqual([
      ...['formatVersion', 'receivedAt', 'notBefore', 'viewer', 'seriesId'],
      ...['viewId', 'seq', 'sessionId', 'episodeId', 'watched', 'startupMs', 'stalls', 'ended', 'leftBy', 'botRules'],
      ...[
        'country',
        'deviceType',
        'os',
        'browser',
        'connectionType',
        'appVersion',
        'experiment',
        'audience',
        'details',
      ],
    ]);
    expect(ofUs[0]).toMatchObject({ receivedAt: time, episodeId: first, watched: [[0, 4]], details: { muted: false } });
    expect(ofUs[1]).toMatchObject({ episodeId: second, details: null });
    expect(JSON.stringify(ofUs)).not.toContain(messages[0]?.viewer);
    expect(await viewsOf(first)).toBe(1);
  });

  test('takes the same batch twice for once', async () => {
    const [first = ''] = library.episodeIds;
    const before = await viewsOf(first);
    const batch = [beacon(first), beacon(first)];
    await deliver(batch);
    await deliver(batch);
    expect(await viewsOf(first)).toBe(before + 2);
  });

  test('brings back what is no beacon and drops what is of no episode, and neither holds up the others', async () => {
    const [first = ''] = library.episodeIds;
    const before = await viewsOf(first);
    const answer = await deliver([{ viewerPseudonym: 'of old' }, beacon('ep_none'), beacon(first), null]);
    expect(answer).toEqual({ acks: ['m1', 'm2'], retries: ['m0', 'm3'] });
    expect(await viewsOf(first)).toBe(before + 1);
  });

  test('brings a batch back where its object cannot be reached', async () => {
    const [first = ''] = library.episodeIds;
    const gone = { getByName: () => ({ apply: () => Promise.reject(new Error('gone')) }) };
    const messages = [{ id: 'm0', timestamp: new Date(), attempts: 1, body: beacon(first) }];
    const batch = createMessageBatch('cliffhanger-beacons', messages);
    await consume(batch, { ...bindings, SERIES_VIEWS: gone as never }, NOON_MS);
    const { explicitAcks, retryMessages } = await getQueueResult(batch, createExecutionContext());
    expect([explicitAcks, retryMessages.map(({ msgId }) => msgId)]).toEqual([[], ['m0']]);
  });
});

describe('what the queue gave up', () => {
  test('is sent again an hour later and counts once; what is no beacon stays where it is', async () => {
    const [first = ''] = library.episodeIds;
    const before = await viewsOf(first);
    const given = (id: string, body: string) =>
      bindings.DB.prepare(
        "INSERT INTO quarantined_messages (id, queue, body, reason, received_at) VALUES (?, 'cliffhanger-beacons-dlq', ?, 'given up by its queue', ?)",
      ).bind(id, body, NOON_MS);
    await bindings.DB.batch([
      given('replay-1', JSON.stringify(beacon(first))),
      given('replay-2', '{"viewerPseudonym":"of old"}'),
      given('replay-3', 'undefined'),
    ]);
    await replayQuarantined(bindings, NOON_MS + DAY_MS);
    const { results } = await bindings.DB.prepare(
      "SELECT id FROM quarantined_messages WHERE id GLOB 'replay-*' ORDER BY id",
    ).all();
    expect(results).toEqual([{ id: 'replay-2' }, { id: 'replay-3' }]);
    await expect.poll(() => viewsOf(first), { timeout: 20_000, interval: 200 }).toBe(before + 1);
  });
});

describe('Analytics Engine', () => {
  test('takes a point an event: one index, and no more blobs and doubles than it has places for', async () => {
    const [first = ''] = library.episodeIds;
    const message = beacon(first);
    const [point] = pointsOf({ messageId: 'm', seriesId: library.seriesId, message });
    expect(point?.indexes).toEqual([first]);
    expect(point?.blobs?.length).toBeLessThanOrEqual(20);
    expect(point?.doubles?.length).toBeLessThanOrEqual(20);
    expect(point?.doubles?.every((value) => Number.isFinite(value))).toBe(true);
    const sink = analyticsEngineSink(bindings.VIEW_POINTS);
    expect(await sink.write([{ messageId: 'm', seriesId: library.seriesId, message }])).toEqual(new Map());
  });

  test('takes 250 points in an invocation; the messages beyond come again', async () => {
    const [first = ''] = library.episodeIds;
    const delivered = Array.from({ length: 251 }, (_, index) => ({
      messageId: `m${index}`,
      seriesId: library.seriesId,
      message: beacon(first),
    }));
    const failed = await analyticsEngineSink(bindings.VIEW_POINTS).write(delivered);
    expect([...failed.keys()]).toEqual(['m250']);
  });
});

describe('raw events', () => {
  test('are kept for 30 days, and what names their viewers for two', async () => {
    const [first = ''] = library.episodeIds;
    const OLD_MS = NOON_MS - 40 * DAY_MS;
    await deliver([beacon(first)], OLD_MS);
    const day = new Date(OLD_MS).toISOString().slice(0, 10);
    const count = async (): Promise<number> =>
      (await bindings.RAW_EVENTS.list({ prefix: `raw/v1/${day}/` })).objects.length;
    const keys = () =>
      bindings.DB.prepare('SELECT COUNT(*) AS n FROM raw_event_keys WHERE day <= ?').bind(OLD_MS).first('n');
    await forgetOld(bindings, OLD_MS + 29 * DAY_MS);
    expect([await count(), await keys()]).toEqual([1, 0]);
    await forgetOld(bindings, OLD_MS + 31 * DAY_MS);
    expect(await count()).toBe(0);
  });
});
