/**
 * `npm run bench`: what a request costs. The production bundles in workerd, by their own sockets; CPU is the process's
 * own, over many requests, so it holds on a shared machine where requests per second do not. Ratios are of one run.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { makeSecrets } from '../scripts/platform/secrets.ts';
import { benchAnalytics } from './analytics/index.ts';
import { benchAudience } from './audience/index.ts';
import { benchBeacons } from './beacons.ts';
import { type BenchEdge, startEdge } from './edge.ts';
import { measureDecisions, measureUnlocks } from './entitlement.ts';
import { fillLibrary, type Library, SEGMENT_BYTES } from './library.ts';
import { LOAD_GENERATOR, type Measured, measureEach, measureLoad } from './load.ts';
import { startNginx } from './nginx.ts';
import { benchPreload } from './preload/index.ts';
import { cpuMicroseconds } from './process-cpu.ts';
import { print, saveResults } from './report.ts';
import { measureRewriting, REWRITTEN_SEGMENTS, type Rewriting } from './rewriting.ts';
import { measureStarts, type Signatures, type Starts, STARTS_PER_TURN, TURNS } from './starts.ts';
import { benchTranscoder } from './transcoder.ts';

interface Row extends Measured {
  readonly name: string;
}

const CHECK_TIMES = 40_000;
const SIGNATURE_TIMES = 5_000;

const startedAtMs = performance.now();
const notes: string[] = [];
/** `npm run bench -- requests`, `-- beacons`, `-- analytics`, `-- audience`, `-- transcoder` or `-- preload` runs one of them. */
const [, , only, ...rest] = process.argv;
if (only === undefined || only === 'requests') await benchRequests();
if (only === undefined || only === 'beacons') await benchBeacons();
if (only === undefined || only === 'analytics') await benchAnalytics();
// Alone it has all the time: 100,000 views are some hundred thousand beacons.
if (only === undefined || only === 'audience') await benchAudience(rest, only === undefined ? 5_000 : 100_000);
if (only === undefined || only === 'transcoder') await benchTranscoder();
if (only === undefined || only === 'preload') await benchPreload(rest);

async function benchRequests(): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'cliffhanger-bench-'));
  const secrets = makeSecrets('local');
  const edge = await startEdge(path.join(folder, 'data'), secrets);
  try {
    const library = await fillLibrary({ origin: edge.origin, secrets }, STARTS_PER_TURN * TURNS);
    const requests = await measureRequests(edge, library);
    const checks = await measureChecks(edge, library);
    const starts = await measureStarts(edge, library, checks);
    const nginx = await measureNginx(folder);
    const rewriting = measureRewriting();
    for (const name of rewriting.absent)
      notes.push(`${name} is not installed: its row is left out. Install it in a folder and name that in BENCH_PEERS.`);
    report([...requests, ...nginx], checks, starts, rewriting.rows);
    await reportEntitlement(edge, library, secrets.apiKey);
  } finally {
    await edge.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The paths of a version under a pass, as a player finds them. */
async function prefixOf(at: BenchEdge, id: string, token: string): Promise<string> {
  const text = await (await fetch(`${at.origin}/v1/episodes/${id}/playlist.m3u8?token=${token}`)).text();
  const line = text.split('\n').find((each) => each.startsWith('/m/')) ?? '';
  return line.split('/').slice(0, 5).join('/');
}

async function measureRequests(at: BenchEdge, library: Library): Promise<Row[]> {
  const rows: Row[] = [];
  const add = (name: string, measured: Measured): void => void rows.push({ name, ...measured });
  const headers = { authorization: `Bearer ${library.token}` };
  const { pid, origin, rememberingOrigin: own } = at;
  const short = await prefixOf(at, library.short, library.token);
  const long = await prefixOf(at, library.long, library.token);
  const playlist = (base: string, id: string) => ({ url: `${base}/v1/episodes/${id}/playlist.m3u8`, headers });
  add('GET /health (an empty Hono route)', await measureLoad(pid, { url: `${own}/health` }, 200));
  add('token known, no such episode (404)', await measureLoad(pid, playlist(own, 'ep_none'), 404));
  add('playlist, full', await measureLoad(pid, playlist(own, library.short), 200));
  add('playlist, preview', await measureLoad(pid, playlist(own, library.preview), 200));
  add('playlist, full, with local D1 and object', await measureLoad(pid, playlist(origin, library.short), 200));
  add('media playlist, 30 segments', await measureLoad(pid, { url: `${own}${short}/v0/media.m3u8` }, 200));
  add('media playlist, 300 segments', await measureLoad(pid, { url: `${own}${long}/v0/media.m3u8` }, 200));
  add('segment, bad pass (403)', await measureLoad(pid, { url: own + spoiled(short) + '/v0/0.m4s' }, 403));
  const unread = ['v1', 'v2'].flatMap((name) =>
    Array.from({ length: 30 }, (_, number) => ({ url: `${origin}${short}/${name}/${number}.m4s` })),
  );
  add('segment of 300 KB, cache miss, one by one', await measureEach(pid, unread, 200));
  add('content key', await measureLoad(pid, { url: own + (await keyPathOf(at, short)) }, 200));
  add('segment of 300 KB, cache hit', await measureLoad(pid, { url: `${origin}${short}/v1/0.m4s` }, 200));
  return rows;
}

/** Another session id: the form and the bounds hold, the signature does not. */
function spoiled(prefix: string): string {
  return prefix.replace(/\.([A-Za-z0-9_-]{12})\./, '.AAAAAAAAAAAA.');
}

/** The path of a key of the version; nothing is stored for it, as a key travels in its path. */
async function keyPathOf(at: BenchEdge, prefix: string): Promise<string> {
  const answer = await fetch(`${at.checksOrigin}/key-path?path=${encodeURIComponent(`${prefix}/v0/0.m4s`)}`);
  return (await answer.json()) as string;
}

interface Checks extends Signatures {
  readonly segmentMicroseconds: number;
  readonly keyMicroseconds: number;
}

async function measureChecks(at: BenchEdge, library: Library): Promise<Checks> {
  const prefix = await prefixOf(at, library.short, library.token);
  const [segment, key] = [`${prefix}/v0/0.m4s`, await keyPathOf(at, prefix)];
  const loop = async (query: string, times: number): Promise<number> => {
    const url = `${at.checksOrigin}${query}`;
    await (await fetch(url.replace('TIMES', '500'))).text();
    const before = cpuMicroseconds(at.pid);
    const good = Number(await (await fetch(url.replace('TIMES', String(times)))).text());
    if (good !== times) throw new Error(`${query}: ${good} of ${times} were good`);
    return (cpuMicroseconds(at.pid) - before) / times;
  };
  return {
    segmentMicroseconds: await loop(`/segment-check?times=TIMES&path=${encodeURIComponent(segment)}`, CHECK_TIMES),
    keyMicroseconds: await loop(`/key-check?times=TIMES&path=${encodeURIComponent(key)}`, CHECK_TIMES),
    passMicroseconds: await loop(`/sign-pass?times=TIMES&path=${encodeURIComponent(segment)}`, CHECK_TIMES),
    tokenMicroseconds: await loop('/es256?times=TIMES', SIGNATURE_TIMES),
  };
}

async function measureNginx(folder: string): Promise<Row[]> {
  const nginx = await startNginx(path.join(folder, 'nginx'), new Uint8Array(SEGMENT_BYTES).fill(7));
  if (nginx === null) {
    notes.push('nginx is not installed: its row is left out. apt-get install nginx-light');
    return [];
  }
  try {
    return [{ name: 'nginx: 300 KB file, secure_link', ...(await measureLoad(nginx.pid, nginx.target, 200)) }];
  } finally {
    await nginx.stop();
  }
}

async function reportEntitlement(at: BenchEdge, { locked }: Library, apiKey: string): Promise<void> {
  const decisions = measureDecisions();
  print(
    ['of a series of 100 episodes', 'µs each', 'wanted'],
    decisions.map(({ name, microseconds }) => [name, microseconds.toFixed(1), '< 5']),
  );
  const unlocks = await measureUnlocks({ origin: at.origin, apiKey, episodeIds: locked });
  print(
    ['16 at a time, over HTTP, local D1 and objects', 'per second'],
    unlocks.map(({ name, perSecond }) => [name, perSecond.toFixed(0)]),
  );
}

function report(rows: readonly Row[], checks: Checks, starts: Starts, rewriting: readonly Rewriting[]): void {
  const cpuOf = (name: string): number =>
    rows.find((row) => row.name.startsWith(name))?.cpuMicrosecondsPerRequest ?? Number.NaN;
  const empty = cpuOf('GET /health');
  const nginx = cpuOf('nginx');
  print(
    ['request', 'CPU µs', 'req/s', '× empty route', '× nginx'],
    rows.map((row) => [
      row.name,
      row.cpuMicrosecondsPerRequest.toFixed(0),
      row.requestsPerSecond.toFixed(0),
      (row.cpuMicrosecondsPerRequest / empty).toFixed(1),
      Number.isNaN(nginx) || !row.name.includes('300 KB') ? '' : (row.cpuMicrosecondsPerRequest / nginx).toFixed(1),
    ]),
  );
  const timesOurs = (edit: string): number =>
    rewriting.find((row) => row.name === 'hls-parser' && row.edit.startsWith(edit))?.timesOurs ?? Number.NaN;
  const us = (value: number): string => `${value.toFixed(1)} µs`;
  print(
    ['target', 'measured', 'wanted'],
    [
      ['segment check (path, bounds, signature)', us(checks.segmentMicroseconds), '< 25 µs'],
      ['key check (the same, and opening the key)', us(checks.keyMicroseconds), '< 25 µs'],
      ['signature of a pass (HMAC-SHA256)', us(checks.passMicroseconds), ''],
      ['signature of a token (ES256)', us(checks.tokenMicroseconds), ''],
      ['empty Hono route (GET /health)', us(starts.emptyMicroseconds), ''],
      ['playlist, token seen before', us(starts.knownMicroseconds), ''],
      ['  without the signature of the pass', `${starts.knownRatio.toFixed(2)} empty routes`, '<= 2'],
      ['playlist, first use of the token', us(starts.firstMicroseconds), ''],
      ['  without both signatures', `${starts.firstRatio.toFixed(2)} empty routes`, '<= 2'],
      ['rewriting: times hls-parser (cut)', `${timesOurs('cut').toFixed(1)}`, '>= 10'],
      ['rewriting: times hls-parser (prefix)', `${timesOurs('prefix').toFixed(1)}`, '>= 10'],
    ],
  );
  print(
    [`parse, edit, write: ${REWRITTEN_SEGMENTS} segments`, 'µs', '× ours'],
    rewriting.map((row) => [`${row.edit}: ${row.name}`, row.microseconds.toFixed(0), row.timesOurs.toFixed(1)]),
  );
  for (const note of notes) console.log(note);
  const seconds = (performance.now() - startedAtMs) / 1_000;
  console.log(
    `Load by ${LOAD_GENERATOR}. Storage is simulated here: its share says nothing of production. ${seconds.toFixed(0)} s.`,
  );
  const results = { at: new Date().toISOString(), node: process.version, rows, checks, starts, rewriting, notes };
  saveResults('requests', results);
}
