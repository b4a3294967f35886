/** Who may send beacons, and what an outage does to them. A platform of its own, whose clock and D1 tests may break. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startPlatform, type Platform } from '../../../scripts/platform/index.ts';
import { edgeFetch } from '../../support/edge.ts';
import { chaosHeader, withChaos, type Chaos } from '../degradation/chaos.ts';
import { expectProblem, jsonOf } from '../support/http.ts';
import { createSeries, publishedEpisode } from '../support/library.ts';
import { ownEdge } from '../support/own-edge.ts';
import { newViewerId, viewerToken } from '../support/tokens.ts';
import { mediaPrefix } from '../support/viewers.ts';

vi.mock('../../support/edge.ts', () => import('../support/own-edge.ts'));

const MINUTE_MS = 60_000;
const dataDir = mkdtempSync(path.join(tmpdir(), 'cliffhanger-senders-'));
let platform: Platform | undefined;
let token = '';
let pass = '';
let episodeId = '';
let otherId = '';

beforeAll(async () => {
  const options = { port: 0, dataDir, secrets: ownEdge.secrets, demo: false, log: () => undefined };
  platform = await startPlatform({ ...options, adapt: withChaos });
  ownEdge.origin = platform.origin;
  const { id: seriesId } = await createSeries();
  episodeId = (await publishedEpisode(seriesId, 1)).id;
  otherId = (await publishedEpisode(seriesId, 2)).id;
  token = await viewerToken(newViewerId());
  pass = await mediaPrefix(episodeId, token);
}, 120_000);

afterAll(async () => {
  await platform?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

const view = (of: string) => ({
  viewId: randomUUID(),
  seq: 1,
  sessionId: randomUUID(),
  episodeId: of,
  watched: [[0, 1]],
  startupMs: 100,
  aMemberOfTheFuture: { x: 1 },
});

/** As `sendBeacon` does: no header of its own, no preflight, no cookie. */
const send = (query: string, events: readonly object[] = [view(episodeId)], chaos: Chaos = {}): Promise<Response> =>
  edgeFetch(`/v1/events?${query}`, {
    method: 'POST',
    headers: { 'content-type': 'text/plain;charset=UTF-8', ...chaosHeader(chaos) },
    body: JSON.stringify({ context: { consent: 'analytics', tomorrow: true }, events }),
  });
const accepted = async (sent: Promise<Response>): Promise<number> =>
  (await jsonOf<{ accepted: number }>(await sent, 202)).accepted;
const byPass = (value: string): string => `pass=${encodeURIComponent(value)}`;
const soon = { timeout: 5_000, interval: 50 };

describe('a beacon', () => {
  test('is taken by the viewer’s token, in the query or a header, and sets nothing', async () => {
    const answer = await send(`token=${token}`);
    expect(answer.headers.get('set-cookie')).toBeNull();
    expect(await accepted(Promise.resolve(answer))).toBe(1);
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const body = JSON.stringify({ events: [view(episodeId)] });
    expect(await accepted(edgeFetch('/v1/events', { method: 'POST', headers, body }))).toBe(1);
  });

  test('is taken by the pass of its view, as the prefix of its paths or any URL under it', async () => {
    expect(await accepted(send(byPass(pass)))).toBe(1);
    expect(await accepted(send(byPass(`${ownEdge.origin}${pass}/v0/0.m4s?x=1`)))).toBe(1);
  });

  test('by a pass tells of the pass’s episode only', async () => {
    expect(await accepted(send(byPass(pass), [view(otherId), view(episodeId), view(otherId)]))).toBe(1);
  });

  test('by a pass is taken ten minutes after it has lapsed, and dropped without a word later', async () => {
    expect(await accepted(send(byPass(pass), undefined, { laterMs: 24 * MINUTE_MS }))).toBe(1);
    expect(await accepted(send(byPass(pass), undefined, { laterMs: 26 * MINUTE_MS }))).toBe(0);
  });

  test.each<[string, () => string]>([
    ['a pass with another signature', () => pass.replace(/\.[^./]{22}\//, '.AAAAAAAAAAAAAAAAAAAAAA/')],
    ['a pass of another episode’s path', () => pass.replace(/ast_[0-9a-z]{26}/, `ast_${'0'.repeat(26)}`)],
    ['no pass at all', () => 'x'],
  ])('by %s is dropped without a word', async (_, forged) => {
    expect(await accepted(send(byPass(forged())))).toBe(0);
  });

  test('by a token that is none is refused, whatever pass comes with it', async () => {
    await expectProblem(await send(`token=${token.slice(0, -4)}AAAA&${byPass(pass)}`), 'token-invalid');
    await expectProblem(await send(''), 'token-missing');
  });

  test('that is not readable is told why', async () => {
    const problem = await expectProblem(await send(byPass(pass), [{ viewId: 1 }]), 'invalid-request');
    expect(problem['detail']).toBe('events[0]: viewId must be a UUID');
  });
});

describe('while D1 is down', () => {
  test.each(['throw', 'hang', 'overloaded'] as const)(
    'beacons are taken all the same, and do not wait: %s',
    async (mode) => {
      // The keys and the list of this isolate are older than they may be without asking.
      const chaos = { break: { DB: mode }, laterMs: 60_000 };
      await accepted(send(`token=${token}`));
      expect(await accepted(send(`token=${token}`, undefined, chaos))).toBe(1);
      expect(await accepted(send(byPass(pass), undefined, chaos))).toBe(1);
      const timed = async (): Promise<number> => {
        const beginMs = performance.now();
        await accepted(send(`token=${token}`, undefined, chaos));
        return performance.now() - beginMs;
      };
      // Patience is 100 ms for keys and 250 ms for revocations, and is had once.
      await expect.poll(timed, soon).toBeLessThan(150);
    },
  );

  test('a pass that this isolate has not seen an episode for is good for what it says', async () => {
    const [fresh] = [await mediaPrefix(otherId, token)];
    expect(await accepted(send(byPass(fresh), [view(otherId)], { break: { DB: 'throw' } }))).toBe(1);
  });
});

test('a beacon whose queue is down is told when to come again', async () => {
  const problem = await expectProblem(
    await send(`token=${token}`, undefined, { break: { BEACONS: 'throw' } }),
    'temporarily-unavailable',
  );
  expect(problem['status']).toBe(503);
});
