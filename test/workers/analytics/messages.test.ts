/** What goes into the queue for a beacon: whom it is counted under, and what is not in it. */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { BeaconMessage } from '#core/qoe/beacon-message.ts';
import { passViewer } from '#core/token/revocation.ts';
import { makeSecrets } from '../../../scripts/platform/secrets.ts';
import { NO_CONTEXT, parseContext } from '../../../workers/analytics/parse-context.ts';
import { A_BROWSER } from '../../support/as-browser.ts';

type Keyed<Value> = (masterSecret: string, viewerId: string, month?: string) => Promise<Value>;
/** By URL, because their types are those of Workers and this test runs in Node. */
const load = async <Module>(file: string): Promise<Module> =>
  (await import(new URL(`../../../workers/${file}`, import.meta.url).href)) as Module;
const { messagesOf } = await load<{
  messagesOf: (received: object, events: readonly object[]) => Promise<BeaconMessage[]>;
}>('analytics/messages.ts');
const { monthOf, viewerSubject, pseudonymOfSubject, routeOfSubject } = await load<{
  monthOf: (ms: number) => string;
  viewerSubject: Keyed<string>;
  pseudonymOfSubject: Keyed<string>;
  routeOfSubject: Keyed<number>;
}>('analytics/pseudonyms.ts');
const { hashViewer } = await load<{ hashViewer: Keyed<string> }>('shared/keys/viewer-hash.ts');

const { masterSecret } = makeSecrets('local');
const pseudonymOf = async (viewerId: string, month: string): Promise<string> =>
  pseudonymOfSubject(masterSecret, await viewerSubject(masterSecret, viewerId), month);
const env = { MASTER_SECRET: masterSecret, CHILD_DIRECTED: '0', DEFAULT_CONSENT: 'essential' };
const nowMs = Date.parse('2026-12-01T00:00:10Z');
const [visit, other] = [randomUUID(), randomUUID()];
const place = { index: 3, intentMs: 9_000, endedMs: null, leftMs: null };
const event = (sessionId: string) => ({
  viewId: randomUUID(),
  seq: 1,
  sessionId,
  episodeId: 'ep_00000000000000000000000000',
  watched: [[0, 4]] as const,
  startupMs: 90,
  stalls: [],
  ended: false,
  leftBy: null,
  details: { place, bytes: { fetched: 9, unwatched: 1, ahead: 7 } } as never,
});
const EVENTS = [event(visit), event(visit), event(other)];
const CONTEXT = { appVersion: '2.1', experiment: 'paywall.b', audience: 'returning', connectionType: 'wifi' };

async function messages(
  context: object,
  more: { headers?: Record<string, string>; env?: object; viewerId?: string } = {},
) {
  const headers = { 'user-agent': A_BROWSER, ...more.headers };
  const viewer = (await hashViewer(masterSecret, more.viewerId ?? 'viewer-1')).slice(0, 8);
  const received = {
    request: new Request('https://edge.test/v1/events?token=abc', { method: 'POST', headers }),
    env: { ...env, ...more.env },
    nowMs,
    sender: { viewer, notBeforeMs: 1, episodeId: null },
    context: parseContext(context),
  };
  return messagesOf(received, EVENTS);
}
const viewersOf = (all: readonly { readonly viewer: string }[]): number =>
  new Set(all.map(({ viewer }) => viewer)).size;

describe('with consent for analytics', () => {
  test('a viewer is one pseudonym over the month, and last month’s too, the same as by the viewer’s id', async () => {
    const [message, ...more] = await messages({ ...CONTEXT, consent: 'analytics' });
    expect(more).toEqual([]);
    expect(message).toMatchObject({
      formatVersion: 1,
      receivedAtMs: nowMs,
      notBeforeMs: 1,
      botRules: null,
      viewer: await pseudonymOf('viewer-1', monthOf(nowMs)),
      previousViewer: await pseudonymOf('viewer-1', '2026-11'),
      route: await routeOfSubject(masterSecret, passViewer(await hashViewer(masterSecret, 'viewer-1'))),
      events: EVENTS,
    });
    expect(message?.dimensions).toEqual({
      country: null,
      deviceType: 'phone',
      os: 'Android',
      browser: 'Chrome 140',
      appVersion: '2.1',
      experiment: 'paywall.b',
      audience: 'returning',
      connectionType: 'wifi',
    });
    expect(message?.viewer).not.toBe(message?.previousViewer);
  });

  test('holds neither the viewer’s id, nor a whole User-Agent, nor an address, nor the token', async () => {
    const headers = { 'cf-connecting-ip': '203.0.113.7' };
    const text = JSON.stringify(await messages({ consent: 'analytics' }, { headers }));
    for (const secret of ['viewer-1', 'AppleWebKit', '203.0.113', 'abc', masterSecret])
      expect(text).not.toContain(secret);
  });
});

describe('without consent for analytics', () => {
  test.each<[string, object, object]>([
    ['by the player’s word', { consent: 'essential' }, {}],
    ['when nothing is said', {}, {}],
    ['with a consent that we do not know, no more than none', { consent: 'everything' }, {}],
    ['when the browser says Sec-GPC', { consent: 'analytics' }, { headers: { 'sec-gpc': '1' } }],
    ['on a deployment for children', { consent: 'analytics' }, { env: { CHILD_DIRECTED: '1' } }],
  ])('%s, a viewer is a visit, and no experiment knows of it', async (_, context, more) => {
    const all = await messages({ ...CONTEXT, ...context }, more);
    expect(viewersOf(all)).toBe(new Set(all.flatMap(({ events }) => events.map(({ sessionId }) => sessionId))).size);
    const monthly = await pseudonymOf('viewer-1', monthOf(nowMs));
    for (const { viewer, dimensions, route } of all) {
      expect(viewer).not.toBe(monthly);
      expect(dimensions).toMatchObject({ experiment: null, audience: null, appVersion: '2.1', connectionType: 'wifi' });
      expect(route).toBeLessThanOrEqual(65_535);
    }
  });

  test('two viewers never share a visit, whatever they send', async () => {
    const [one, two] = [await messages({}), await messages({}, { viewerId: 'viewer-2' })];
    expect(viewersOf([...one, ...two])).toBe(4);
  });
});

test('without any consent a view stands alone', async () => {
  const all = await messages({ consent: 'none' });
  expect(viewersOf(all)).toBe(3);
  for (const { events } of all)
    for (const view of events)
      expect(view).toMatchObject({ sessionId: view.viewId, details: { place: null, bytes: { fetched: 9, ahead: 0 } } });
});

test('where the operator asks for consent itself, silence is that consent', async () => {
  expect(viewersOf(await messages({}, { env: { DEFAULT_CONSENT: 'analytics' } }))).toBe(1);
});

test('a bot is told with its rules, and kept', async () => {
  const [message] = await messages({}, { headers: { 'user-agent': 'Googlebot/2.1' } });
  expect(message?.botRules).toMatch(/^isbot-/);
});

test.each([undefined, null, 7, 'analytics', { experiment: '=cmd()', appVersion: 'x'.repeat(50), audience: 'old' }])(
  'a context that is none says nothing: %j',
  (context) => expect(parseContext(context)).toEqual(NO_CONTEXT),
);
