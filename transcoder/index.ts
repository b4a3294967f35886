/**
 * The transcoder's process: `node transcoder/index.ts`.
 *
 * It asks the edge for work, makes HLS of it and brings it back. It listens on no port and keeps no state: killed at any
 * moment, it leaves a temp directory, which the next start sweeps, and a lease, which runs out.
 */
import { planCapacity, thisMachine } from './capacity.ts';
import { parseConfig, type TranscoderConfig } from './config.ts';
import { createEdgeClient } from './edge-client.ts';
import { findFfmpeg } from './find-ffmpeg.ts';
import { touchHealthFile } from './health-file.ts';
import { createLog, type Log } from './log.ts';
import { pollLeases } from './poll-leases.ts';
import { runOnce } from './run-once.ts';
import { childLimits } from './sandbox/child-limits.ts';
import { confineChildren } from './sandbox/confine.ts';
import { findSandbox, notConfined, type Sandbox } from './sandbox/find-sandbox.ts';
import { sweepWorkDir } from './sweep-work-dir.ts';
import { inspectToolchain, type Toolchain } from './toolchain.ts';

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

  const sandbox = await confine(config.value, toolchain.value, shutdown.signal);
  if (sandbox === null) return shutdown.signal.aborted ? 0 : misconfigured(log, NO_SANDBOX);

  const { edgeUrl, webhookSecret, workDir, workerId, isOnce } = config.value;
  const swept = await sweepWorkDir(workDir);
  touchHealthFile(config.value.healthFile);
  const { ffmpegPath, toneMapping } = toolchain.value;
  const { origin } = binaries.value;
  log('info', 'ready', { edgeUrl, workDir, ffmpegPath, origin, toneMapping, swept, isOnce, ...sandbox });
  const edge = createEdgeClient(edgeUrl, webhookSecret);
  const request = { edge, workerId, workDir, toolchain: toolchain.value, shutdown: shutdown.signal, log };
  if (isOnce) return runOnce(request);
  // All loops ask the same edge under one name; a lease says which job is whose.
  await Promise.all(Array.from({ length: sandbox.concurrency }, () => pollLeases(request)));
  log('info', 'stopped');
  return 0;
}

interface Confinement {
  readonly sandbox: Sandbox['kind'];
  readonly hidesSecret: boolean;
  readonly concurrency: number;
  readonly childMemoryMib: number;
}

/** From here on, children are confined; null where that was required and cannot be. */
async function confine(
  { sandbox: wanted, isOnce, concurrency: asked, memoryBytes }: TranscoderConfig,
  toolchain: Toolchain,
  signal: AbortSignal,
): Promise<Confinement | null> {
  const capacity = planCapacity(thisMachine(), { concurrency: isOnce ? 1 : asked, memoryBytes });
  const sandbox = wanted === 'off' ? notConfined() : await findSandbox(toolchain, signal);
  const holds = sandbox.kind !== 'none' && sandbox.hidesSecret;
  if (signal.aborted || (wanted === 'required' && !holds)) return null;
  const limits = await childLimits(capacity.childMemoryBytes, signal);
  confineChildren([...limits, ...sandbox.words]);
  const childMemoryMib = limits.length === 0 ? 0 : Math.floor(capacity.childMemoryBytes / 1024 ** 2);
  const { kind, hidesSecret } = sandbox;
  return { sandbox: kind, hidesSecret, concurrency: capacity.concurrency, childMemoryMib };
}

const NO_SANDBOX =
  'TRANSCODER_SANDBOX is required, and ffmpeg cannot be kept from the network and from the secret here: it takes setpriv of util-linux 2.41 on a kernel with Landlock, or user namespaces for everybody. Set it to auto to run without.';

function misconfigured(log: Log, detail: string): number {
  log('error', 'not started', { detail });
  return EXIT_MISCONFIGURED;
}

process.exit(await main());
