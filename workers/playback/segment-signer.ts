import type { PlaylistLine } from '#core/playlist/lines.ts';
import { mapUris } from '#core/playlist/uris.ts';
import { toBase64url, utf8 } from '#shared/encoding.ts';

/** Where a player fetches the objects of a Media Playlist: under the pass, or elsewhere with a signature of their own. */
export interface SegmentSigner {
  sign(key: string): Promise<string>;
}

interface CdnSettings {
  readonly CDN_ORIGIN: string;
  readonly CDN_HMAC_SECRET?: string;
}

/** null when segments come from this Worker; both settings or neither. */
export function segmentSigner(env: CdnSettings, nowSeconds: number): SegmentSigner | null {
  const { CDN_ORIGIN: origin, CDN_HMAC_SECRET: secret = '' } = env;
  if (origin === '' && secret === '') return null;
  if (origin === '' || secret === '') throw new Error('CDN_ORIGIN and CDN_HMAC_SECRET are set together or not at all.');
  // What is signed is the path: a slash at the end would make it another one than the player asks for.
  if (!/^https?:\/\/[^/?#]+$/.test(origin)) throw new Error('CDN_ORIGIN is scheme and host, without a slash behind.');
  return { sign: async (key) => `${origin}/${key}?verify=${await timedHmac(secret, `/${key}`, nowSeconds)}` };
}

/**
 * Signs what the playlist still lists after its cut: what a preview or a cap left out never gets a signature. `folder` is
 * where the playlist lies.
 */
export async function signSegmentUris(
  lines: readonly PlaylistLine[],
  signer: SegmentSigner,
  folder: string,
): Promise<PlaylistLine[]> {
  const uris = new Set<string>();
  mapUris(lines, (uri) => {
    // Our transcoder's names only; anything else stays as it is, under the pass.
    if (/^(init\.mp4|(0|[1-9][0-9]{0,3})\.(m4s|vtt))$/.test(uri)) uris.add(uri);
    return uri;
  });
  const signed = [...uris].map(async (uri) => [uri, await signer.sign(folder + uri)] as const);
  const byUri = new Map(await Promise.all(signed));
  return mapUris(lines, (uri) => byUri.get(uri) ?? uri);
}

/** Imported once per secret: importing costs as much as a signature. */
let imported: { readonly secret: string; readonly key: Promise<CryptoKey> } | null = null;

/**
 * `<seconds>-<mac>`: HMAC-SHA256 over path and time, as Cloudflare's `is_timed_hmac_valid_v0` checks it with the flag
 * `s` (URL-safe base64 without padding). docs/cdn-option.md has the rule.
 */
async function timedHmac(secret: string, path: string, nowSeconds: number): Promise<string> {
  if (imported?.secret !== secret) {
    const algorithm = { name: 'HMAC', hash: 'SHA-256' };
    imported = { secret, key: crypto.subtle.importKey('raw', utf8(secret), algorithm, false, ['sign']) };
  }
  const mac = await crypto.subtle.sign('HMAC', await imported.key, utf8(`${path}${nowSeconds}`));
  return `${nowSeconds}-${toBase64url(new Uint8Array(mac))}`;
}
