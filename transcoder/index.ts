/**
 * The transcoder's process: `node transcoder/index.ts`.
 *
 * It asks the edge for work, makes HLS of it and brings it back. It listens on no port and keeps no state: killed at any
 * moment, it leaves a temp directory, which the next start sweeps, and a lease, which runs out.
 */
import { parseConfig } from './config.ts';
import { createEdgeClient } from './edge-client.ts';
import { findFfmpeg } from './find-ffmpeg.ts';
import { createLog, type Log } from './log.ts';
import { pollLeases } from './poll-leases.ts';
import { sweepWorkDir } from './sweep-work-dir.ts';
import { inspectToolchain } from './toolchain.ts';

const EXIT_MISCONFIGURED = 78;

async function main(): Promise<number> {
  const config = parseConfig(process.env);
  const log = createLog({ service: 'transcoder', workerId: config.ok ? config.value.workerId : null });
  if (!config.ok) return misconfigured(log, config.error.detail);
  const binaries = findFfmpeg(process.env);
  if (!binaries.ok) return misconfigured(log, binaries.error.detail);

  const shutdown = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      log('info', 'stopping', { signal });
      shutdown.abort();
    });
  }
  const toolchain = await inspectToolchain(binaries.value, shutdown.signal);
  if (!toolchain.ok) return shutdown.signal.aborted ? 0 : misconfigured(log, toolchain.error);

  const { edgeUrl, webhookSecret, workDir, workerId } = config.value;
  const swept = await sweepWorkDir(workDir);
  const { ffmpegPath, toneMapping } = toolchain.value;
  log('info', 'ready', { edgeUrl, workDir, ffmpegPath, origin: binaries.value.origin, toneMapping, swept });
  const edge = createEdgeClient(edgeUrl, webhookSecret);
  await pollLeases({ edge, workerId, workDir, toolchain: toolchain.value, shutdown: shutdown.signal, log });
  log('info', 'stopped');
  return 0;
}

function misconfigured(log: Log, detail: string): number {
  log('error', 'not started', { detail });
  return EXIT_MISCONFIGURED;
}

process.exit(await main());
