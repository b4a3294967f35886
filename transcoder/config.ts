import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { err, ok, type Result } from '#core/result.ts';
import { MAX_CONCURRENCY } from './limits.ts';

export interface TranscoderConfig {
  /** Origin of the playback Worker, without a trailing slash. */
  readonly edgeUrl: string;
  /** `whsec_<base64>`, shared with the api Worker. Never logged. */
  readonly webhookSecret: string;
  /** Temp directories of jobs live here, and nothing else: what is left over is swept at the start. */
  readonly workDir: string;
  readonly workerId: string;
  /** Jobs at a time; null: as many as the machine has cores and memory for. */
  readonly concurrency: number | null;
  /** What all jobs together may take; null: what the machine or the container has. */
  readonly memoryBytes: number | null;
  /** Takes one job and ends: one instance for each job. */
  readonly isOnce: boolean;
  /** `required` does not start where ffmpeg cannot be kept from the network and from the secret. */
  readonly sandbox: 'auto' | 'required' | 'off';
  /** Touched while the service is alive; null: nobody looks. */
  readonly healthFile: string | null;
}

export interface ConfigFailure {
  readonly variable: string;
  readonly detail: string;
}

type Env = Readonly<Record<string, string | undefined>>;

/** Reads the environment once; every field is decided here. The binaries are `find-ffmpeg.ts`'s. */
export function parseConfig(env: Env): Result<TranscoderConfig, ConfigFailure> {
  const edgeUrl = URL.parse(env['EDGE_URL'] ?? '');
  if (edgeUrl === null || !/^https?:$/.test(edgeUrl.protocol)) {
    return err({ variable: 'EDGE_URL', detail: 'Set EDGE_URL to the origin of the edge, e.g. http://127.0.0.1:8787.' });
  }
  if (env['NODE_ENV'] === 'production' && edgeUrl.protocol === 'http:' && !isPrivateHost(edgeUrl.hostname)) {
    const detail =
      'Set EDGE_URL to https: leases carry content keys and signed URLs. In production http is for localhost and for services of the same cluster (*.svc, *.svc.cluster.local).';
    return err({ variable: 'EDGE_URL', detail });
  }
  const webhookSecret = env['TRANSCODER_WEBHOOK_SECRET'] ?? '';
  if (!/^whsec_[A-Za-z0-9+/]{32,}={0,2}$/.test(webhookSecret)) {
    const detail =
      'Set TRANSCODER_WEBHOOK_SECRET to the secret of the api Worker: whsec_ and at least 24 bytes in base64.';
    return err({ variable: 'TRANSCODER_WEBHOOK_SECRET', detail });
  }
  const workerId =
    text(env['WORKER_ID']) ?? `${hostname()}-${process.pid}`.replaceAll(/[^A-Za-z0-9._-]/g, '-').slice(-64);
  if (!/^[A-Za-z0-9._-]{1,64}$/.test(workerId)) {
    return err({ variable: 'WORKER_ID', detail: 'WORKER_ID may hold 1 to 64 of A-Z a-z 0-9 . _ - only.' });
  }
  const concurrency = whole(env['TRANSCODER_CONCURRENCY'], 1, MAX_CONCURRENCY);
  if (concurrency === undefined)
    return err({ variable: 'TRANSCODER_CONCURRENCY', detail: `TRANSCODER_CONCURRENCY is 1 to ${MAX_CONCURRENCY}.` });
  const memoryMib = whole(env['TRANSCODER_MEMORY_MIB'], MIN_MEMORY_MIB, MAX_MEMORY_MIB);
  if (memoryMib === undefined) {
    const detail = `TRANSCODER_MEMORY_MIB is a number of MiB, at least ${MIN_MEMORY_MIB}.`;
    return err({ variable: 'TRANSCODER_MEMORY_MIB', detail });
  }
  const once = text(env['TRANSCODER_ONCE']) ?? '0';
  if (once !== '0' && once !== '1')
    return err({ variable: 'TRANSCODER_ONCE', detail: 'TRANSCODER_ONCE is 0 or 1: with 1, one job is taken.' });
  const sandbox = text(env['TRANSCODER_SANDBOX']) ?? 'auto';
  if (sandbox !== 'auto' && sandbox !== 'required' && sandbox !== 'off')
    return err({ variable: 'TRANSCODER_SANDBOX', detail: 'TRANSCODER_SANDBOX is auto, required or off.' });
  return ok({
    edgeUrl: edgeUrl.href.replace(/\/+$/, ''),
    webhookSecret,
    workDir: text(env['WORK_DIR']) ?? join(tmpdir(), 'cliffhanger-transcoder'),
    workerId,
    concurrency,
    memoryBytes: memoryMib === null ? null : memoryMib * 1024 * 1024,
    isOnce: once === '1',
    sandbox,
    healthFile: text(env['TRANSCODER_HEALTH_FILE']),
  });
}

/** What is said to it leaves neither the machine nor the cluster. */
function isPrivateHost(hostname: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$|\.svc(?:\.cluster\.local)?$/.test(hostname);
}

/** One 1080p job runs in this. */
const MIN_MEMORY_MIB = 1024;
const MAX_MEMORY_MIB = 1_048_576;

/** null where nothing is set; undefined where it is no whole number in these bounds. */
function whole(value: string | undefined, min: number, max: number): number | null | undefined {
  const written = text(value);
  if (written === null) return null;
  if (!/^[0-9]{1,9}$/.test(written)) return undefined;
  const number = Number(written);
  return number >= min && number <= max ? number : undefined;
}

function text(value: string | undefined): string | null {
  return value === undefined || value === '' ? null : value;
}
