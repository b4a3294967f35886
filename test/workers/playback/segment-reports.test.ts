/** Players without any SDK say with their segment requests how it goes: CMCD v1. A platform of its own, which counts all. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { cmcdQuery } from '../../../player/cmcd.ts';
import { startPlatform, type Platform } from '../../../scripts/platform/index.ts';
import { apiFetch, edgeFetch } from '../../support/edge.ts';
import { chaosHeader, withChaos } from '../degradation/chaos.ts';
import { jsonOf, statusOf } from '../support/http.ts';
import { createSeries, publishedEpisode } from '../support/library.ts';
import { ownEdge } from '../support/own-edge.ts';
import { newViewerId, viewerToken } from '../support/tokens.ts';
import { mediaPrefix } from '../support/viewers.ts';

vi.mock('../../support/edge.ts', () => import('../support/own-edge.ts'));

const dataDir = mkdtempSync(path.join(tmpdir(), 'cliffhanger-segments-'));
let platform: Platform | undefined;
let episodeId = '';
let segment = '';

beforeAll(async () => {
  const options = { port: 0, dataDir, secrets: ownEdge.secrets, demo: false, log: () => undefined };
  platform = await startPlatform({ ...options, vars: { CMCD_SAMPLE: '1' }, adapt: withChaos });
  ownEdge.origin = platform.origin;
  episodeId = (await publishedEpisode((await createSeries()).id)).id;
  segment = `${await mediaPrefix(episodeId, await viewerToken(newViewerId()))}/v0/0.m4s`;
}, 120_000);

afterAll(async () => {
  await platform?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

const ask = async (cmcd: string, headers: Record<string, string> = {}): Promise<void> => {
  const query = cmcd === '' ? '' : `?CMCD=${encodeURIComponent(cmcd)}`;
  expect(await statusOf(await edgeFetch(segment + query, { headers }))).toBe(200);
};

test('stalls and throughput of an episode are known of players that only play', async () => {
  for (const mtp of [1_000, 2_000, 4_000]) await ask(`bl=2000,br=800,mtp=${mtp},ot=v,sf=h,sid="a"`);
  await ask('bs,mtp=500,sid="b"');
  await ask('', { 'CMCD-Status': 'bs', 'CMCD-Request': 'mtp=500', 'CMCD-Session': 'sid="c"' });
  // Nothing is said here, and here our own player speaks, which has beacons.
  await ask('');
  await ask(
    decodeURIComponent(
      cmcdQuery({ sessionId: 's', episodeId, bitrateBps: 1e6, bandwidthBps: 9e6, bufferedSeconds: 0, state: 'r' }),
    ).slice('CMCD='.length),
  );
  // Whoever asks five seconds later takes the report along. As hls.js asks when it speaks version 2.
  await ask('mtp=(500),sta=p,sid="d",v=2', chaosHeader({ laterMs: 6_000 }));
  const read = () => apiFetch(`/v1/analytics/episodes/${episodeId}/segment-reports`).then((answer) => jsonOf(answer));
  await expect
    .poll(read, { timeout: 10_000 })
    .toMatchObject({ episodeId, requests: 6, starvedRequests: 2, starvedShare: 1 / 3 });
  const { throughputBps } = (await read()) as { throughputBps: { p5: number; p50: number } };
  expect(throughputBps.p5 / 500_000).toBeCloseTo(1, 1);
  expect(throughputBps.p50 / 1_000_000).toBeCloseTo(1, 1);
});

test('what is reported cannot be made up from outside', async () => {
  expect(await statusOf(await edgeFetch('/segment-reports', { method: 'POST', body: '[]' }))).not.toBe(204);
});
