import { Hono } from 'hono';
import { importJWK } from 'jose';
import { z } from 'zod';
import { DEFAULT_TOKEN_TTL_SECONDS, MAX_TOKEN_TTL_SECONDS } from '#core/token/limits.ts';
import { readPublicJwk } from '#core/token/public-jwk.ts';
import { VIEWER_TOKEN_AUDIENCE, VIEWER_TOKEN_TYPE } from '#core/token/viewer-token.ts';
import { sha256Base64url } from '#shared/encoding.ts';
import { ProblemError } from '#shared/http/problem.ts';
import { deleteKeySource, listKeySources } from '../db/key-sources.ts';
import * as keys from '../db/keys.ts';
import { readJson, readOptionalJson } from '../http/body.ts';
import { iso, isoOrNull, type ApiContext, type ApiVariables } from '../http/context.ts';
import { matchedVersion, preconditionFailed, tagged, type Representation } from '../http/entity-tag.ts';
import { requireScope } from '../http/guards.ts';
import { idempotent } from '../http/idempotent.ts';
import { issueViewerToken, tokenInput } from '../issue-viewer-token.ts';
import { makeSigningKey } from '../own-signing-key.ts';
import { cannotRetire, KEYS_FULL, keySourceToWire, registerKeySource } from '../register-key-source.ts';

type App = Hono<{ Bindings: ApiEnv; Variables: ApiVariables }>;

export const viewerTokenRoutes: App = new Hono();
viewerTokenRoutes.post('/', requireScope('tokens'), async (c) => {
  const { viewerId, ttlSeconds, ...order } = await readJson(c.req.raw, tokenInput);
  return c.json(await issueViewerToken(c, viewerId, ttlSeconds ?? DEFAULT_TOKEN_TTL_SECONDS, order), 201);
});

const moment = z.iso.datetime({ offset: true });
export const newKey = z
  .strictObject({ jwk: z.looseObject({}).optional(), jwksUrl: z.string().optional(), retireAt: moment.nullish() })
  .refine(({ jwksUrl, jwk, retireAt }) => jwksUrl === undefined || (jwk === undefined && retireAt == null), {
    path: ['jwksUrl'],
    message: 'stands alone: the JWKS has the keys and says when they end',
  });

export const keyChange = z.strictObject({ retireAt: moment.nullable() });

export const signingKeyRoutes: App = new Hono();
signingKeyRoutes.use(requireScope('tokens'), idempotent({ showsSecret: true }));

/** Registers a backend's public key or the URL of its JWKS, or makes a pair and shows its private half this once. */
signingKeyRoutes.post('/', async (c) => {
  const input = await readOptionalJson(c.req.raw, newKey);
  if (input.jwksUrl !== undefined) {
    const { source, kids, leftOut } = await registerKeySource(c, input.jwksUrl);
    const live = await keys.listLiveSigningKeys(c.var.db, c.var.nowMs);
    const taken = live.filter(({ kid }) => kids.has(kid)).map(signingKeyToWire);
    return c.json({ source: keySourceToWire(source), keys: taken, leftOut }, 201);
  }
  const made = input.jwk === undefined ? await makeSigningKey(c.var.nowMs) : null;
  const key = made?.record ?? (await publicKeyRecord(input.jwk, c.var.nowMs));
  const record = { ...key, retireAt: input.retireAt == null ? null : Date.parse(input.retireAt) };
  const outcome = await keys.insertBackendKey(c.var.db, record);
  if (outcome === 'taken')
    throw new ProblemError({ code: 'conflict', detail: `A key with the kid ${record.kid} is there already.` });
  if (outcome === 'full') throw new ProblemError(KEYS_FULL);
  return c.json({ ...signingKeyToWire(record), ...(made ? { privateJwk: made.privateJwk } : {}) }, 201, {
    Location: `/v1/signing-keys/${record.kid}`,
  });
});

signingKeyRoutes.get('/', async (c) => {
  const items = (await keys.listLiveSigningKeys(c.var.db, c.var.nowMs)).map(signingKeyToWire);
  const sources = (await listKeySources(c.var.db)).map(keySourceToWire);
  return c.json({ items, sources, nextCursor: null });
});

signingKeyRoutes.delete('/sources/:source', async (c) => {
  if (!(await deleteKeySource(c.var.db, c.req.param('source'))))
    throw new ProblemError({ code: 'not-found', detail: 'No such JWKS source.' });
  return c.body(null, 204);
});

/** A rotation: the new key is registered, backends sign with it, and the old one ends at a time that all know. */
signingKeyRoutes.patch('/:kid', async (c) => {
  const { retireAt } = await readJson(c.req.raw, keyChange);
  const retireAtMs = retireAt === null ? null : Date.parse(retireAt);
  const kid = c.req.param('kid');
  const seen = await insistedKey(c, kid);
  const key = await keys.retireSigningKey(c.var.db, kid, retireAtMs, { nowMs: c.var.nowMs, seen });
  if (key === undefined) throw await cannotChange(c, kid, seen, () => cannotRetire(c.var.db, kid));
  return tagged(c, represented(key));
});

signingKeyRoutes.get('/:kid', async (c) => {
  const key = await liveKey(c, c.req.param('kid'));
  if (key === undefined) throw noSuchKey();
  return tagged(c, represented(key));
});

signingKeyRoutes.delete('/:kid', async (c) => {
  const kid = c.req.param('kid');
  const seen = await insistedKey(c, kid);
  if (!(await keys.revokeSigningKey(c.var.db, kid, { nowMs: c.var.nowMs, seen })))
    throw await cannotChange(c, kid, seen, async () => noSuchKey());
  return c.body(null, 204);
});

async function liveKey(c: ApiContext, kid: string): Promise<keys.SigningKeyRecord | undefined> {
  return (await keys.listLiveSigningKeys(c.var.db, c.var.nowMs)).find((each) => each.kid === kid);
}

function noSuchKey(): ProblemError {
  return new ProblemError({ code: 'not-found', detail: 'No such live signing key.' });
}

/** The key that the write must find as it is; null without If-Match. */
async function insistedKey(c: ApiContext, kid: string): Promise<keys.SigningKeyRecord | null> {
  if (c.req.header('If-Match') === undefined) return null;
  const key = await liveKey(c, kid);
  if (key === undefined) throw noSuchKey();
  return (await matchedVersion(c, represented(key))) === null ? null : key;
}

/** Why nothing was written: somebody else was before, or what `otherwise` says. */
async function cannotChange(
  c: ApiContext,
  kid: string,
  seen: keys.SigningKeyRecord | null,
  otherwise: () => Promise<ProblemError>,
): Promise<ProblemError> {
  const isStale = seen !== null && (await liveKey(c, kid))?.retireAt !== seen.retireAt;
  return isStale ? preconditionFailed() : otherwise();
}

function represented(key: keys.SigningKeyRecord): Representation {
  return { version: key.createdAt, body: signingKeyToWire(key) };
}

/** @see RFC 7517 5 */
export async function handleJwks(c: ApiContext): Promise<Response> {
  const live = await keys.listLiveSigningKeys(c.var.db, c.var.nowMs);
  return c.json({ keys: live.map((key) => key.publicJwk) }, 200, { 'Cache-Control': 'public, max-age=60' });
}

async function publicKeyRecord(input: unknown, nowMs: number) {
  const key = readPublicJwk(input);
  if (!key.ok) throw new ProblemError({ code: 'invalid-request', detail: `jwk: ${key.error.detail}.` });
  const { alg, members } = key.value;
  await importJWK({ ...members }, alg).catch(() => {
    throw new ProblemError({ code: 'invalid-request', detail: 'jwk: this is not a usable public key.' });
  });
  const kid = key.value.kid ?? (await sha256Base64url(JSON.stringify(members))).slice(0, 43);
  return { kid, alg, publicJwk: { ...members, kid, alg, use: 'sig' }, createdAt: nowMs };
}

/** Tells a backend what its tokens must say, so that nobody has to guess. */
function signingKeyToWire(key: {
  kid: string;
  alg: string;
  publicJwk: Record<string, unknown>;
  createdAt: number;
  retireAt: number | null;
  privateJwkSealed?: string | null;
  sourceId?: string | null;
}) {
  const { kid, alg, publicJwk } = key;
  // Ours, for POST /v1/viewer-tokens: an operator who tidies up should know which one that is.
  const managed = key.privateJwkSealed != null;
  const sourceId = key.sourceId ?? null;
  const token = {
    alg,
    kid,
    typ: VIEWER_TOKEN_TYPE,
    aud: VIEWER_TOKEN_AUDIENCE,
    requiredClaims: ['sub', 'aud', 'iat', 'exp', 'jti'],
    maxTtlSeconds: MAX_TOKEN_TTL_SECONDS,
  };
  const [createdAt, retireAt] = [iso(key.createdAt), isoOrNull(key.retireAt)];
  return { kid, alg, managed, sourceId, jwk: publicJwk, createdAt, retireAt, token };
}
