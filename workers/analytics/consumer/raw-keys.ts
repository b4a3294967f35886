import { readBinding } from '#shared/binding-call.ts';
import { fromBase64, randomBytes, toBase64 } from '#shared/encoding.ts';

const DAY_MS = 86_400_000;
let current: { readonly day: number; readonly key: CryptoKey } | null = null;

/** The day's key for viewers' names in raw events, made by whoever is the first to need it; D1 has one for all. */
export async function rawKeyOf(db: D1Database, nowMs: number): Promise<CryptoKey> {
  const day = nowMs - (nowMs % DAY_MS);
  if (current?.day === day) return current.key;
  const offered = toBase64(randomBytes(32));
  const stored = await readBinding('catalogue', () =>
    db
      .prepare('INSERT INTO raw_event_keys (day, key) VALUES (?, ?) ON CONFLICT DO UPDATE SET key = key RETURNING key')
      .bind(day, offered)
      .first<string>('key'),
  );
  const bytes = fromBase64(stored ?? offered);
  const key = await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  current = { day, key };
  return key;
}
