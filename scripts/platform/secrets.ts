/** The secrets of a local platform: made once per data folder, kept in a file only its owner can read. */
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { API_KEY_RANDOM_BYTES, formatApiKey } from '../../core/api-key/format.ts';

export interface PlatformSecrets {
  /** 32 bytes, base64: every internal key is derived from it. */
  readonly masterSecret: string;
  /** The root API key, every scope: `sk_local_<8>_<43>_<6>`. */
  readonly apiKey: string;
  /** `whsec_` and 32 bytes in base64, as Standard Webhooks writes them. */
  readonly transcoderWebhookSecret: string;
  readonly s3AccessKeyId: string;
  readonly s3SecretAccessKey: string;
}

/** What the Workers are told of the root key: base64url(SHA-256(utf8 key)). The key itself stays with its owner. */
export function hashApiKey(apiKey: string): string {
  return createHash('sha256').update(apiKey, 'utf8').digest('base64url');
}

/** `environment` names where the key is from, in the key itself, so that a leaked one can be recognised. */
export function makeSecrets(environment: 'local' | 'live'): PlatformSecrets {
  return {
    masterSecret: randomBytes(32).toString('base64'),
    apiKey: formatApiKey(environment, null, randomBytes(API_KEY_RANDOM_BYTES)),
    transcoderWebhookSecret: `whsec_${randomBytes(32).toString('base64')}`,
    s3AccessKeyId: randomBytes(16).toString('hex'),
    s3SecretAccessKey: randomBytes(32).toString('hex'),
  };
}

/** Where R2's S3 API is on a local platform; `${S3_ENDPOINT}/${bucket}/${key}` is an object, as on R2 itself. */
const LOCAL_S3_PATH = '/cdn-cgi/local/r2/s3';

/** The secrets and variables under the names that the wrangler.toml files give them. */
export function workerBindings(
  secrets: PlatformSecrets,
  { s3Origin, demo }: { s3Origin: string; demo: boolean },
): Record<string, string> {
  return {
    MASTER_SECRET: secrets.masterSecret,
    ROOT_API_KEY_SHA256: hashApiKey(secrets.apiKey),
    TRANSCODER_WEBHOOK_SECRET: secrets.transcoderWebhookSecret,
    S3_ENDPOINT: `${s3Origin}${LOCAL_S3_PATH}`,
    S3_ACCESS_KEY_ID: secrets.s3AccessKeyId,
    S3_SECRET_ACCESS_KEY: secrets.s3SecretAccessKey,
    DEMO: demo ? '1' : '0',
    // A developer's backend listens on this machine.
    LOOPBACK_URLS: '1',
    ENVIRONMENT: 'local',
  };
}

/** The data folder's secrets, made on its first start. */
export function loadOrMakeSecrets(dataDir: string): PlatformSecrets {
  const file = secretsPath(dataDir);
  const text = readIfThere(file);
  if (text !== null) return parseSecrets(text, file);
  const secrets = makeSecrets('local');
  const scratch = `${file}.${process.pid}`;
  writeFileSync(scratch, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  renameSync(scratch, file);
  return secrets;
}

export function secretsPath(dataDir: string): string {
  return path.join(dataDir, 'secrets.json');
}

function parseSecrets(text: string, file: string): PlatformSecrets {
  const value = JSON.parse(text) as Partial<PlatformSecrets>;
  const { masterSecret, apiKey, transcoderWebhookSecret, s3AccessKeyId, s3SecretAccessKey } = value;
  if (!masterSecret || !apiKey || !transcoderWebhookSecret || !s3AccessKeyId || !s3SecretAccessKey) {
    throw new Error(`${file} lacks a secret. Put it back, or delete the whole data folder: media and data go with it.`);
  }
  return { masterSecret, apiKey, transcoderWebhookSecret, s3AccessKeyId, s3SecretAccessKey };
}

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
