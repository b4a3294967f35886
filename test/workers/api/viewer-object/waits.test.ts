import { describe, expect, test } from 'vitest';
import type { WaitRequest } from '../../../../workers/shared/viewer/free-ways-rpc.ts';
import { audit, creditOf, inside, newViewer, NOW_MS, unlockOf, type ViewerStub } from './support/viewer.ts';

const HOUR_MS = 3_600_000;

function waitOf(episodeId: string, more: Partial<WaitRequest> = {}): WaitRequest {
  return {
    idempotencyKey: crypto.randomUUID(),
    requestSha256: `wait ${episodeId}`,
    episodeId,
    seriesId: 'ser_1',
    hours: 6,
    nowMs: NOW_MS,
    ...more,
  };
}

async function begin(viewer: ViewerStub, request: WaitRequest) {
  const reply = await viewer.startWait(request);
  if (reply.outcome === 'merged' || reply.outcome === 'key-reused') throw new Error(reply.outcome);
  return reply;
}

async function basis(viewer: ViewerStub, episodeId: string, nowMs: number): Promise<string> {
  const { unlocks, waits } = await viewer.state({ episodeIds: [episodeId], nowMs });
  return unlocks[0]?.method ?? (waits.some((wait) => wait.episodeId === episodeId) ? 'waiting' : 'locked');
}

describe('a wait', () => {
  test('opens its episode at its end, by itself and for good', async () => {
    const viewer = newViewer();
    const { outcome, wait } = await begin(viewer, waitOf('ep_1'));
    expect(outcome).toBe('started');
    expect(wait).toMatchObject({ startedAtMs: NOW_MS, readyAtMs: NOW_MS + 6 * HOUR_MS });
    expect(await basis(viewer, 'ep_1', wait.readyAtMs - 1)).toBe('waiting');
    expect(await basis(viewer, 'ep_1', wait.readyAtMs)).toBe('wait');
    expect(await basis(viewer, 'ep_1', wait.readyAtMs + 10_000 * HOUR_MS)).toBe('wait');
    expect(await viewer.freeUnlock({ episodeId: 'ep_1', nowMs: wait.readyAtMs })).toEqual({
      id: wait.id,
      episodeId: 'ep_1',
      method: 'wait',
      createdAtMs: wait.readyAtMs,
    });
  });

  test.each([1, 1_000, 0.001])('that runs is not changed by a policy of %d hours', async (hours) => {
    const viewer = newViewer();
    const { wait } = await begin(viewer, waitOf('ep_1'));
    const again = await begin(viewer, waitOf('ep_1', { hours, nowMs: NOW_MS + 60_000 }));
    expect(again).toEqual({ outcome: 'running', wait });
    const after = await begin(viewer, waitOf('ep_1', { hours, nowMs: wait.readyAtMs }));
    expect(after).toEqual({ outcome: 'ready', wait });
  });

  test('of a fraction of an hour takes that fraction, and never no time at all', async () => {
    expect((await begin(newViewer(), waitOf('ep_1', { hours: 0.25 }))).wait.readyAtMs).toBe(NOW_MS + 900_000);
    expect((await begin(newViewer(), waitOf('ep_1', { hours: 1e-12 }))).wait.readyAtMs).toBe(NOW_MS + 1);
  });

  test('keeps others of the series from starting, and of no other series', async () => {
    const viewer = newViewer();
    const { wait } = await begin(viewer, waitOf('ep_1'));
    expect(await begin(viewer, waitOf('ep_2'))).toMatchObject({ outcome: 'other', wait });
    expect((await begin(viewer, waitOf('ep_9', { seriesId: 'ser_2' }))).outcome).toBe('started');
    expect((await begin(viewer, waitOf('ep_2', { nowMs: wait.readyAtMs - 1 }))).outcome).toBe('other');
    expect((await begin(viewer, waitOf('ep_2', { nowMs: wait.readyAtMs }))).outcome).toBe('started');
    expect(await basis(viewer, 'ep_1', wait.readyAtMs)).toBe('wait');
  });

  test('for what was bought meanwhile holds nothing up', async () => {
    const viewer = newViewer();
    await viewer.credit(creditOf(10));
    await begin(viewer, waitOf('ep_1'));
    await viewer.unlock(unlockOf('ep_1', 10));
    expect((await viewer.state({ episodeIds: ['ep_2'], nowMs: NOW_MS })).waits).toEqual([]);
    expect((await begin(viewer, waitOf('ep_2'))).outcome).toBe('started');
    expect(await basis(viewer, 'ep_1', NOW_MS + 9 * HOUR_MS)).toBe('coins');
    expect(await audit(viewer)).toEqual([]);
  });

  test('is started once, and one at a time, however many ask at the same moment', async () => {
    const viewer = newViewer();
    const replies = await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 10));
        return begin(viewer, waitOf(`ep_${index % 5}`));
      }),
    );
    expect(replies.filter(({ outcome }) => outcome === 'started')).toHaveLength(1);
    expect(new Set(replies.map(({ wait }) => wait.id)).size).toBe(1);
    expect(replies.filter(({ outcome }) => outcome === 'running')).toHaveLength(9);
  });

  test('gives its key away: nothing is bought under it', async () => {
    const viewer = newViewer();
    await viewer.credit(creditOf(10));
    await begin(viewer, waitOf('ep_1', { idempotencyKey: 'k' }));
    expect((await viewer.unlock(unlockOf('ep_2', 10, { idempotencyKey: 'k' }))).outcome).toBe('key-reused');
    expect((await viewer.wallet({ nowMs: NOW_MS })).coins).toBe(10);
  });
});

describe('the table of waits', () => {
  const ROW = "INSERT INTO waits VALUES ('unl_x', 'ep_2', 'ser_1', 1, 99999999999999, NULL)";

  test.each([
    'UPDATE waits SET ready_at = 1',
    'UPDATE waits SET ready_at = ready_at + 1, given_up_at = 1',
    'UPDATE waits SET given_up_at = NULL',
    'DELETE FROM waits',
    ROW,
    ROW.replace('INSERT', 'INSERT OR REPLACE').replace('ep_2', 'ep_1'),
    "INSERT INTO waits VALUES ('unl_x', 'ep_2', 'ser_2', 5, 5, NULL)",
  ])('refuses %s', async (statement) => {
    const viewer = newViewer();
    await begin(viewer, waitOf('ep_1'));
    await inside(viewer, (sql) => expect(() => sql.exec(statement)).toThrow(/wait|CHECK/));
  });
});
