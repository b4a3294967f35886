import { checkPublicUrl } from '#core/net/public-url.ts';
import type { Problem } from '#core/problem/codes.ts';
import { MAX_BACKEND_KEYS, MAX_KEY_SOURCES } from '#core/token/limits.ts';
import { ProblemError } from '#shared/http/problem.ts';
import { deleteKeySource, insertKeySource, type KeySourceRecord } from './db/key-sources.ts';
import { findSigningKey } from './db/keys.ts';
import { iso, isoOrNull, makeId, type ApiContext, type Db } from './http/context.ts';
import { readSource, takenReason, type ReadSource } from './key-sources.ts';

export const KEYS_FULL: Problem = {
  code: 'conflict',
  detail: `${MAX_BACKEND_KEYS} keys are registered. Retire or delete one first: PATCH or DELETE /v1/signing-keys/{kid}.`,
};

/** Asks the URL before the answer, so that whoever registers it hears what is wrong with it. A refused one leaves no trace. */
export async function registerKeySource(
  c: ApiContext,
  url: string,
): Promise<ReadSource & { readonly source: KeySourceRecord }> {
  const { db, nowMs } = c.var;
  const allowed = checkPublicUrl(url, { allowLoopback: c.env.LOOPBACK_URLS === '1' });
  if (!allowed.ok) throw new ProblemError({ code: 'invalid-request', detail: `jwksUrl: ${allowed.error}.` });
  const source = { id: makeId('src', nowMs), url, askedAt: nowMs, fetchedAt: nowMs, failure: null, createdAt: nowMs };
  const outcome = await insertKeySource(db, { ...source, fetchedAt: null });
  if (outcome !== 'stored') throw new ProblemError(sourceConflict(outcome));
  const read = await readSource(c.env, db, source, nowMs).catch(async (thrown: unknown) => {
    await deleteKeySource(db, source.id);
    throw thrown;
  });
  const refusal = refuse(read);
  if (read.ok && refusal === null) return { ...read.value, source };
  await deleteKeySource(db, source.id);
  throw new ProblemError(refusal ?? KEYS_FULL);
}

function sourceConflict(outcome: 'taken' | 'full'): Problem {
  if (outcome === 'taken') return { code: 'conflict', detail: 'This jwksUrl is registered already.' };
  const detail = `${MAX_KEY_SOURCES} JWKS URLs are registered. Delete one first: DELETE /v1/signing-keys/sources/{source}.`;
  return { code: 'conflict', detail };
}

function refuse(read: Awaited<ReturnType<typeof readSource>>): Problem | null {
  if (!read.ok) return { code: 'jwks-unusable', detail: `jwksUrl: ${read.error}.` };
  const { takenKids, kids } = read.value;
  if (takenKids.length > 0) return { code: 'conflict', detail: `jwksUrl: ${takenReason(takenKids)}.` };
  return kids.size === 0 ? KEYS_FULL : null;
}

/** Why a key cannot be given an end: there is none, or its JWKS says when it ends. */
export async function cannotRetire(db: Db, kid: string): Promise<ProblemError> {
  const key = await findSigningKey(db, kid);
  if (key?.sourceId == null) return new ProblemError({ code: 'not-found', detail: 'No such live signing key.' });
  const detail = 'This key ends when its JWKS no longer names it. DELETE it to end it now.';
  return new ProblemError({ code: 'conflict', detail });
}

export function keySourceToWire({ id, url, createdAt, askedAt, fetchedAt, failure }: KeySourceRecord) {
  return {
    id,
    jwksUrl: url,
    createdAt: iso(createdAt),
    askedAt: iso(askedAt),
    fetchedAt: isoOrNull(fetchedAt),
    failure,
  };
}
