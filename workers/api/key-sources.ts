import { ok, type Result } from '#core/result.ts';
import { takeKeys, type LeftOutKey } from '#core/token/jwks.ts';
import { MAX_BACKEND_KEYS } from '#core/token/limits.ts';
import { log } from '#shared/log.ts';
import {
  isLive,
  listSourceKeys,
  listTakenKids,
  recordFailure,
  storeSourceKeys,
  takeTurns,
  type KeySourceRecord,
} from './db/key-sources.ts';
import { fetchJwks } from './fetch-jwks.ts';
import { openDb, type Db } from './http/context.ts';

type SourceEnv = Pick<ApiEnv, 'DB' | 'LOOPBACK_URLS'>;

/** Asks the sources whose turn it is. One that fails keeps its keys until their lease ends. */
export async function refreshSources(env: SourceEnv, which: 'due' | 'cooled', nowMs: number): Promise<void> {
  const db = openDb(env.DB);
  const sources = await takeTurns(db, which, nowMs);
  await Promise.all(sources.map((source) => refreshSource(env, db, source, nowMs)));
}

async function refreshSource(env: SourceEnv, db: Db, source: KeySourceRecord, nowMs: number): Promise<void> {
  const taken = await readSource(env, db, source, nowMs);
  if (taken.ok && taken.value.takenKids.length === 0) return;
  const reason = taken.ok ? takenReason(taken.value.takenKids) : taken.error;
  await recordFailure(db, source.id, reason);
  log('warn', 'jwks_failed', { sourceId: source.id, reason });
}

export interface ReadSource {
  /** That verify from now on. */
  readonly kids: ReadonlySet<string>;
  readonly leftOut: readonly LeftOutKey[];
  /** Left out because they name another key, or one that was revoked. */
  readonly takenKids: readonly string[];
}

/** Fetches a stored source and stores what it names. */
export async function readSource(
  env: SourceEnv,
  db: Db,
  { id, url }: KeySourceRecord,
  nowMs: number,
): Promise<Result<ReadSource, string>> {
  const jwks = await fetchJwks(url, env.LOOPBACK_URLS === '1');
  if (!jwks.ok) return jwks;
  const stored = await listSourceKeys(db, id);
  const live = new Set(stored.filter((key) => isLive(key, nowMs)).map(({ kid }) => kid));
  const { keys, leftOut } = takeKeys(jwks.value, live, MAX_BACKEND_KEYS);
  const kids = await storeSourceKeys(db, id, keys, nowMs);
  const refused = keys.map(({ kid }) => kid).filter((kid) => !kids.has(kid));
  const ownKids = new Set(stored.filter(({ revokedAt }) => revokedAt === null).map(({ kid }) => kid));
  const takenKids = (await listTakenKids(db, refused)).filter((kid) => !ownKids.has(kid));
  const reasonFor = (kid: string) => (takenKids.includes(kid) ? takenReason([kid]) : FULL_REASON);
  return ok({ kids, leftOut: [...leftOut, ...refused.map((kid) => ({ kid, reason: reasonFor(kid) }))], takenKids });
}

const FULL_REASON = `${MAX_BACKEND_KEYS} keys are live already`;

export function takenReason(kids: readonly string[]): string {
  return `the kid ${kids.join(', ')} names another key or one that was revoked; a kid names one key for ever`;
}
