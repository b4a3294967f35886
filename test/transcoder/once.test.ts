/** One instance for each job, several jobs at a time, and what a container is told of either. */
import { mkdtempSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { err, ok } from '#core/result.ts';
import type { EdgeClient } from '../../transcoder/edge-client.ts';
import { ONCE_WAIT_MS } from '../../transcoder/limits.ts';
import { ONCE_EXIT, runOnce } from '../../transcoder/run-once.ts';
import { findSandbox } from '../../transcoder/sandbox/find-sandbox.ts';
import { clipBytes, ffmpegBinaries, scratch, toolchainOf } from './clips.ts';
import { type FakeEdge, startFakeEdge, TEST_SECRET } from './fake-edge.ts';
import { jobsEncoding, type ServiceProcess, startService } from './support/service-process.ts';

const { dir, remove } = scratch();
const sandbox = await findSandbox(ffmpegBinaries(), new AbortController().signal);

let edge: FakeEdge;
let service: ServiceProcess | null = null;
let workDir = '';
let clip: Buffer;
let slowClip: Buffer;

beforeAll(() => {
  clip = clipBytes(dir, { seconds: 2 });
  slowClip = clipBytes(dir, { seconds: 20, size: '720x1280', file: 'slow.mp4' });
});
afterAll(remove);
beforeEach(async () => {
  edge = await startFakeEdge();
  workDir = mkdtempSync(join(dir, 'work-'));
});
afterEach(async () => {
  await service?.stop('SIGKILL');
  service = null;
  await edge.close();
});

function start(extra: Readonly<Record<string, string>>): ServiceProcess {
  const { ffmpegPath, ffprobePath } = ffmpegBinaries();
  const own = { EDGE_URL: edge.url, TRANSCODER_WEBHOOK_SECRET: TEST_SECRET, WORK_DIR: workDir };
  service = startService({ FFMPEG_PATH: ffmpegPath, FFPROBE_PATH: ffprobePath, ...own, ...extra });
  return service;
}

/** Looks for the secret in what it was given and in its parent, and fails the job where it finds it. */
function curiousFfmpeg(folder: string): string {
  const path = join(mkdtempSync(join(folder, 'curious-')), 'ffmpeg');
  const search = `env | grep -a whsec_ || grep -a whsec_ /proc/$PPID/environ`;
  const script = `case " $* " in *" -i "*) if { ${search}; } >/dev/null 2>&1; then echo FOUND >&2; exit 1; fi;; esac`;
  writeFileSync(path, `#!/bin/sh\n${script}\nexec ${ffmpegBinaries().ffmpegPath} "$@"\n`, { mode: 0o755 });
  return path;
}

describe('a transcoder for one job', () => {
  it('does the job, leaves the next to another instance, and ends well', async () => {
    const first = edge.queue(clip);
    const second = edge.queue(clip);
    expect(await start({ TRANSCODER_ONCE: '1' }).ended).toBe(0);
    expect((await edge.finalEvent(first)).type).toBe('transcode.completed');
    expect(edge.events.some((event) => event.data.jobId === second)).toBe(false);
    expect(readdirSync(workDir)).toEqual([]);
  });

  it.skipIf(sandbox.kind === 'none')('holds a secret that an ffmpeg that was taken over does not find', async () => {
    const jobId = edge.queue(clip);
    const { ended, log } = start({ TRANSCODER_ONCE: '1', FFMPEG_PATH: curiousFfmpeg(dir) });
    expect(await ended).toBe(0);
    expect(await edge.finalEvent(jobId)).toMatchObject({ type: 'transcode.completed' });
    expect(log()).toContain('"hidesSecret":true');
  });

  it('ends well with a job that failed, as the edge knows of it', async () => {
    const jobId = edge.queue(Buffer.from('no film'));
    expect(await start({ TRANSCODER_ONCE: '1' }).ended).toBe(0);
    expect((await edge.finalEvent(jobId)).type).toBe('transcode.failed');
  });

  it('waits a little for a job, and ends well without one', async () => {
    const { ended, saidAtMs } = start({ TRANSCODER_ONCE: '1' });
    expect(await ended).toBe(0);
    expect(saidAtMs('nothing to do') - saidAtMs('"ready"')).toBeGreaterThanOrEqual(ONCE_WAIT_MS);
  });

  // The edge has a second to take it, which a busy machine may not give it.
  it('told to stop, hands its job back and says that it is worth another try', { retry: 3 }, async () => {
    const jobId = edge.queue(slowClip);
    const { until, stop, log } = start({ TRANSCODER_ONCE: '1' });
    await until('ffmpeg to run', () => jobsEncoding(workDir) === 1);
    expect(await stop('SIGTERM')).toBe(75);
    expect(log()).toContain('job handed back');
    const event = await edge.finalEvent(jobId);
    expect(event.type === 'transcode.failed' && event.data.failure.code).toBe('worker-stopped');
    expect(readdirSync(workDir)).toEqual([]);
  });
});

it('an edge that stays away ends it after a minute, worth another try', async () => {
  let nowMs = 0;
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
  try {
    let asked = 0;
    const lease: EdgeClient['lease'] = async () => {
      nowMs = asked * 20_000;
      return asked++ === 0 ? ok(null) : err({ reason: 'unavailable', evidence: 'nobody there' });
    };
    const toolchain = await toolchainOf(ffmpegBinaries());
    const shutdown = new AbortController().signal;
    const edgeAway = { lease } as EdgeClient;
    const ended = runOnce({ edge: edgeAway, workerId: 'w', workDir, toolchain, shutdown, log: () => undefined });
    expect(await ended).toBe(ONCE_EXIT.noEdge);
    // At 0, 20, 40 and 60 s.
    expect(asked).toBe(4);
  } finally {
    clock.mockRestore();
  }
});

describe('a transcoder for several jobs', () => {
  it(
    'works on as many at a time as it is told, and hands all of them back when it is stopped',
    { retry: 3 },
    async () => {
      const jobIds = [edge.queue(slowClip), edge.queue(slowClip), edge.queue(slowClip)];
      const { until, stop } = start({ TRANSCODER_CONCURRENCY: '2' });
      await until('two encodes', () => jobsEncoding(workDir) === 2);
      expect(await stop('SIGTERM')).toBe(0);
      const handedBack = edge.events.filter((event) => event.type === 'transcode.failed').map(({ data }) => data.jobId);
      expect(handedBack.sort()).toEqual(jobIds.slice(0, 2).sort());
      expect(readdirSync(workDir)).toEqual([]);
    },
  );
});

describe('a transcoder says', () => {
  it('how its children are confined, and touches the file that shows that it is alive', async () => {
    const healthFile = join(dir, 'alive');
    writeFileSync(healthFile, '');
    utimesSync(healthFile, 0, 0);
    const startedMs = Date.now();
    const { until, log } = start({
      TRANSCODER_HEALTH_FILE: healthFile,
      ...{ TRANSCODER_MEMORY_MIB: '2048', TRANSCODER_CONCURRENCY: '1' },
    });
    await until('it to be ready', () => log().includes('"ready"'));
    const ready = JSON.parse(
      log()
        .split('\n')
        .find((line) => line.includes('"ready"')) ?? '{}',
    ) as object;
    expect(ready).toMatchObject({
      sandbox: expect.stringMatching(/^(landlock|seccomp|namespace|none)$/) as string,
      concurrency: 1,
    });
    if (process.platform === 'linux') expect(ready).toMatchObject({ childMemoryMib: 1536 });
    // It was of 1970; tmpfs and ext4 keep whole ticks of the kernel's clock.
    expect(statSync(healthFile).mtimeMs).toBeGreaterThan(startedMs - 1_000);
  });

  it('that it does not start without a sandbox, where one is required', async () => {
    const { ended, log } = start({ TRANSCODER_SANDBOX: 'required', PATH: '/nowhere' });
    expect(await ended).toBe(78);
    expect(log()).toContain('TRANSCODER_SANDBOX');
  });

  it.each([
    ['TRANSCODER_CONCURRENCY', '0'],
    ['TRANSCODER_CONCURRENCY', 'many'],
    ['TRANSCODER_MEMORY_MIB', '100'],
    ['TRANSCODER_ONCE', 'yes'],
    ['TRANSCODER_SANDBOX', 'on'],
  ])('that %s cannot be %s', async (variable, value) => {
    const { ended, log } = start({ [variable]: value });
    expect(await ended).toBe(78);
    expect(log()).toContain(variable);
  });
});
