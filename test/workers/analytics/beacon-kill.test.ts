/** `kill -9` of the runtime while beacons are counted: what was not, players tell again, and the numbers are the same. */
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startPlatform, type Platform } from '../../../scripts/platform/index.ts';
import { apiFetch, edgeFetch } from '../../support/edge.ts';
import { fakeVersion } from '../support/fake-transcoder.ts';
import { jsonOf, statusOf } from '../support/http.ts';
import { createSeries, publishedEpisode } from '../support/library.ts';
import { ownEdge } from '../support/own-edge.ts';
import { newViewerId, viewerToken } from '../support/tokens.ts';

vi.mock('../../support/edge.ts', () => import('../support/own-edge.ts'));

const dataDir = mkdtempSync(path.join(tmpdir(), 'cliffhanger-beacons-'));
let platform: Platform | undefined;
let runtime: ChildProcess | undefined;

const onChild = (message: unknown): void => {
  const child = (message as { process: ChildProcess }).process;
  child.once('spawn', () => {
    if (/workerd/.test(child.spawnfile)) runtime = child;
  });
};

async function start(): Promise<void> {
  const { secrets } = ownEdge;
  platform = await startPlatform({ port: 0, dataDir, secrets, demo: false, log: () => undefined });
  ownEdge.origin = platform.origin;
}

async function killRuntime(): Promise<void> {
  const dying = runtime;
  if (dying?.pid === undefined) throw new Error('the runtime was not seen');
  const gone = new Promise((resolve) => dying.once('exit', resolve));
  process.kill(dying.pid, 'SIGKILL');
  await gone;
  await platform?.stop();
}

beforeAll(async () => {
  subscribe('child_process', onChild);
  await start();
}, 120_000);

afterAll(async () => {
  unsubscribe('child_process', onChild);
  await platform?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

interface Retention {
  readonly starts: number;
  readonly curve: readonly { readonly viewers: number }[];
}

test('a runtime that is killed in the middle of a batch, twice, leaves the numbers that it would have had', async () => {
  const { id: seriesId } = await createSeries();
  const { id: episodeId } = await publishedEpisode(seriesId, 1, fakeVersion({ segments: [4], heights: [640] }));
  const token = await viewerToken(newViewerId());
  const views = Array.from({ length: 200 }, (_, index) => ({
    ...{ viewId: randomUUID(), sessionId: randomUUID(), episodeId, startupMs: 100, stalls: [], ended: false },
    leftBy: 'swipe',
    watched: [[0, 1 + (index % 4)]],
  }));
  const beacons = views.flatMap((view) => [
    { ...view, seq: 1, watched: [[0, 1]], leftBy: null },
    { ...view, seq: 2 },
  ]);
  const send = async (events: readonly object[]): Promise<void> => {
    const body = JSON.stringify({ events });
    const sent = edgeFetch(`/v1/events?token=${token}`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body,
    });
    await sent.then(statusOf, () => undefined);
  };
  const sendAll = async (): Promise<void> => {
    for (let from = 0; from < beacons.length; from += 20) await send(beacons.slice(from, from + 20));
  };
  for (const afterMs of [100, 1_300]) {
    await sendAll();
    await sleep(afterMs);
    await killRuntime();
    await start();
  }
  await sendAll();
  const read = async (): Promise<Retention> =>
    jsonOf<Retention>(await apiFetch(`/v1/analytics/episodes/${episodeId}/retention`));
  await expect.poll(async () => (await read()).starts, { timeout: 60_000, interval: 500 }).toBe(200);
  await expect
    .poll(async () => (await read()).curve.map(({ viewers }) => viewers), { timeout: 30_000 })
    .toEqual([200, 150, 100, 50]);
}, 240_000);
