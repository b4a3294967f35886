/** A content key sealed as docs/storage.md has it, without the code under test. */
import { createCipheriv, hkdfSync, randomBytes } from 'node:crypto';

export interface SealPlace {
  readonly scheme: 'aes-128' | 'cbcs';
  readonly assetId: string;
  readonly version: string;
}

export function sealKey(
  masterSecret: string,
  { scheme, assetId, version }: SealPlace,
  keyId: Buffer,
  key: Buffer,
): string {
  const master = Buffer.from(masterSecret, 'base64');
  const kek = Buffer.from(hkdfSync('sha256', master, Buffer.alloc(32), 'content-keys|v1', 32));
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', kek, nonce);
  cipher.setAAD(Buffer.concat([keyId, Buffer.from(`ck1\n${scheme}\n${assetId}\n${version}`)]));
  const body = Buffer.concat([cipher.update(key), cipher.final(), cipher.getAuthTag()]);
  return Buffer.concat([keyId, nonce, body]).toString('base64url');
}

/** `/m/{pass}/{asset}/{version}` → where a seal must be bound to. */
export function placeOf(prefix: string, scheme: SealPlace['scheme']): SealPlace {
  const [, , , assetId = '', version = ''] = prefix.split('/');
  return { scheme, assetId, version };
}
