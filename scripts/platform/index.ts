/**
 * Runs the three Workers on this machine in one workerd, with D1, R2 (and its S3 endpoint), queues, the Durable Object,
 * static assets and the cron trigger. Why Miniflare and not `wrangler dev`: docs/decisions/002-local-runtime.md.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { type RunStep, silentSteps } from '../lib/progress.ts';
import { startCron } from './cron.ts';
import { MiniflareLog, structuredLogTo } from './log.ts';
import { migrate, stateDir } from './migrate.ts';
import { freePort } from './port.ts';
import { reportChildren } from './report-children.ts';
import { type PlatformSecrets, workerBindings } from './secrets.ts';
import { keepOwnSignalHandlers } from './signals.ts';
import { buildSiteFolder } from './site.ts';
import { loadWorkerOptions, type V4Workers, type WorkerOptions } from './worker-options.ts';
import { bundleWorker, WORKERS } from './workers.ts';

export interface PlatformOptions {
  /** 0 takes any free port. */
  readonly port: number;
  /** Where D1, R2 and the Durable Objects keep their state. */
  readonly dataDir: string;
  readonly secrets: PlatformSecrets;
  /** Lets guests in: `POST /v1/demo/session`. */
  readonly demo: boolean;
  /** What the Workers and the runtime log, a line at a time. */
  readonly log: (line: string) => void;
  /** Over the variables of the toml files. */
  readonly vars?: Readonly<Record<string, string>>;
  /** Changes the Workers before they run: how tests break bindings and the benchmark adds a Worker of its own. */
  readonly adapt?: (workers: WorkerOptions[]) => WorkerOptions[];
  /** Shows the steps of the start; silent without it. */
  readonly step?: RunStep;
}

export interface Platform {
  /** `http://127.0.0.1:<port>` */
  readonly origin: string;
  /** Runs the scheduled handlers now, as the cron trigger does every minute. */
  runScheduled(): Promise<void>;
  /** Ends workerd. Calling it again waits for the same end. */
  stop(): Promise<void>;
}

/** workerd that does not go by itself in this time is left to the exit hook, which kills it. */
const DISPOSE_LIMIT_MS = 3_000;

export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  reportChildren();
  const step = options.step ?? silentSteps;
  mkdirSync(options.dataDir, { recursive: true });
  // Both ports must be known before workerd starts: the api Worker signs URLs that lead to the second.
  const port = options.port === 0 ? await freePort() : options.port;
  const toolPort = await freePort();
  const workers = await step('Workers, player page and database are built', () => buildAll(options, port, toolPort));
  const miniflare = await step('The Workers run', () => runMiniflare(options, toolPort, workers));
  return handleFor(miniflare, workers, originAt(port));
}

async function buildAll(options: PlatformOptions, port: number, toolPort: number): Promise<WorkerOptions[]> {
  const { secrets, dataDir, demo } = options;
  const [siteDir, bundleDirs] = await Promise.all([
    buildSiteFolder(),
    Promise.all(WORKERS.map((worker) => bundleWorker(worker))),
    migrate(dataDir),
  ]);
  const workers = await loadWorkerOptions({
    bindings: { ...workerBindings(secrets, { s3Origin: originAt(toolPort), demo }), ...options.vars },
    s3Credentials: { accessKeyId: secrets.s3AccessKeyId, secretAccessKey: secrets.s3SecretAccessKey },
    bundleDirs,
    siteDir,
    port,
  });
  return options.adapt?.(workers) ?? workers;
}

function originAt(port: number): string {
  return `http://127.0.0.1:${port}`;
}

/**
 * The platform's own port leads straight to the front door's code (`unsafeDirectSockets`, set by loadWorkerOptions).
 * Miniflare's entry, which also opens buckets and triggers to whoever asks (/cdn-cgi/local/r2/public/…), listens on a
 * port of its own that only the transcoder is told, for R2's S3 API.
 */
async function runMiniflare(
  { dataDir, log }: PlatformOptions,
  toolPort: number,
  workers: readonly WorkerOptions[],
): Promise<Miniflare> {
  const restoreSignals = keepOwnSignalHandlers();
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host: '127.0.0.1',
      port: toolPort,
      // Without this Miniflare asks a public host for a sample `request.cf`.
      cf: false,
      logRequests: false,
      log: new MiniflareLog(log),
      handleStructuredLogs: structuredLogTo(log),
      resourcePersistencePath: path.join(stateDir(dataDir), 'v3'),
      workers: [...workers] as V4Workers,
    }),
  );
  restoreSignals();
  try {
    await miniflare.ready;
    return miniflare;
  } catch (error) {
    await miniflare.dispose().catch(() => undefined);
    throw error;
  }
}

function handleFor(miniflare: Miniflare, workers: readonly WorkerOptions[], origin: string): Platform {
  const cron = startCron(miniflare, workers);
  let stopped: Promise<void> | null = null;
  return {
    origin,
    runScheduled: () => cron.runNow(),
    stop() {
      cron.stop();
      stopped ??= Promise.race([
        miniflare.dispose(),
        new Promise<void>((done) => void setTimeout(done, DISPOSE_LIMIT_MS).unref()),
      ]);
      return stopped;
    },
  };
}
