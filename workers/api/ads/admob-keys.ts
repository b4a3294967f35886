import { z } from 'zod';
import { UnavailableError } from '#shared/binding-call.ts';
import { fromBase64 } from '#shared/encoding.ts';
import { log, reasonOf } from '#shared/log.ts';

/** Google changes its keys and asks that none be kept longer than a day; half of it leaves room for a bad hour. */
const FRESH_MS = 12 * 3_600_000;
const LAST_GOOD_MS = 24 * 3_600_000;
/** Whatever key ids come in, Google is asked this often at most by an isolate (security.md TOK-6). */
const COOLDOWN_MS = 30_000;
/** Google tries a callback again after a second; its keys are a page of text. */
const FETCH_LIMIT_MS = 3_000;
const MAX_BYTES = 64 * 1024;
const MAX_KEYS = 100;

const keyList = z.object({
  keys: z.array(z.object({ keyId: z.int().min(0), base64: z.string().max(1_000) })).max(MAX_KEYS),
});

interface KeySet {
  readonly url: string;
  readonly keys: ReadonlyMap<string, CryptoKey>;
  readonly readAtMs: number;
}

let set: KeySet | null = null;
let askedAtMs = Number.NEGATIVE_INFINITY;
let reading: Promise<void> | null = null;

/** null when Google has no such key. Throws while its keys are not known at all. */
export async function findAdmobKey(url: string, keyId: string, nowMs: number): Promise<CryptoKey | null> {
  if (set?.url !== url) set = null;
  const isFresh = set !== null && nowMs - set.readAtMs < FRESH_MS;
  if (!(isFresh && set?.keys.has(keyId))) await askGoogle(url, nowMs);
  if (set === null || nowMs - set.readAtMs > LAST_GOOD_MS) throw new UnavailableError('keys', 'no AdMob keys');
  return set.keys.get(keyId) ?? null;
}

/** Requests that come meanwhile wait for the same answer, but no longer than it may take: its request may be cut off. */
async function askGoogle(url: string, nowMs: number): Promise<void> {
  if (nowMs - askedAtMs >= COOLDOWN_MS || nowMs < askedAtMs) {
    askedAtMs = nowMs;
    reading = read(url, nowMs);
  }
  if (reading !== null) await Promise.race([reading, new Promise((done) => setTimeout(done, FETCH_LIMIT_MS))]);
}

async function read(url: string, nowMs: number): Promise<void> {
  try {
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(FETCH_LIMIT_MS) });
    if (response.status !== 200) throw new Error(`status ${response.status}`);
    const { keys } = keyList.parse(JSON.parse(await boundedText(response)));
    const entries = keys.map(async ({ keyId, base64 }) => [String(keyId), await importKey(base64)] as const);
    set = { url, keys: new Map(await Promise.all(entries)), readAtMs: nowMs };
  } catch (thrown) {
    log('error', 'admob_keys_unavailable', { reason: reasonOf(thrown) });
  } finally {
    reading = null;
  }
}

async function boundedText(response: Response): Promise<string> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body as ReadableStream<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MAX_BYTES) throw new Error(`more than ${MAX_BYTES} bytes`);
  }
  return text;
}

function importKey(spki: string): Promise<CryptoKey> {
  return crypto.subtle.importKey('spki', fromBase64(spki), { name: 'ECDSA', namedCurve: 'P-256' }, false, ['verify']);
}
