import { utf8 } from '#shared/encoding.ts';
import { deriveHmacKey } from '#shared/keys/derive.ts';
import { rememberAccount } from '../db/stores.ts';
import type { Db } from '../http/context.ts';
import { ownerOf } from './owner-of.ts';

/**
 * The name under which a store knows a viewer: a UUID, since StoreKit takes nothing else, that says nothing of the
 * viewer's id and is always the same. A purchase that carries it finds its viewer, whoever is signed in by then.
 */
export async function storeAccount(env: Pick<ApiEnv, 'MASTER_SECRET'>, db: Db, viewerId: string, nowMs: number) {
  const key = await deriveHmacKey(env.MASTER_SECRET, 'store-account|v1');
  const mac = new Uint8Array(await crypto.subtle.sign('HMAC', key, utf8(viewerId))).slice(0, 16);
  const token = toUuid(mac);
  await rememberAccount(db, token, await ownerOf(env, viewerId), nowMs);
  return { accountToken: token };
}

/** @see RFC 9562 5.8 (version 8: the bits are ours) */
function toUuid(bytes: Uint8Array): string {
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
