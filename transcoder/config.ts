import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { err, ok, type Result } from '#core/result.ts';

export interface TranscoderConfig {
  /** Origin of the playback Worker, without a trailing slash. */
  readonly edgeUrl: string;
  /** `whsec_<base64>`, shared with the api Worker. Never logged. */
  readonly webhookSecret: string;
  /** Temp directories of jobs live here, and nothing else: what is left over is swept at the start. */
  readonly workDir: string;
  readonly workerId: string;
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
  return ok({
    edgeUrl: edgeUrl.href.replace(/\/+$/, ''),
    webhookSecret,
    workDir: text(env['WORK_DIR']) ?? join(tmpdir(), 'cliffhanger-transcoder'),
    workerId,
  });
}

function text(value: string | undefined): string | null {
  return value === undefined || value === '' ? null : value;
}
