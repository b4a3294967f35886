/** @see Standard Webhooks 1.0.0, security.md API-15 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { LeasedJob } from '#core/ingest/transcoder-protocol.ts';
import { apiFetch } from '../../support/edge.ts';
import { dubbedVersion } from '../support/dubs.ts';
import { finish, leaseJob, sendFailed, transcode } from '../support/fake-transcoder.ts';
import { expectProblem, jsonOf, statusOf } from '../support/http.ts';
import { createEpisode, createSeries, type JobWire, publishedEpisode, uploadSource } from '../support/library.ts';
import { failsBefore, isSigned, startReceiver, status, type Received, type Receiver } from './receiver.ts';
import {
  createEndpoint,
  events,
  latestDelivery,
  newPath,
  ownPlatform,
  publishAgain,
  readEndpoint,
  type EndpointWire,
  type EventWire,
  type OwnPlatform,
} from './support.ts';

vi.mock('../../support/edge.ts', () => import('../support/own-edge.ts'));

let own: OwnPlatform;
let receiver: Receiver;
let seriesId = '';
/** Published already; taken back and published again it is an event. */
let episodeId = '';
const secrets: string[] = [];

beforeAll(async () => {
  receiver = await startReceiver();
  own = await ownPlatform({ WEBHOOK_SCHEDULE_SECONDS: '0,1,2,14' });
  seriesId = (await createSeries()).id;
  episodeId = (await publishedEpisode(seriesId)).id;
});

afterAll(async () => {
  await own.stop();
  await receiver.stop();
});

/** Each test has endpoints of its own. */
beforeEach(async () => {
  const { items } = await jsonOf<{ items: EndpointWire[] }>(await apiFetch('/v1/webhook-endpoints'));
  for (const { id } of items) await statusOf(await apiFetch(`/v1/webhook-endpoints/${id}`, { method: 'DELETE' }));
});

async function endpointAt(at: string, more: object = {}): Promise<EndpointWire> {
  const endpoint = await createEndpoint(receiver.origin + at, more);
  secrets.push(endpoint.secret);
  return endpoint;
}

async function received(at: string, count: number): Promise<Received[]> {
  await expect.poll(() => receiver.of(at).length, { timeout: 60_000 }).toBe(count);
  return receiver.of(at);
}

const typeOf = ({ body }: Received): unknown => (JSON.parse(body) as { type: unknown }).type;

describe('a webhook', () => {
  test('is signed as Standard Webhooks prescribes, and comes at once', async () => {
    const at = newPath();
    const { secret } = await endpointAt(at);
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const startedAt = Date.now();
    await publishAgain(episodeId);
    const [webhook] = await received(at, 1);
    if (webhook === undefined) throw new Error('nothing came');
    expect(webhook.atMs - startedAt).toBeLessThan(3_000);
    expect(isSigned(webhook, secret)).toBe(true);
    expect(isSigned({ ...webhook, body: `${webhook.body} ` }, secret)).toBe(false);
    expect(webhook.contentType).toBe('application/json');
    expect(webhook.id).toMatch(/^evt_[0-9a-z]{26}$/);
    expect(JSON.parse(webhook.body)).toMatchObject({
      type: 'episode.published',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      data: { episodeId, seriesId, number: 1, releaseAt: null },
    });
  });

  test('comes when an episode is ready, when one has failed, and when one is published; once each', async () => {
    const at = newPath();
    const { id, secret } = await endpointAt(at);
    const good = await createEpisode(seriesId, 50);
    await transcode((await uploadSource(good.id)).id);
    await jsonOf(await apiFetch(`/v1/episodes/${good.id}/publish`, { method: 'POST' }));
    await jsonOf(await apiFetch(`/v1/episodes/${good.id}/publish`, { method: 'POST' }));
    const bad = await createEpisode(seriesId, 51);
    const job = await uploadSource(bad.id);
    await jsonOf(await sendFailed(await leaseJob(job.id), false));
    const webhooks = await received(at, 3);
    await sleep(300);
    expect(receiver.of(at)).toHaveLength(3);
    expect(new Set(webhooks.map(({ id: each }) => each)).size).toBe(3);
    expect(webhooks.every((webhook) => isSigned(webhook, secret))).toBe(true);
    const byType = new Map(webhooks.map((each) => [typeOf(each), JSON.parse(each.body) as { data: object }]));
    expect(byType.get('episode.ready')?.data).toMatchObject({ episodeId: good.id, durationSeconds: 10 });
    expect(byType.get('episode.published')?.data).toMatchObject({ episodeId: good.id });
    expect(byType.get('episode.failed')?.data).toMatchObject({
      episodeId: bad.id,
      jobId: job.id,
      failure: { code: 'no-video-stream' },
    });
    expect(await latestDelivery(id)).toMatchObject({ state: 'delivered', attempts: 1, lastStatus: 204 });
  });

  test('comes when a dub was added, with its job and the version that has it, and when one was refused', async () => {
    const { id } = await publishedEpisode(seriesId, 52);
    const at = newPath();
    await endpointAt(at);
    const send = async (language: string): Promise<LeasedJob> => {
      const put = await apiFetch(`/v1/episodes/${id}/audio/${language}`, { method: 'PUT', body: 'sound' });
      return leaseJob((await jsonOf<{ job: JobWire }>(put, 202)).job.id);
    };
    const added = await send('es');
    if (added.dub === undefined) throw new Error('the lease is of no dub');
    await finish(added, dubbedVersion(added.dub));
    const refused = await send('fr');
    await jsonOf(await sendFailed(refused, false, 'no-audio-stream'));
    const told = (await received(at, 2)).map(({ body }) => JSON.parse(body) as { type: string; data: object });
    const { version } = await jsonOf<{ version: string }>(await apiFetch(`/v1/episodes/${id}/audio`));
    expect(told.find(({ type }) => type === 'episode.ready')?.data).toMatchObject({
      ...{ episodeId: id, jobId: added.jobId, version },
    });
    expect(told.find(({ type }) => type === 'episode.failed')?.data).toMatchObject({
      ...{ episodeId: id, jobId: refused.jobId, failure: { code: 'no-audio-stream' } },
    });
  });

  test('of ten publications at once is one', async () => {
    const at = newPath();
    await endpointAt(at);
    await jsonOf(await apiFetch(`/v1/episodes/${episodeId}/unpublish`, { method: 'POST' }));
    const publish = (): Promise<Response> => apiFetch(`/v1/episodes/${episodeId}/publish`, { method: 'POST' });
    await Promise.all(Array.from({ length: 10 }, async () => statusOf(await publish())));
    await received(at, 1);
    await sleep(500);
    expect(receiver.of(at)).toHaveLength(1);
  });

  test('goes to every endpoint that asked for its type, and to no other', async () => {
    const [all, ready, published] = [newPath(), newPath(), newPath()];
    await endpointAt(all);
    await endpointAt(ready, { events: ['episode.ready', 'episode.failed'] });
    await endpointAt(published, { events: ['episode.published'] });
    await publishAgain(episodeId);
    const [one] = await received(all, 1);
    const [other] = await received(published, 1);
    expect(other).toMatchObject({ id: one?.id, body: one?.body });
    expect(receiver.of(ready)).toEqual([]);
  });
});

describe('a webhook that is not taken', () => {
  test('is sent again, the same under the same id, until it is', async () => {
    const at = newPath();
    const { id, secret } = await endpointAt(at);
    receiver.answer(at, failsBefore(2));
    await publishAgain(episodeId);
    const tries = await received(at, 3);
    expect(new Set(tries.map((each) => `${each.id} ${each.body}`)).size).toBe(1);
    expect(tries.every((each) => isSigned(each, secret))).toBe(true);
    const waits = tries.slice(1).map((each, index) => each.atMs - (tries[index]?.atMs ?? 0));
    for (const wait of waits) expect(wait).toBeGreaterThan(700);
    await expect.poll(() => latestDelivery(id)).toMatchObject({ state: 'delivered', attempts: 3 });
  });

  test('is kept for the cron when its time is further away, and has failed when the schedule ends', async () => {
    const at = newPath();
    const { id } = await endpointAt(at);
    receiver.answer(at, status(503));
    await publishAgain(episodeId);
    await received(at, 3);
    await expect
      .poll(() => latestDelivery(id))
      .toMatchObject({ state: 'pending', attempts: 3, lastStatus: 503, lastFailure: 'status' });
    await own.platform.runScheduled();
    expect(receiver.of(at)).toHaveLength(3);
    const waitMs = Date.parse((await latestDelivery(id))?.nextAttemptAt ?? '') - Date.now();
    expect(waitMs).toBeGreaterThan(3_000);
    await sleep(waitMs + 50);
    await own.platform.runScheduled();
    expect(receiver.of(at)).toHaveLength(4);
    expect(await latestDelivery(id)).toMatchObject({ state: 'failed', attempts: 4, nextAttemptAt: null });
  });

  test('because it was redirected is not sent where the redirect says', async () => {
    const [at, elsewhere] = [newPath(), newPath()];
    const { id } = await endpointAt(at);
    receiver.answer(at, (_call, response) => void response.writeHead(307, { location: elsewhere }).end());
    await publishAgain(episodeId);
    await received(at, 1);
    await expect.poll(() => latestDelivery(id)).toMatchObject({ lastStatus: 307, lastFailure: 'redirect' });
    expect(receiver.of(elsewhere)).toEqual([]);
  });

  test('because nobody listens, or the answer breaks off, is a failure like any other', async () => {
    const at = newPath();
    const { id } = await endpointAt(at);
    receiver.answer(at, (_call, response) => void response.destroy());
    await publishAgain(episodeId);
    await received(at, 1);
    await expect.poll(() => latestDelivery(id)).toMatchObject({ lastStatus: null, lastFailure: 'connection' });
  });

  test('with 410 ends the endpoint: nothing more is sent to it, until it is enabled again', async () => {
    const at = newPath();
    const { id } = await endpointAt(at);
    receiver.answer(at, status(410));
    await publishAgain(episodeId);
    await received(at, 1);
    await expect
      .poll(() => readEndpoint(id))
      .toMatchObject({ enabled: false, disabledReason: 'It answered 410 Gone.' });
    await publishAgain(episodeId);
    await own.platform.runScheduled();
    expect(receiver.of(at)).toHaveLength(1);
    const [missed] = await events();
    await expectProblem(await replay(missed, { endpointId: id }), 'conflict');
    receiver.answer(at, status(200));
    await jsonOf(await apiFetch(`/v1/webhook-endpoints/${id}`, { method: 'PATCH', json: { enabled: true } }));
    await jsonOf(await replay(missed, { endpointId: id }), 202);
    const [, second] = await received(at, 2);
    expect(second?.id).toBe(missed?.id);
  });

  test('does not hold up what goes to other endpoints', async () => {
    const [slow, fast] = [newPath(), newPath()];
    await endpointAt(slow);
    await endpointAt(fast);
    receiver.answer(slow, (_call, response) => void setTimeout(() => response.writeHead(204).end(), 3_000));
    const startedAt = Date.now();
    await publishAgain(episodeId);
    await received(fast, 1);
    expect(Date.now() - startedAt).toBeLessThan(2_500);
  });
});

const replay = (event: EventWire | undefined, body: object = {}): Promise<Response> =>
  apiFetch(`/v1/webhook-events/${event?.id}/replay`, { json: body });

describe('a replay', () => {
  test('sends an event again under its own webhook-id, to all or to one', async () => {
    const [one, two] = [newPath(), newPath()];
    const { id, secret } = await endpointAt(one);
    await endpointAt(two);
    await publishAgain(episodeId);
    const [first] = await received(one, 1);
    await received(two, 1);
    const [event] = await events();
    expect(event?.id).toBe(first?.id);
    await jsonOf(await replay(event), 202);
    await received(one, 2);
    await received(two, 2);
    await jsonOf(await replay(event, { endpointId: id }), 202);
    const all = await received(one, 3);
    await sleep(300);
    expect(receiver.of(two)).toHaveLength(2);
    expect(new Set(all.map((each) => each.id)).size).toBe(1);
    expect(all.every((each) => isSigned(each, secret))).toBe(true);
  });

  test('of what nobody has is refused', async () => {
    const { id } = await endpointAt(newPath());
    await publishAgain(episodeId);
    const [event] = await events();
    await expectProblem(await apiFetch('/v1/webhook-events/evt_none/replay', { method: 'POST' }), 'not-found');
    await expectProblem(await replay(event, { endpointId: 'whe_none' }), 'not-found');
    await expectProblem(await replay(event, { endpoint: id }), 'invalid-request');
  });

  test('finds events page by page, the newest first', async () => {
    await endpointAt(newPath());
    for (const _ of [1, 2, 3]) await publishAgain(episodeId);
    interface Page {
      readonly items: EventWire[];
      readonly nextCursor: string | null;
    }
    const first = await jsonOf<Page>(await apiFetch('/v1/webhook-events?limit=2'));
    const second = await jsonOf<Page>(await apiFetch(`/v1/webhook-events?limit=2&cursor=${first.nextCursor}`));
    const ids = [...first.items, ...second.items].map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)].toSorted().toReversed());
  });
});

describe('a webhook endpoint', () => {
  test('whose secret is rotated signs with both until the overlap ends, then with the new one only', async () => {
    const at = newPath();
    const old = await endpointAt(at);
    const rotating = await apiFetch(`/v1/webhook-endpoints/${old.id}/rotate-secret`, { json: { overlapSeconds: 3 } });
    const { secret } = await jsonOf<EndpointWire>(rotating);
    secrets.push(secret);
    await publishAgain(episodeId);
    const [during] = await received(at, 1);
    if (during === undefined) throw new Error('nothing came');
    expect(during.signatures).toHaveLength(2);
    expect([isSigned(during, old.secret), isSigned(during, secret)]).toEqual([true, true]);
    await expectProblem(
      await apiFetch(`/v1/webhook-endpoints/${old.id}/rotate-secret`, { method: 'POST' }),
      'conflict',
    );
    await sleep(3_000);
    await publishAgain(episodeId);
    const [, after] = await received(at, 2);
    if (after === undefined) throw new Error('nothing came');
    expect([isSigned(after, old.secret), isSigned(after, secret)]).toEqual([false, true]);
  });

  test('is tested by a call that answers what came of it', async () => {
    const at = newPath();
    const { id, secret } = await endpointAt(at, { events: ['wallet.credited'] });
    const send = async () => jsonOf(await apiFetch(`/v1/webhook-endpoints/${id}/test`, { method: 'POST' }));
    expect(await send()).toMatchObject({ delivered: true, status: 204, failure: null });
    const [webhook] = await received(at, 1);
    expect(webhook && isSigned(webhook, secret)).toBe(true);
    expect(webhook && typeOf(webhook)).toBe('webhook.test');
    receiver.answer(at, status(500));
    expect(await send()).toMatchObject({ delivered: false, status: 500, failure: 'status' });
  });

  test('is made once under an Idempotency-Key, and its secret is not shown again', async () => {
    const json = { url: receiver.origin + newPath() };
    const send = () => apiFetch('/v1/webhook-endpoints', { json, headers: { 'idempotency-key': 'once' } });
    const { id, secret } = await jsonOf<EndpointWire>(await send(), 201);
    secrets.push(secret);
    const problem = await expectProblem(await send(), 'secret-shown-once');
    expect(problem['location']).toBe(`/v1/webhook-endpoints/${id}`);
    const { items } = await jsonOf<{ items: EndpointWire[] }>(await apiFetch('/v1/webhook-endpoints'));
    expect(items.map((each) => each.id)).toEqual([id]);
  });

  test('is changed, disabled, listed and deleted', async () => {
    const [at, other] = [newPath(), newPath()];
    const { id } = await endpointAt(at, { description: 'first' });
    const change = async (json: object) =>
      jsonOf<EndpointWire>(await apiFetch(`/v1/webhook-endpoints/${id}`, { method: 'PATCH', json }));
    expect(await change({ url: receiver.origin + other, events: ['episode.published'] })).toMatchObject({
      url: receiver.origin + other,
      description: 'first',
      events: ['episode.published'],
    });
    expect(await change({ enabled: false })).toMatchObject({ enabled: false });
    await publishAgain(episodeId);
    await change({ enabled: true });
    await publishAgain(episodeId);
    await received(other, 1);
    expect(receiver.of(at)).toEqual([]);
    expect(await statusOf(await apiFetch(`/v1/webhook-endpoints/${id}`, { method: 'DELETE' }))).toBe(204);
    expect(await statusOf(await apiFetch(`/v1/webhook-endpoints/${id}`, { method: 'DELETE' }))).toBe(404);
    await publishAgain(episodeId);
    await own.platform.runScheduled();
    expect(receiver.of(other)).toHaveLength(1);
  });

  test('is one of twenty at most, also when they come at once', async () => {
    const json = { url: receiver.origin + newPath() };
    const make = async (): Promise<number> => statusOf(await apiFetch('/v1/webhook-endpoints', { json }));
    const statuses = await Promise.all(Array.from({ length: 25 }, make));
    expect(statuses.filter((each) => each === 201)).toHaveLength(20);
    expect(statuses.filter((each) => each === 409)).toHaveLength(5);
  });

  test.each([{}, { url: 'nothing' }, { url: 'ftp://a.example/' }, { url: 'https://a.example/', events: ['x'] }])(
    'is not made of %j',
    async (json) => {
      await expectProblem(await apiFetch('/v1/webhook-endpoints', { json }), 'invalid-request');
    },
  );

  test('shows its secret once: no list, log or file of the database has it', async () => {
    await endpointAt(newPath());
    await publishAgain(episodeId);
    const answers = await Promise.all(
      ['/v1/webhook-endpoints', '/v1/webhook-events', '/v1/audit-log?limit=100'].map(async (at) =>
        (await apiFetch(at)).text(),
      ),
    );
    const files = filesBelow(own.dataDir).map((file) => readFileSync(file, 'latin1'));
    expect(files.some((text) => text.includes('webhook_endpoints'))).toBe(true);
    expect(secrets.length).toBeGreaterThan(10);
    for (const secret of secrets) {
      const bytes = Buffer.from(secret.slice('whsec_'.length), 'base64').toString('latin1');
      for (const text of [...answers, ...own.lines, ...files])
        expect(text.includes(secret.slice('whsec_'.length)) || text.includes(bytes)).toBe(false);
    }
  });
});

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}
