/** Under which names a viewer stands in analytics: nobody leads from them to the viewer without the deployment's secret. */
import { toBase64url, utf8 } from '#shared/encoding.ts';
import { deriveHmacKey } from '#shared/keys/derive.ts';

/** `2026-01` */
export function monthOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 7);
}

/** `2026-01` → `2025-12`. */
export function monthBefore(month: string): string {
  return monthOf(Date.parse(`${month}-01T00:00:00Z`) - 1);
}

/** Another one each month (security.md PRV-1). */
export async function pseudonymOf(masterSecret: string, viewerId: string, month: string): Promise<string> {
  const key = await deriveHmacKey(masterSecret, `anon|v1|${month}`);
  const mac = await crypto.subtle.sign('HMAC', key, utf8(viewerId));
  return toBase64url(new Uint8Array(mac, 0, 16));
}

/** To which shard of a series a viewer's views go, always the same: 16 bits of a keyed hash. */
export async function routeOf(masterSecret: string, viewerId: string): Promise<number> {
  const key = await deriveHmacKey(masterSecret, 'anon-route|v1');
  const mac = await crypto.subtle.sign('HMAC', key, utf8(viewerId));
  return new DataView(mac).getUint16(0);
}
