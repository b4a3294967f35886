import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DEFAULT_ENCODING_SETTINGS } from '#core/ladder/settings.ts';
import { err, ok } from '#core/result.ts';
import type { EdgeClient } from '../../transcoder/edge-client.ts';
import { type Heartbeat, startHeartbeat } from '../../transcoder/heartbeat.ts';

const JOB = {
  ...{ jobId: 'job-1', attempt: 1, fence: 'fence-1', episodeId: 'episode-1' },
  ...{ source: { url: 'http://127.0.0.1:1/', sizeBytes: 1 }, cutPointsSeconds: [], contentKey: null },
  settings: DEFAULT_ENCODING_SETTINGS,
  leaseSeconds: 0.02,
};
type Answer = Awaited<ReturnType<EdgeClient['postEvent']>>;
const AWAY: Answer = err({ reason: 'unavailable', evidence: 'HTTP 503' });
const HEARD: Answer = ok({ outcome: 'accepted', leaseSeconds: 0.02 });

let answer: Answer;
const postEvent = vi.fn(async () => answer);
const onLost = vi.fn();
let heartbeat: Heartbeat;

beforeEach(() => {
  postEvent.mockClear();
  onLost.mockClear();
  const edge = { postEvent } as unknown as EdgeClient;
  heartbeat = startHeartbeat({ edge, job: JOB, signal: new AbortController().signal, onLost, intervalMs: 5 });
});
afterEach(async () => heartbeat.stop());

const beats = (): number => postEvent.mock.calls.length;
/** However long a busy machine takes for it. */
const waitUntil = (isTrue: () => boolean) => vi.waitUntil(isTrue, { timeout: 60_000, interval: 5 });

describe('a job', () => {
  it('is not given up while the edge is away, for however long, and has its lease again when the edge is back', async () => {
    answer = AWAY;
    const startedMs = performance.now();
    await waitUntil(() => beats() > 3 && performance.now() > startedMs + 5 * JOB.leaseSeconds * 1_000);
    expect(onLost).not.toHaveBeenCalled();
    answer = HEARD;
    const before = beats();
    await waitUntil(() => beats() > before + 1);
    expect(onLost).not.toHaveBeenCalled();
  });

  it.each<readonly [string, Answer]>([
    ['409', err({ reason: 'stale' })],
    ['an outcome', ok({ outcome: 'stale', leaseSeconds: 0 })],
  ])(
    'that another attempt has, as the edge says by %s, is given up once, and nothing more is sent',
    async (_, stale) => {
      answer = stale;
      await waitUntil(() => onLost.mock.calls.length > 0);
      const before = beats();
      await sleep(50);
      expect(onLost).toHaveBeenCalledTimes(1);
      expect(beats()).toBe(before);
    },
  );
});
