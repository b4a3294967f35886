/** Under which names a viewer stands in analytics: nobody leads from them to the viewer without the deployment's secret. */
import { passViewer } from '#core/token/revocation.ts';
import { toBase64url, utf8 } from '#shared/encoding.ts';
import { deriveHmacKey } from '#shared/keys/derive.ts';
import { hashViewer } from '#shared/keys/viewer-hash.ts';

/** `2026-01` */
export function monthOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 7);
}

/** `2026-01` → `2025-12`. */
export function monthBefore(month: string): string {
  return monthOf(Date.parse(`${month}-01T00:00:00Z`) - 1);
}

/** What a media pass knows of its viewer too, so that a view is the same one's under either: 48 bits of a keyed hash. */
export async function viewerSubject(masterSecret: string, viewerId: string): Promise<string> {
  return passViewer(await hashViewer(masterSecret, viewerId));
}

/** Another one each month (security.md PRV-1). */
export async function pseudonymOfSubject(masterSecret: string, subject: string, month: string): Promise<string> {
  const mac = await crypto.subtle.sign('HMAC', await keyFor(masterSecret, `anon|v1|${month}`), utf8(subject));
  return toBase64url(new Uint8Array(mac, 0, 16));
}

/** To which shard of a series a viewer's views go, always the same: 16 bits of a keyed hash. */
export async function routeOfSubject(masterSecret: string, subject: string): Promise<number> {
  const mac = await crypto.subtle.sign('HMAC', await keyFor(masterSecret, 'anon-route|v1'), utf8(subject));
  return new DataView(mac).getUint16(0);
}

/** Deriving one costs as much as a beacon. Two months, the route and what CMCD sessions are named by are alive at a time. */
const MAX_KEYS = 8;
const keys = new Map<string, Promise<CryptoKey>>();

export function keyFor(masterSecret: string, purpose: string): Promise<CryptoKey> {
  const name = `${masterSecret}|${purpose}`;
  const known = keys.get(name);
  if (known !== undefined) return known;
  if (keys.size >= MAX_KEYS) keys.clear();
  const key = deriveHmacKey(masterSecret, purpose);
  keys.set(name, key);
  return key;
}
