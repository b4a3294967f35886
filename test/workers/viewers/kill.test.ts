/**
 * `kill -9` of the runtime under load, again and again: what was acknowledged is there afterwards, and a retry under the
 * same keys ends where an undisturbed run would have (security.md LED-9). What it does not prove: a loss of power, as
 * the operating system keeps what a killed process wrote.
 */
import type { ChildProcess } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { UnlockWire } from '#core/catalog/feed-wire.ts';
import { startPlatform, type Platform } from '../../../scripts/platform/index.ts';
import { apiFetch } from '../../support/edge.ts';
import { jsonOf } from '../support/http.ts';
import { createSeries, publishedEpisode } from '../support/library.ts';
import { ownEdge } from '../support/own-edge.ts';
import { newViewerId } from '../support/tokens.ts';
import { ledger, sendCredit, sendUnlock, wallet } from '../support/viewers.ts';

vi.mock('../../support/edge.ts', () => import('../support/own-edge.ts'));

const ROUNDS = 20;
const VIEWERS = 4;
const dataDir = mkdtempSync(path.join(tmpdir(), 'cliffhanger-kill-'));
let platform: Platform | undefined;
/** The runtime that this file started last. */
let runtime: ChildProcess | undefined;
const onChild = (message: unknown): void => {
  const child = (message as { process: ChildProcess }).process;
  child.once('spawn', () => {
    if (/workerd/.test(child.spawnfile)) runtime = child;
  });
};

async function start(): Promise<void> {
  platform = await startPlatform({ port: 0, dataDir, secrets: ownEdge.secrets, demo: false, log: () => undefined });
  ownEdge.origin = platform.origin;
}

const episodes: string[] = [];
beforeAll(async () => {
  subscribe('child_process', onChild);
  await start();
  const { id } = await createSeries({ coinPrice: 10 });
  for (const number of [1, 2, 3, 4, 5, 6]) episodes.push((await publishedEpisode(id, number)).id);
});

afterAll(async () => {
  unsubscribe('child_process', onChild);
  await platform?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

/** 100 coins, then every episode at once; answers the ids that were acknowledged before the runtime died. */
async function buyAll(viewer: string, onAcknowledged: () => void = () => undefined): Promise<Map<string, string>> {
  const acknowledged = new Map<string, string>();
  const credited = await sendCredit(viewer, { coins: 100, kind: 'paid', reference: `p-${viewer}` }, 'credit').catch(
    () => null,
  );
  if (credited?.status !== 201) return acknowledged;
  await Promise.all(
    episodes.map(async (id) => {
      const answer = await sendUnlock(viewer, id, `unlock-${id}`).catch(() => null);
      const body = answer?.status === 201 ? ((await answer.json().catch(() => null)) as UnlockWire | null) : null;
      if (body === null) return;
      acknowledged.set(id, body.id);
      onAcknowledged();
    }),
  );
  return acknowledged;
}

/** `all` resolves when `one` was called so often. */
function countdown(count: number): { readonly one: () => void; readonly all: Promise<void> } {
  const { promise: all, resolve } = Promise.withResolvers<void>();
  let left = count;
  if (left === 0) resolve();
  return { one: () => void (--left === 0 && resolve()), all };
}

async function killRuntime(): Promise<void> {
  const dying = runtime;
  if (dying?.pid === undefined) throw new Error('the runtime was not seen');
  const gone = new Promise((resolve) => dying.once('exit', resolve));
  process.kill(dying.pid, 'SIGKILL');
  await gone;
  await platform?.stop();
}

test('a runtime that is killed twenty times under load loses nothing it has acknowledged, and retries converge', async () => {
  let [kept, broken] = [0, 0];
  for (let round = 0; round < ROUNDS; round++) {
    const viewers = Array.from({ length: VIEWERS }, newViewerId);
    // Another moment each round, from before the first debit to after the last, however fast the machine is: once that many
    // unlocks are acknowledged, and some way into the next.
    const acknowledgements = countdown(Math.round((round * VIEWERS * episodes.length) / (ROUNDS - 1)));
    const load = Promise.all(viewers.map((viewer) => buyAll(viewer, acknowledgements.one)));
    await acknowledgements.all;
    await new Promise((resolve) => setTimeout(resolve, (round * 7) % 20));
    await killRuntime();
    const before = await load;
    await start();
    for (const [index, viewer] of viewers.entries()) {
      const acknowledged = before[index] ?? new Map<string, string>();
      kept += acknowledged.size;
      broken += episodes.length - acknowledged.size;
      const after = await buyAll(viewer);
      expect([...after.keys()].toSorted((a, b) => a.localeCompare(b))).toEqual(
        [...episodes].toSorted((a, b) => a.localeCompare(b)),
      );
      for (const [id, unlockId] of acknowledged) expect(after.get(id)).toBe(unlockId);
      expect(await wallet(viewer)).toMatchObject({ coins: 40 });
      expect((await ledger(viewer)).map(({ coins }) => coins).toSorted((a, b) => a - b)).toEqual([
        -10, -10, -10, -10, -10, -10, 100,
      ]);
      expect(await jsonOf(await apiFetch(`/v1/viewers/${viewer}/audit`))).toEqual({
        findings: [],
        parkedChargebacks: [],
      });
    }
  }
  // Kills that always come too early or too late would prove nothing.
  expect(kept).toBeGreaterThan(0);
  expect(broken).toBeGreaterThan(0);
});
