import { Hono } from 'hono';
import { importJWK } from 'jose';
import { z } from 'zod';
import { DEFAULT_TOKEN_TTL_SECONDS, MAX_BACKEND_KEYS, MAX_TOKEN_TTL_SECONDS } from '#core/token/limits.ts';
import { VIEWER_TOKEN_AUDIENCE, VIEWER_TOKEN_TYPE, type ViewerTokenAlgorithm } from '#core/token/viewer-token.ts';
import { sha256Base64url } from '#shared/encoding.ts';
import { ProblemError } from '#shared/http/problem.ts';
import * as keys from '../db/keys.ts';
import { readJson, readOptionalJson } from '../http/body.ts';
import { iso, isoOrNull, type ApiContext, type ApiVariables } from '../http/context.ts';
import { requireScope } from '../http/guards.ts';
import { issueViewerToken, tokenInput } from '../issue-viewer-token.ts';
import { makeSigningKey } from '../own-signing-key.ts';

type App = Hono<{ Bindings: ApiEnv; Variables: ApiVariables }>;

export const viewerTokenRoutes: App = new Hono();
viewerTokenRoutes.post('/', requireScope('tokens'), async (c) => {
  const { viewerId, ttlSeconds, ...order } = await readJson(c.req.raw, tokenInput);
  return c.json(await issueViewerToken(c, viewerId, ttlSeconds ?? DEFAULT_TOKEN_TTL_SECONDS, order), 201);
});

const jwk = z.looseObject({
  kty: z.enum(['EC', 'OKP', 'RSA']),
  kid: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/)
    .optional(),
  alg: z.string().optional(),
  crv: z.string().optional(),
});

const moment = z.iso.datetime({ offset: true });

export const signingKeyRoutes: App = new Hono();
signingKeyRoutes.use(requireScope('tokens'));

/** Registers a backend's public key, or makes a pair and shows its private half this once. */
signingKeyRoutes.post('/', async (c) => {
  const input = await readOptionalJson(c.req.raw, z.strictObject({ jwk: jwk.optional(), retireAt: moment.nullish() }));
  const made = input.jwk === undefined ? await makeSigningKey(c.var.nowMs) : null;
  const key = made?.record ?? (await publicKeyRecord(input.jwk ?? { kty: 'EC' }, c.var.nowMs));
  const record = { ...key, retireAt: input.retireAt == null ? null : Date.parse(input.retireAt) };
  const outcome = await keys.insertBackendKey(c.var.db, record);
  if (outcome === 'taken')
    throw new ProblemError({ code: 'conflict', detail: `A key with the kid ${record.kid} is there already.` });
  if (outcome === 'full') {
    const detail = `${MAX_BACKEND_KEYS} keys are registered. Retire or delete one first: PATCH or DELETE /v1/signing-keys/{kid}.`;
    throw new ProblemError({ code: 'conflict', detail });
  }
  return c.json({ ...signingKeyToWire(record), ...(made ? { privateJwk: made.privateJwk } : {}) }, 201);
});

signingKeyRoutes.get('/', async (c) =>
  c.json({ items: (await keys.listLiveSigningKeys(c.var.db, c.var.nowMs)).map(signingKeyToWire), nextCursor: null }),
);

/** A rotation: the new key is registered, backends sign with it, and the old one ends at a time that all know. */
signingKeyRoutes.patch('/:kid', async (c) => {
  const { retireAt } = await readJson(c.req.raw, z.strictObject({ retireAt: moment.nullable() }));
  const retireAtMs = retireAt === null ? null : Date.parse(retireAt);
  const key = await keys.retireSigningKey(c.var.db, c.req.param('kid'), retireAtMs, c.var.nowMs);
  if (key === undefined) throw new ProblemError({ code: 'not-found', detail: 'No such live signing key.' });
  return c.json(signingKeyToWire(key));
});

signingKeyRoutes.delete('/:kid', async (c) => {
  if (!(await keys.revokeSigningKey(c.var.db, c.req.param('kid'), c.var.nowMs)))
    throw new ProblemError({ code: 'not-found', detail: 'No such live signing key.' });
  return c.body(null, 204);
});

/** @see RFC 7517 5 */
export async function handleJwks(c: ApiContext): Promise<Response> {
  const live = await keys.listLiveSigningKeys(c.var.db, c.var.nowMs);
  return c.json({ keys: live.map((key) => key.publicJwk) }, 200, { 'Cache-Control': 'public, max-age=60' });
}

/** Keeps the public members only: a private half that was sent by mistake is refused, not stored. */
async function publicKeyRecord(key: z.infer<typeof jwk>, nowMs: number) {
  if (['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'].some((member) => member in key)) {
    throw new ProblemError({
      code: 'invalid-request',
      detail: 'jwk: send the public key only, and replace this one: its private half was just sent over the wire.',
    });
  }
  const alg = algorithmOf(key);
  const { kty, crv } = key;
  const pick = (member: string) => (typeof key[member] === 'string' ? { [member]: key[member] } : {});
  const members = {
    kty,
    ...(crv === undefined ? {} : { crv }),
    ...pick('x'),
    ...pick('y'),
    ...pick('n'),
    ...pick('e'),
  };
  await importJWK(members, alg).catch(() => {
    throw new ProblemError({ code: 'invalid-request', detail: 'jwk: this is not a usable public key.' });
  });
  if (kty === 'RSA' && (typeof key['n'] !== 'string' || key['n'].length < 342))
    throw new ProblemError({ code: 'invalid-request', detail: 'jwk: an RSA key needs at least 2048 bits.' });
  const kid = key.kid ?? (await sha256Base64url(JSON.stringify(members))).slice(0, 43);
  return { kid, alg, publicJwk: { ...members, kid, alg, use: 'sig' }, createdAt: nowMs };
}

function algorithmOf(key: z.infer<typeof jwk>): ViewerTokenAlgorithm {
  if (key.kty === 'EC' && key.crv === 'P-256') return 'ES256';
  if (key.kty === 'OKP' && key.crv === 'Ed25519') return 'EdDSA';
  if (key.kty === 'RSA') return 'RS256';
  throw new ProblemError({
    code: 'invalid-request',
    detail: 'jwk: use EC P-256 (ES256), OKP Ed25519 (EdDSA) or RSA (RS256).',
  });
}

/** Tells a backend what its tokens must say, so that nobody has to guess. */
function signingKeyToWire(key: {
  kid: string;
  alg: string;
  publicJwk: Record<string, unknown>;
  createdAt: number;
  retireAt: number | null;
  privateJwkSealed?: string | null;
}) {
  const { kid, alg, publicJwk } = key;
  // Ours, for POST /v1/viewer-tokens: an operator who tidies up should know which one that is.
  const managed = key.privateJwkSealed != null;
  const token = {
    alg,
    kid,
    typ: VIEWER_TOKEN_TYPE,
    aud: VIEWER_TOKEN_AUDIENCE,
    requiredClaims: ['sub', 'aud', 'iat', 'exp', 'jti'],
    maxTtlSeconds: MAX_TOKEN_TTL_SECONDS,
  };
  return { kid, alg, managed, jwk: publicJwk, createdAt: iso(key.createdAt), retireAt: isoOrNull(key.retireAt), token };
}
