/** Runs the transcoder beside the Workers and starts it again when it dies. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { keepChild } from '../bootstrap/keeper.mjs';
import { inRoot, ROOT } from '../lib/paths.ts';
import type { MediaTools } from './media-tools.ts';

export interface TranscoderOptions {
  readonly edge: string;
  readonly webhookSecret: string;
  readonly dataDir: string;
  readonly tools: MediaTools;
  readonly log: (line: string) => void;
}

export interface Transcoder {
  stop(): Promise<void>;
}

const FIRST_RESTART_MS = 1_000;
const LAST_RESTART_MS = 30_000;

/** A transcoder that ran this long was well: the next restart waits the shortest time again. */
const WELL_AFTER_MS = 60_000;

/** SIGTERM lets it give its job back; after this it is killed, and the job's lease ends by itself. */
const STOP_LIMIT_MS = 3_000;

export function startTranscoder(options: TranscoderOptions): Transcoder {
  let stopping = false;
  let child: ChildProcess | null = null;
  let restart: NodeJS.Timeout | undefined;
  let delayMs = FIRST_RESTART_MS;

  function start(): void {
    const startedAt = performance.now();
    child = spawnTranscoder(options);
    child.once('exit', (code, signal) => {
      child = null;
      if (stopping) return;
      if (performance.now() - startedAt > WELL_AFTER_MS) delayMs = FIRST_RESTART_MS;
      options.log(`transcoder ended (${signal ?? `exit code ${code}`}); starts again in ${delayMs / 1000} s`);
      restart = setTimeout(start, delayMs);
      delayMs = Math.min(delayMs * 2, LAST_RESTART_MS);
    });
  }

  start();
  return {
    async stop() {
      stopping = true;
      clearTimeout(restart);
      if (child !== null) await endChild(child);
    },
  };
}

function spawnTranscoder({ edge, webhookSecret, dataDir, tools, log }: TranscoderOptions): ChildProcess {
  const workDir = path.join(dataDir, 'transcoder');
  mkdirSync(workDir, { recursive: true });
  const preload = pathToFileURL(inRoot('scripts', 'platform', 'end-with-parent.ts')).href;
  const child = spawn(process.execPath, ['--import', preload, inRoot('transcoder', 'index.ts')], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: {
      ...process.env,
      EDGE_URL: edge,
      TRANSCODER_WEBHOOK_SECRET: webhookSecret,
      FFMPEG_PATH: tools.ffmpegPath,
      FFPROBE_PATH: tools.ffprobePath,
      WORK_DIR: workDir,
    },
  });
  keepChild(child);
  for (const stream of [child.stdout, child.stderr]) {
    if (stream !== null) createInterface({ input: stream }).on('line', log);
  }
  return child;
}

async function endChild(child: ChildProcess): Promise<void> {
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const kill = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
  await ended;
  clearTimeout(kill);
}
