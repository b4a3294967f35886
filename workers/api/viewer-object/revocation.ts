import { nextRevocation } from '#core/token/revocation.ts';

/** Moments from which tokens, or passes alone, of the viewer are refused. Both are whole seconds. */
export function readRevokedAt(sql: SqlStorage): number | null {
  return readMoment(sql, 'revocation');
}

/** What a pass must be minted after, whatever it is for: the later of both kinds. */
export function readPassesRevokedAt(sql: SqlStorage): number | null {
  const [tokens, passes] = [readMoment(sql, 'revocation'), readMoment(sql, 'pass_revocation')];
  return tokens === null || passes === null ? (tokens ?? passes) : Math.max(tokens, passes);
}

/** Streams end with the tokens that took them. */
export function revokeTokens(sql: SqlStorage, nowSeconds: number): number {
  const moment = nextRevocation(nowSeconds, readPassesRevokedAt(sql));
  sql.exec('INSERT OR REPLACE INTO revocation (id, revoked_at) VALUES (1, ?)', moment * 1_000);
  sql.exec('DELETE FROM stream_leases');
  return moment;
}

/** Passes only: the viewer stays signed in, and gets new passes for what is still open. */
export function revokePasses(sql: SqlStorage, nowMs: number): number {
  const moment = nextRevocation(Math.floor(nowMs / 1_000), readPassesRevokedAt(sql));
  sql.exec('INSERT OR REPLACE INTO pass_revocation (id, revoked_at) VALUES (1, ?)', moment * 1_000);
  return moment;
}

function readMoment(sql: SqlStorage, table: 'revocation' | 'pass_revocation'): number | null {
  const [row] = sql.exec<{ revoked_at: number }>(`SELECT revoked_at FROM ${table}`).toArray();
  return row === undefined ? null : row.revoked_at / 1_000;
}
