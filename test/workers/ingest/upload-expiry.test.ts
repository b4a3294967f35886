/** Uploads that nobody goes on with, on a platform whose clock is set. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startPlatform, type Platform } from '../../../scripts/platform/index.ts';
import { apiFetch } from '../../support/edge.ts';
import { withClock } from '../support/clock.ts';
import { expectProblem, statusOf } from '../support/http.ts';
import { createEpisode, createSeries } from '../support/library.ts';
import { ownEdge } from '../support/own-edge.ts';
import { createUpload, offsetOf, patch, TUS } from '../support/tus-client.ts';

vi.mock('../../support/edge.ts', () => import('../support/own-edge.ts'));

const HOUR_MS = 3_600_000;
const dataDir = mkdtempSync(path.join(tmpdir(), 'cliffhanger-expiry-'));
let platform: Platform;
beforeAll(async () => {
  platform = await startPlatform({
    port: 0,
    dataDir,
    secrets: ownEdge.secrets,
    demo: false,
    log: () => undefined,
    adapt: withClock,
  });
  ownEdge.origin = platform.origin;
});
afterAll(async () => {
  await platform.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

const setClock = async (laterMs: number): Promise<unknown> =>
  statusOf(await apiFetch('/v1/jobs', { headers: { 'x-later-ms': String(laterMs) } }));

/** How many objects, and parts of uploads that are not whole, the bucket has. */
function stored(): { objects: number; parts: number } {
  const counts = readdirSync(dataDir, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.includes('R2BucketObject') && file.endsWith('.sqlite') && !file.includes('metadata.sqlite'))
    .map((file) => {
      const db = new DatabaseSync(path.join(dataDir, file), { readOnly: true });
      const count = (table: string): number => Number(db.prepare(`SELECT COUNT(*) AS n FROM ${table}`).get()?.['n']);
      const found = { objects: count('_mf_objects'), parts: count('_mf_multipart_parts') };
      db.close();
      return found;
    });
  expect(counts).toHaveLength(1);
  return counts[0] ?? { objects: -1, parts: -1 };
}

test('an upload lives for a day from its last byte, then the sweep leaves nothing of it', async () => {
  const { id } = await createEpisode((await createSeries()).id);
  const bytes = Buffer.alloc(20_000_000, 'upload');
  const upload = await createUpload(bytes.length, { episodeId: id });
  await patch(upload, 0, bytes.subarray(0, 10_000_000));
  expect(stored()).toEqual({ objects: 1, parts: 1 });
  await setClock(23 * HOUR_MS);
  await platform.runScheduled();
  expect(await offsetOf(upload)).toBe(10_000_000);
  await patch(upload, 10_000_000, bytes.subarray(10_000_000, 12_000_000));
  await setClock(46 * HOUR_MS);
  await platform.runScheduled();
  expect(await offsetOf(upload)).toBe(12_000_000);
  await setClock(48 * HOUR_MS);
  expect(await statusOf(await apiFetch(upload, { method: 'HEAD', headers: TUS }))).toBe(410);
  expect((await patch(upload, 12_000_000, bytes.subarray(12_000_000))).status).toBe(410);
  await platform.runScheduled();
  await expectProblem(await apiFetch(upload), 'upload-not-found');
  expect(stored()).toEqual({ objects: 0, parts: 0 });
});

/** As where R2 has another part than the one that was recorded, or dropped the upload. */
function breakParts(statement: string): void {
  const broken = readdirSync(dataDir, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.includes('R2BucketObject') && file.endsWith('.sqlite') && !file.includes('metadata.sqlite'))
    .map((file) => {
      const db = new DatabaseSync(path.join(dataDir, file));
      const { changes } = db.prepare(statement).run();
      db.close();
      return Number(changes);
    });
  expect(broken).toEqual([1]);
}

test.each([
  ['another part', "UPDATE _mf_multipart_parts SET etag = 'another'"],
  ['no upload any more', 'UPDATE _mf_multipart_uploads SET state = 2 WHERE state = 0'],
])('an upload of which the bucket has %s is over at once, not tried for a day', async (_, statement) => {
  await setClock(0);
  const { id } = await createEpisode((await createSeries()).id);
  const bytes = Buffer.alloc(10_000_000, 'upload');
  const upload = await createUpload(bytes.length, { episodeId: id });
  await patch(upload, 0, bytes.subarray(0, 9_000_000));
  breakParts(statement);
  const answer = await patch(upload, 9_000_000, bytes.subarray(9_000_000));
  expect([answer.status, JSON.parse(answer.body)]).toEqual([410, expect.objectContaining({ code: 'upload-expired' })]);
  expect(await statusOf(await apiFetch(upload, { method: 'HEAD', headers: TUS }))).toBe(410);
});
