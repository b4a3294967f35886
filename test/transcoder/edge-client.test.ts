/** How long the transcoder waits for an answer, by what the edge does meanwhile. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { TranscodeEvent, TranscodeResult } from '#core/ingest/transcoder-protocol.ts';
import { createEdgeClient, newMessageId } from '../../transcoder/edge-client.ts';
import { COMPLETED_TIMEOUT_MS, EDGE_CALL_TIMEOUT_MS } from '../../transcoder/limits.ts';
import { ONCE_EXIT, runOnce } from '../../transcoder/run-once.ts';
import { startFakeEdge, TEST_SECRET } from './fake-edge.ts';

afterEach(() => void vi.restoreAllMocks());

const PROOF = { jobId: 'job-1', attempt: 1, fence: 'fence-1' };
const RESULT: TranscodeResult = {
  durationSeconds: 1,
  renditions: [],
  segmentDurationsSeconds: [1],
  objects: [],
  warnings: [],
};
const SOURCE = Buffer.from('a source');
const timestamp = '2026-01-01T00:00:00.000Z';

it.each<readonly [TranscodeEvent, number]>([
  [{ type: 'transcode.completed', timestamp, data: { ...PROOF, result: RESULT } }, COMPLETED_TIMEOUT_MS],
  [{ type: 'transcode.playable', timestamp, data: { ...PROOF, result: RESULT } }, COMPLETED_TIMEOUT_MS],
  [{ type: 'transcode.progress', timestamp, data: { ...PROOF, progress: 0.5 } }, EDGE_CALL_TIMEOUT_MS],
])('waits for the verification of what an event publishes, and for no other event as long (%#)', async (event, ms) => {
  const timeout = vi.spyOn(AbortSignal, 'timeout');
  const edge = createEdgeClient('http://127.0.0.1:1', TEST_SECRET);
  await edge.postEvent(event, newMessageId(), new AbortController().signal);
  expect(timeout.mock.calls).toEqual([[ms]]);
});

describe('a lease of a newer edge', () => {
  it.each<readonly [string, (queue: Awaited<ReturnType<typeof startFakeEdge>>) => string]>([
    ['a scheme', (edge) => edge.queue(SOURCE, [], { scheme: 'cbcs-2' as 'cbcs', keyId: 'k', key: 'k' })],
    ['a setting', (edge) => edge.queue(SOURCE, [], undefined, { landscape: 'stretch' as 'crop' })],
  ])('with %s that is not known is handed back for a newer transcoder, and one for one job ends', async (_, queue) => {
    const edge = await startFakeEdge();
    try {
      const jobId = queue(edge);
      const client = createEdgeClient(edge.url, TEST_SECRET);
      const shutdown = new AbortController().signal;
      const context = { workDir: '/nowhere', toolchain: {} as never, log: () => undefined };
      expect(await runOnce({ edge: client, workerId: 'w', shutdown, ...context })).toBe(ONCE_EXIT.noEdge);
      expect(edge.events).toMatchObject([
        {
          type: 'transcode.failed',
          data: {
            jobId,
            attempt: 1,
            fence: `fence-${jobId}`,
            failure: { code: 'lease-not-understood', retryable: true },
          },
        },
      ]);
    } finally {
      await edge.close();
    }
  });
});
