import { newId } from '#core/id.ts';
import { randomBytes } from '#shared/encoding.ts';
import type { Merged, PutGrantRequest } from '#shared/viewer/rpc.ts';
import { merged } from './merge-state.ts';

/**
 * The grant of a reference, replaced as a whole. A grant that an operator took away comes back with the store's next
 * word: the viewer has paid for it.
 */
export function putGrant(
  sql: SqlStorage,
  { reference, version, pass, expiresAtMs, nowMs }: PutGrantRequest,
): { readonly outcome: 'put' } | Merged {
  const gone = merged(sql);
  if (gone) return gone;
  sql.exec(
    `INSERT INTO grants (id, scope, target_id, pass, expires_at, created_at, reference, version)
     VALUES (?, 'all', NULL, ?, ?, ?, ?, ?)
     ON CONFLICT (reference) WHERE reference IS NOT NULL DO UPDATE
       SET pass = excluded.pass, expires_at = excluded.expires_at, version = excluded.version, revoked_at = NULL
       WHERE excluded.version > grants.version`,
    newId('grt', nowMs, randomBytes(16)),
    pass,
    expiresAtMs,
    nowMs,
    reference,
    version,
  );
  return { outcome: 'put' };
}
