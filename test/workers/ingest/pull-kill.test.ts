/** `kill -9` of the runtime while a source comes from a URL: the job that waits for it is not lost. */
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startPlatform, type Platform } from '../../../scripts/platform/index.ts';
import { apiFetch } from '../../support/edge.ts';
import { withClock } from '../support/clock.ts';
import { lease } from '../support/fake-transcoder.ts';
import { jsonOf } from '../support/http.ts';
import { createEpisode, createSeries, readJob, type JobWire } from '../support/library.ts';
import { ownEdge } from '../support/own-edge.ts';
import { sha256 } from '../support/tus-client.ts';

vi.mock('../../support/edge.ts', () => import('../support/own-edge.ts'));

/** Under the five minutes by which a transcoder's clock may be off: it has the real time. */
const LATER_MS = 200_000;
const PART_BYTES = 8 * 1024 ** 2;
const BYTES = randomBytes(20_000_000);
const dataDir = mkdtempSync(path.join(tmpdir(), 'cliffhanger-pull-'));
let platform: Platform | undefined;
let runtime: ChildProcess | undefined;
let seriesId = '';
let number = 1;

/** So much of the file is sent to who asks first; who asks again gets all that he asks for. */
let firstBytes = 0;
const asked: (string | undefined)[] = [];
let server: Server;
let origin = '';

const onChild = (message: unknown): void => {
  const child = (message as { process: ChildProcess }).process;
  child.once('spawn', () => {
    if (/workerd/.test(child.spawnfile)) runtime = child;
  });
};

async function start(): Promise<void> {
  const { secrets } = ownEdge;
  platform = await startPlatform({ port: 0, dataDir, secrets, demo: false, log: () => undefined, adapt: withClock });
  ownEdge.origin = platform.origin;
}

beforeAll(async () => {
  subscribe('child_process', onChild);
  server = createServer((request, response) => {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const isFirst = asked.push(request.headers.range) === 1;
    const etag = { etag: '"one"' };
    if (from === 0) response.writeHead(200, { ...etag, 'content-length': String(BYTES.length) });
    else response.writeHead(206, { ...etag, 'content-range': `bytes ${from}-${BYTES.length - 1}/${BYTES.length}` });
    if (isFirst) response.write(BYTES.subarray(0, firstBytes));
    else response.end(BYTES.subarray(from));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await start();
  seriesId = (await createSeries()).id;
});

afterAll(async () => {
  unsubscribe('child_process', onChild);
  server.closeAllConnections();
  server.close();
  await platform?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

async function killRuntime(): Promise<void> {
  const dying = runtime;
  if (dying?.pid === undefined) throw new Error('the runtime was not seen');
  const gone = new Promise((resolve) => dying.once('exit', resolve));
  process.kill(dying.pid, 'SIGKILL');
  await gone;
  await platform?.stop();
}

const setClock = (laterMs: number): Promise<Response> =>
  apiFetch('/v1/jobs', { headers: { 'x-later-ms': String(laterMs) } });

async function startPull(): Promise<JobWire> {
  const { id } = await createEpisode(seriesId, number++);
  const answer = await apiFetch(`/v1/episodes/${id}/source`, { json: { url: `${origin}/master.mp4` } });
  return (await jsonOf<{ job: JobWire }>(answer, 202)).job;
}

interface PulledJob extends JobWire {
  readonly phase: string;
  readonly sourceSha256: string | null;
}
const read = async (id: string): Promise<PulledJob> => (await readJob(id)) as PulledJob;

/** What the edge has noted as stored, of the pull that is under way: a row that no caller is shown. */
function recordedBytes(): number {
  const file = readdirSync(dataDir, { recursive: true, encoding: 'utf8' }).find(
    (name) => name.includes('D1DatabaseObject') && name.endsWith('.sqlite') && !name.includes('metadata.sqlite'),
  );
  const db = new DatabaseSync(path.join(dataDir, file ?? ''), { readOnly: true });
  const row = db.prepare(`SELECT MAX(offset_bytes) AS bytes FROM uploads WHERE state = 'open'`).get();
  db.close();
  return Number(row?.['bytes'] ?? 0);
}

/** A kill while nothing of it came, in its first part, and after that. */
test.each([0, 100_000, PART_BYTES + 1_000_000])(
  'a runtime that is killed when %i bytes of a pull came goes on with it after its restart, and the source is whole',
  async (bytes) => {
    [firstBytes, asked.length] = [bytes, 0];
    await setClock(0);
    const job = await startPull();
    while (asked.length === 0) await sleep(20);
    while (recordedBytes() < Math.floor(bytes / PART_BYTES) * PART_BYTES) await sleep(20);
    await killRuntime();
    await start();
    expect(await read(job.id)).toMatchObject({ state: 'queued', phase: 'pulling' });
    expect(await lease()).toBeNull();
    // What the cron does once nothing was heard of it for two minutes.
    await setClock(LATER_MS);
    await platform?.runScheduled();
    while ((await read(job.id)).phase === 'pulling') await sleep(100);
    const source = { sourceSizeBytes: BYTES.length, sourceSha256: sha256(BYTES) };
    expect(await read(job.id)).toMatchObject({ state: 'queued', phase: 'queued', ...source });
    const leased = await lease();
    expect(leased?.jobId).toBe(job.id);
    expect(sha256(Buffer.from(await (await fetch(leased?.source.url ?? '')).arrayBuffer()))).toBe(sha256(BYTES));
    await jsonOf(await apiFetch(`/v1/jobs/${job.id}/cancel`, { method: 'POST' }));
    expect(asked.at(-1)).toBe(bytes > PART_BYTES ? `bytes=${PART_BYTES}-` : undefined);
  },
);
