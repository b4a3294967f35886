import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TranscodeResult } from '#core/ingest/transcoder-protocol.ts';
import { GOODBYE_TIMEOUT_MS, KILL_GRACE_MS } from '../../transcoder/limits.ts';
import { clipBytes, ffmpegBinaries, scratch } from './clips.ts';
import { type FakeEdge, startFakeEdge, TEST_SECRET } from './fake-edge.ts';
import { greyJpeg } from './support/bombs.ts';
import { stillMovie } from './support/boxes.ts';
import { jobsEncoding, type ServiceProcess, startService } from './support/service-process.ts';

const { dir, remove } = scratch();

let edge: FakeEdge;
let service: ServiceProcess;
let workDir: string;
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
  await service.stop('SIGKILL');
  await edge.close();
});

function start(extra: Readonly<Record<string, string>> = {}): void {
  service = startService({
    EDGE_URL: edge.url,
    TRANSCODER_WEBHOOK_SECRET: TEST_SECRET,
    WORK_DIR: workDir,
    ...extra,
  });
}

/** Does not end because it is told to, as an ffmpeg does that hangs; its encodes never end by themselves. */
function stubbornFfmpeg(): string {
  const path = join(mkdtempSync(join(dir, 'stubborn-')), 'ffmpeg');
  const encodes = `case " $* " in *"v0.mp4"*) trap '' TERM; : > v0.mp4; while :; do sleep 1; done;; esac`;
  writeFileSync(path, `#!/bin/sh\n${encodes}\nexec ${ffmpegBinaries().ffmpegPath} "$@"\n`, { mode: 0o755 });
  return path;
}

describe('the transcoder service', () => {
  it('takes an upload, brings back a whole presentation, and reports it', async () => {
    start();
    const event = await edge.finalEvent(edge.queue(clip, [1.5]));
    if (event.type !== 'transcode.completed') throw new Error(JSON.stringify(event.data));
    const { objects, durationSeconds, segmentDurationsSeconds } = event.data.result;
    expect(durationSeconds).toBeCloseTo(2, 1);
    expect(segmentDurationsSeconds).toEqual([1, 0.5, 0.5]);
    expect([...edge.stored.keys()].sort()).toEqual(objects.map((object) => object.path).sort());
    for (const { path, sizeBytes } of objects) expect(edge.stored.get(path)?.bytes.length).toBe(sizeBytes);
    expect(edge.stored.get('multivariant.m3u8')?.contentType).toBe('application/vnd.apple.mpegurl');
    expect(edge.unsigned).toEqual([]);
    expect(new Set(edge.messageIds).size).toBe(edge.messageIds.length);
    await service.until('the temp directory to go', () => readdirSync(workDir).length === 0);
    expect(service.log()).not.toContain('s3cret');
    expect(service.log()).not.toContain(TEST_SECRET);
  });

  describe('an episode that may be published before it is whole', () => {
    const rungs = (result: TranscodeResult): string[] => result.renditions.map(({ name, width }) => `${name} ${width}`);

    it('comes with its lowest rungs first, whole in themselves, and then with all of them', async () => {
      start();
      const tall = clipBytes(dir, { seconds: 2, size: '720x1280', file: 'tall.mp4' });
      const last = await edge.finalEvent(edge.queue(tall, [], undefined, { publishPlayable: true }));
      if (last.type !== 'transcode.completed') throw new Error(JSON.stringify(last.data));
      const early = edge.events.find((event) => event.type === 'transcode.playable');
      if (early?.type !== 'transcode.playable') throw new Error('no playable part');
      expect(edge.events.indexOf(early)).toBeLessThan(edge.events.indexOf(last));
      expect(rungs(early.data.result)).toEqual(['v0 360', 'v1 540']);
      expect(rungs(last.data.result)).toEqual(['v0 360', 'v1 540', 'v2 720']);
      expect(early.data.result.segmentDurationsSeconds).toEqual(last.data.result.segmentDurationsSeconds);
      for (const { path, sizeBytes } of early.data.result.objects)
        expect(edge.stored.get(`playable/${path}`)?.bytes.length, path).toBe(sizeBytes);
      expect(edge.stored.get('playable/multivariant.m3u8')?.bytes.toString()).not.toContain('v2/');
      expect(edge.stored.get('multivariant.m3u8')?.bytes.toString()).toContain('v2/');
      const shares = edge.events.flatMap((event) => (event.type === 'transcode.progress' ? [event.data.progress] : []));
      expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    });

    it('comes at once where its lowest rungs are all there are', async () => {
      start();
      const last = await edge.finalEvent(edge.queue(clip, [], undefined, { publishPlayable: true }));
      expect(last.type).toBe('transcode.completed');
      expect(edge.events.map(({ type }) => type)).not.toContain('transcode.playable');
    });
  });

  it('storage that hiccups does not lose an episode', async () => {
    edge.behaviour.failPuts = 3;
    edge.behaviour.losePuts = 3;
    edge.behaviour.failFinalEvents = 1;
    start();
    const event = await edge.finalEvent(edge.queue(clip));
    expect(event.type).toBe('transcode.completed');
  });

  it('an edge that does not hear of the end is told meanwhile that the job is still held', async () => {
    edge.behaviour.failFinalEvents = Infinity;
    start();
    const jobId = edge.queue(clip);
    const beats = (): number =>
      edge.events.filter(
        ({ type, data }) => type === 'transcode.progress' && 'stage' in data && data.stage === 'uploading',
      ).length;
    await service.until('the result to be told', () => service.log().includes('job completed'));
    const before = beats();
    await service.until('three beats', () => beats() >= before + 3);
    edge.behaviour.failFinalEvents = 0;
    expect((await edge.finalEvent(jobId)).type).toBe('transcode.completed');
  });

  it.each([
    ['the result', (): unknown => (edge.behaviour.refuseCompleted = true)],
    ['a file of the result', (): unknown => (edge.behaviour.refuseUploads = true)],
  ])('where the edge does not take %s, the job fails with what it said, and is not tried again', async (_, refuse) => {
    refuse();
    start();
    const event = await edge.finalEvent(edge.queue(clip));
    expect(event.type === 'transcode.failed' && event.data.failure).toMatchObject({
      code: 'result-refused',
      detail: expect.stringMatching(/HTTP 400.*The edge said: /) as string,
      retryable: false,
    });
  });

  it('a file that is no film is refused in words, and the next job runs', async () => {
    start();
    const refused = await edge.finalEvent(edge.queue(Buffer.from('#EXTM3U\nhttp://127.0.0.1:1/x.ts\n')));
    expect(refused.type === 'transcode.failed' && refused.data.failure).toEqual({
      code: 'container-not-allowed',
      detail:
        'The file is not an MP4, MOV, MKV, WebM or MPEG-TS video: it begins with an HLS playlist. Export the episode as MP4 and upload it again.',
      retryable: false,
    });
    expect((await edge.finalEvent(edge.queue(clip))).type).toBe('transcode.completed');
  });

  it('a picture of 16,000 pixels squared is an upload refused, not a job to try again, and the next job runs', async () => {
    start();
    const picture = greyJpeg(16_000, 16_000);
    const bomb = stillMovie({ format: 'jpeg', width: 360, height: 640, picture });
    const refused = await edge.finalEvent(edge.queue(bomb));
    expect(refused.type === 'transcode.failed' && refused.data.failure).toMatchObject({
      code: 'too-large-picture',
      retryable: false,
    });
    expect((await edge.finalEvent(edge.queue(clip))).type).toBe('transcode.completed');
  });

  it('a download that breaks is tried again and then reported as worth another attempt', async () => {
    edge.behaviour.breakSourceAfter = 1000;
    start();
    const event = await edge.finalEvent(edge.queue(clip));
    expect(event.type === 'transcode.failed' && event.data.failure).toMatchObject({
      code: 'source-download-failed',
      retryable: true,
    });
  });

  it('pauses, longer each time, where one job after the other fails in a way that another machine may not', async () => {
    edge.behaviour.breakSourceAfter = 1000;
    start();
    const jobs = [clip, clip].map((source) => edge.queue(source));
    for (const job of jobs) expect((await edge.finalEvent(job)).type).toBe('transcode.failed');
    await service.until('the second pause', () => /"pause after failed jobs".*"jobs":2/.test(service.log()));
    edge.behaviour.breakSourceAfter = null;
    expect((await edge.finalEvent(edge.queue(clip))).type).toBe('transcode.completed');
  });

  it('progress rises about once a second, and a job that another attempt took over is dropped', async () => {
    start();
    edge.queue(slowClip);
    await service.until(
      'two reports of progress',
      () => edge.events.filter((event) => event.type === 'transcode.progress').length >= 2,
    );
    const shares = edge.events.map((event) => (event.type === 'transcode.progress' ? event.data.progress : 1));
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    edge.behaviour.stale = true;
    await service.until('the job to be dropped', () => service.log().includes('job dropped'));
    expect(edge.events.every((event) => event.type === 'transcode.progress')).toBe(true);
    await service.until('the temp directory to go', () => readdirSync(workDir).length === 0);
  });

  /** The limits add up to less than two seconds; that each of them holds, the test sees, and not how busy the machine is. */
  it('told to stop while it encodes, it is gone within two seconds, though ffmpeg and the edge do nothing', async () => {
    start({ FFMPEG_PATH: stubbornFfmpeg(), FFPROBE_PATH: ffmpegBinaries().ffprobePath });
    edge.queue(clip);
    await service.until('ffmpeg to run', () => jobsEncoding(workDir) === 1);
    edge.behaviour.isSilent = true;
    expect(await service.stop('SIGTERM')).toBe(0);
    expect(KILL_GRACE_MS + GOODBYE_TIMEOUT_MS).toBeLessThan(2_000);
    expect(service.log()).toContain('job not handed back');
    expect(readdirSync(workDir)).toEqual([]);
  });

  // The edge has a second to take it, which a busy machine may not give it.
  it('told to stop while it encodes, it leaves no file and hands the job back', { retry: 3 }, async () => {
    start();
    const jobId = edge.queue(slowClip);
    await service.until('ffmpeg to run', () => jobsEncoding(workDir) === 1);
    expect(await service.stop('SIGTERM')).toBe(0);
    expect(readdirSync(workDir)).toEqual([]);
    expect(service.log()).toContain('job handed back');
    const event = await edge.finalEvent(jobId);
    expect(event.type === 'transcode.failed' && event.data.failure).toMatchObject({
      code: 'worker-stopped',
      retryable: true,
    });
  });

  it('told to stop while the edge looks at what it made, it hands that back too', { retry: 3 }, async () => {
    edge.behaviour.holdCompleted = true;
    start();
    const jobId = edge.queue(clip);
    await service.until('the edge to have the result', () => edge.held() > 0);
    expect(await service.stop('SIGTERM')).toBe(0);
    expect(service.log()).toContain('job handed back');
    const event = await edge.finalEvent(jobId);
    expect(event.type === 'transcode.failed' && event.data.failure.code).toBe('worker-stopped');
  });

  it('what a crash left behind is swept at the next start', async () => {
    mkdirSync(join(workDir, 'job-999999999-crashed'), { recursive: true });
    start();
    await service.until('it to be ready', () => service.log().includes('"ready"'));
    expect(readdirSync(workDir)).toEqual([]);
  });

  it.each([
    ['EDGE_URL', { EDGE_URL: 'nowhere' }],
    ['TRANSCODER_WEBHOOK_SECRET', { TRANSCODER_WEBHOOK_SECRET: 'short' }],
    ['FFMPEG_PATH', { FFMPEG_PATH: '/nowhere/ffmpeg' }],
  ])('without a usable %s it says what to set and does not start', async (variable, env) => {
    start(env);
    expect(await service.ended).toBe(78);
    expect(service.log()).toContain(variable);
  });
});
