import { loadPolicy, storePolicy, type PolicyRecord, type PolicyScope } from '../db/catalog.ts';
import { readJson } from '../http/body.ts';
import type { ApiContext } from '../http/context.ts';
import { matchedVersion, preconditionFailed, tagged } from '../http/entity-tag.ts';
import { accessPolicyInput } from './catalog-schemas.ts';

/** The access policy of a series, a season or an episode: one way of reading and writing it for all three. */
export async function getPolicy(c: ApiContext, scope: PolicyScope, scopeId: string): Promise<Response> {
  return tagged(c, represented(await loadPolicy(c.var.db, scope, scopeId)));
}

export async function putPolicy(c: ApiContext, scope: PolicyScope, scopeId: string): Promise<Response> {
  const { db, nowMs } = c.var;
  const version =
    c.req.header('If-Match') === undefined
      ? null
      : await matchedVersion(c, represented(await loadPolicy(db, scope, scopeId)));
  const policy = await readJson(c.req.raw, accessPolicyInput);
  const stored = await storePolicy(db, { scope, scopeId, version }, policy, nowMs);
  if (stored === null) throw preconditionFailed();
  return tagged(c, represented(stored));
}

/** What nobody has put is there as version 0, empty. */
function represented(stored: PolicyRecord | null) {
  const version = stored?.version ?? 0;
  return { version, body: { ...stored?.policy, version } };
}
