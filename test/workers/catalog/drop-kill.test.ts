/** A drop is all or nothing under kill -9: workerd is killed at every step of the cron, then started again. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startPlatform, type Platform } from '../../../scripts/platform/index.ts';
import { apiFetch } from '../../support/edge.ts';
import { fakeVersion, transcode } from '../support/fake-transcoder.ts';
import { jsonOf } from '../support/http.ts';
import { createEpisode, createSeries, readEpisode, uploadSource } from '../support/library.ts';
import { ownEdge } from '../support/own-edge.ts';
import { startSteps, type Steps } from './drop-steps.ts';

vi.mock('../../support/edge.ts', () => import('../support/own-edge.ts'));

const dataDir = mkdtempSync(path.join(tmpdir(), 'cliffhanger-drop-'));
let steps: Steps;
let platform: Platform | undefined;
let seriesId = '';
const ids: string[] = [];
/** Each round sets another price, so that none can be mistaken for one before. */
let price = 10;

async function start(): Promise<void> {
  steps.onStep = () => 'go on';
  platform = await startPlatform({
    port: 0,
    dataDir,
    secrets: ownEdge.secrets,
    demo: false,
    log: () => undefined,
    adapt: steps.adapt,
  });
  ownEdge.origin = platform.origin;
}

beforeAll(async () => {
  steps = await startSteps();
  await start();
  seriesId = (await createSeries({ coinPrice: price })).id;
  for (const number of [1, 2, 3, 4]) {
    const { id } = await createEpisode(seriesId, number);
    await transcode((await uploadSource(id)).id, fakeVersion());
    ids.push(id);
  }
});

afterAll(async () => {
  await platform?.stop();
  steps.close();
  rmSync(dataDir, { recursive: true, force: true });
});

/** A drop that is due, of episodes that are not published and a price that is not set. */
async function makeDueDrop(): Promise<string> {
  for (const id of ids) await jsonOf(await apiFetch(`/v1/episodes/${id}/unpublish`, { method: 'POST' }));
  price++;
  const policies = ids.slice(0, 2).map((id) => ({ scope: 'episode', id, policy: { coinPrice: price } }));
  const at = new Date(Date.now() + 100).toISOString();
  const json = {
    at,
    episodes: ids,
    policies: [{ scope: 'series', id: seriesId, policy: { coinPrice: price } }, ...policies],
  };
  const { id } = await jsonOf<{ id: string }>(await apiFetch('/v1/drops', { json }), 201);
  await new Promise((done) => setTimeout(done, 150));
  return id;
}

/** What viewers and operators see of it: each part, done or not. */
async function partsDone(dropId: string): Promise<boolean[]> {
  const priceOf = async (at: string): Promise<boolean> =>
    (await jsonOf<{ coinPrice?: number }>(await apiFetch(`/v1/${at}/access`))).coinPrice === price;
  const { state } = await jsonOf<{ state: string }>(await apiFetch(`/v1/drops/${dropId}`));
  expect(['scheduled', 'done']).toContain(state);
  return [
    state === 'done',
    ...(await Promise.all(ids.map(async (id) => (await readEpisode(id)).state === 'published'))),
    ...(await Promise.all([`series/${seriesId}`, `episodes/${ids[0]}`, `episodes/${ids[1]}`].map(priceOf))),
  ];
}

/** Runs the cron until `atStep` kills it; then everything is started again on the same files. */
async function killAndRestart(atStep: (name: string, count: number) => 'kill' | 'split' | 'go on'): Promise<void> {
  let count = 0;
  let killed = false;
  steps.onStep = (name) => {
    const what = atStep(name, count++);
    if (what === 'kill') {
      killed = true;
      steps.killWorkerd();
    }
    return what;
  };
  const limit = new Promise((done) => setTimeout(done, 3_000));
  await Promise.race([platform?.runScheduled().catch(() => undefined), limit]);
  expect(killed).toBe(true);
  await platform?.stop();
  await start();
}

describe('a drop whose cron is killed', () => {
  test(
    'at any of its steps is whole or not begun after the restart, and is done by the next cron',
    { timeout: 240_000 },
    async () => {
      const names: string[] = [];
      steps.onStep = (name) => {
        names.push(name);
        return 'go on';
      };
      const first = await makeDueDrop();
      await platform?.runScheduled();
      expect(await partsDone(first)).not.toContain(false);
      const last = names.indexOf('after-batch');
      expect(names.filter((name) => name === 'before-batch')).toHaveLength(1);
      const outcomes: string[] = [];
      for (let step = 0; step <= last; step++) {
        const drop = await makeDueDrop();
        await killAndRestart((_, count) => (count === step ? 'kill' : 'go on'));
        const parts = await partsDone(drop);
        expect({ step: names[step], parts: new Set(parts).size }).toEqual({ step: names[step], parts: 1 });
        outcomes.push(`${names[step]}: ${parts[0] ? 'all' : 'nothing'}`);
        await platform?.runScheduled();
        expect(await partsDone(drop)).not.toContain(false);
      }
      expect(outcomes.at(-1)).toBe('after-batch: all');
      expect(outcomes.slice(0, -1).filter((outcome) => outcome.endsWith('all'))).toEqual([]);
    },
  );

  test('while D1 works on the batch is whole or not begun', { timeout: 240_000 }, async () => {
    for (const delayMs of [0, 1, 2, 4, 8]) {
      const drop = await makeDueDrop();
      let killed: (() => void) | null = null;
      const isKilled = new Promise<void>((done) => (killed = done));
      steps.onStep = (name) => {
        if (name === 'before-batch')
          setTimeout(() => {
            steps.killWorkerd();
            killed?.();
          }, delayMs);
        return 'go on';
      };
      platform?.runScheduled().catch(() => undefined);
      await isKilled;
      await platform?.stop();
      await start();
      expect({ delayMs, parts: new Set(await partsDone(drop)).size }).toEqual({ delayMs, parts: 1 });
      await platform?.runScheduled();
      expect(await partsDone(drop)).not.toContain(false);
    }
  });

  test('would be half done if its statements ran one by one: these tests can fail', { timeout: 60_000 }, async () => {
    const drop = await makeDueDrop();
    let inBatch = 0;
    await killAndRestart((name) => {
      if (name === 'in-batch' && ++inBatch === 2) return 'kill';
      return name === 'before-batch' ? 'split' : 'go on';
    });
    expect(new Set(await partsDone(drop)).size).toBe(2);
  });
});
