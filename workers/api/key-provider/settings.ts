import { z } from 'zod';
import { type DrmSystemName, parseDrmSystems } from '#core/cpix/drm-systems.ts';
import type { TranscodeFailure } from '#core/ingest/transcoder-protocol.ts';
import { checkPublicUrl } from '#core/net/public-url.ts';
import { err, ok, type Result } from '#core/result.ts';

/** The secret is optional, so no toml names it: `wrangler secret put KEY_SERVER_HEADERS`. */
export interface KeyServerEnv {
  readonly KEY_SERVER_URL: string;
  readonly KEY_SERVER_DRM_SYSTEMS: string;
  readonly KEY_SERVER_HEADERS?: string;
  readonly LOOPBACK_URLS: string;
}

export interface KeyServerSettings {
  readonly url: string;
  /** What the key server knows us by, e.g. `{"x-api-key": "…"}`. Never logged. */
  readonly headers: Readonly<Record<string, string>>;
  readonly systems: readonly DrmSystemName[];
}

/** What the request itself has to say; a setting may not say it otherwise. */
const OURS = /^(?:content-(?:type|length|encoding)|host|connection|transfer-encoding|accept|x-speke-version)$/i;

const headersByName = z
  .record(z.string().regex(/^[A-Za-z0-9-]{1,64}$/), z.string().regex(/^[\x20-\x7e]{1,4096}$/))
  .refine((headers) => Object.keys(headers).length <= 8 && !Object.keys(headers).some((name) => OURS.test(name)));

/** Read at each use: a wrong setting must not keep the rest of the Worker from its work. */
export function readKeyServerSettings(env: KeyServerEnv): Result<KeyServerSettings, TranscodeFailure> {
  const url = checkPublicUrl(env.KEY_SERVER_URL, { allowLoopback: env.LOOPBACK_URLS === '1' });
  if (!url.ok) return misconfigured(`KEY_SERVER_URL cannot be asked: ${url.error}`);
  const systems = parseDrmSystems(env.KEY_SERVER_DRM_SYSTEMS);
  if (systems === null) return misconfigured('KEY_SERVER_DRM_SYSTEMS is no list of widevine, playready, fairplay');
  const headers = parseHeaders(env.KEY_SERVER_HEADERS || '{}');
  if (headers === null) return misconfigured('KEY_SERVER_HEADERS is not JSON of the form {"x-api-key":"…"}');
  return ok({ url: url.value, headers, systems });
}

/** The parser's own complaint would quote the secret. */
function parseHeaders(text: string): Record<string, string> | null {
  try {
    return headersByName.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

function misconfigured(what: string): Result<never, TranscodeFailure> {
  return err({
    code: 'key-server-misconfigured',
    detail: `${what}. Mend the setting, then upload again.`,
    retryable: false,
  });
}
