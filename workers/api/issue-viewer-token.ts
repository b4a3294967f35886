import { z } from 'zod';
import { MAX_TOKEN_TTL_SECONDS, VIEWER_ID_PATTERN } from '#core/token/limits.ts';
import { readRestrictions } from '#core/token/restriction-claims.ts';
import { randomBytes, toBase64url } from '#shared/encoding.ts';
import { ProblemError } from '#shared/http/problem.ts';
import { viewerObject } from '#shared/playback/decide-episode.ts';
import { iso, type ApiContext } from './http/context.ts';
import { refuseErased } from './http/merged.ts';
import { loadOwnSigningKey } from './own-signing-key.ts';
import { signViewerToken } from './sign-viewer-token.ts';

/** Bounded here so that the document can say so; each claim's own rule is narrower. */
const list = z.array(z.string()).max(100).optional();

/** Restrictions under the names that the rest of the API uses; their rules are the claims' own (readRestrictions). */
export const tokenInput = z.strictObject({
  viewerId: z.string().regex(VIEWER_ID_PATTERN, '1 to 64 of [A-Za-z0-9._~-]'),
  ttlSeconds: z.int().min(1).max(MAX_TOKEN_TTL_SECONDS).optional(),
  sessionId: z
    .string()
    .regex(/^[\x21-\x7e]{1,128}$/)
    .optional(),
  maxHeight: z.int().min(1).max(10_000).optional(),
  series: z.string().optional(),
  episodeNumbers: z.strictObject({ from: z.int(), to: z.int() }).optional(),
  episodeIds: list,
  previewSeconds: z.int().optional(),
  countries: list,
  ipPrefix: z.string().optional(),
  userAgents: list,
  deviceId: z.string().optional(),
  maxStreams: z.int().optional(),
  maxDevices: z.int().optional(),
  entitlements: list,
});

export type TokenOrder = Omit<z.infer<typeof tokenInput>, 'viewerId' | 'ttlSeconds'>;

export async function issueViewerToken(c: ApiContext, viewerId: string, ttlSeconds: number, order: TokenOrder) {
  const claims = toClaims(order);
  const restrictions = readRestrictions(claims);
  if (!restrictions.ok)
    throw new ProblemError({ code: 'invalid-request', detail: `As a claim, ${restrictions.error}.` });
  await refuseErased(c.env, viewerId);
  // A token made in the very second of a revocation comes after it, and must not look as if it came before.
  const revokedAtSeconds = await viewerObject(c.env.VIEWERS, viewerId).revokedAt();
  const issuedAtSeconds = Math.max(Math.floor(c.var.nowMs / 1_000), (revokedAtSeconds ?? 0) + 1);
  return sign(c, { viewerId, issuedAtSeconds, ttlSeconds }, claims);
}

/** Of a viewer that nobody has heard of before: nothing can be revoked or erased of them, and no object is made to ask. */
export function issueGuestToken(c: ApiContext, viewerId: string, ttlSeconds: number) {
  return sign(c, { viewerId, issuedAtSeconds: Math.floor(c.var.nowMs / 1_000), ttlSeconds }, {});
}

interface Issue {
  readonly viewerId: string;
  readonly issuedAtSeconds: number;
  readonly ttlSeconds: number;
}

async function sign(c: ApiContext, { viewerId, issuedAtSeconds, ttlSeconds }: Issue, claims: Record<string, unknown>) {
  const { kid, privateJwk } = await loadOwnSigningKey(c.var.db, c.env.MASTER_SECRET, c.var.nowMs);
  const expiresAtSeconds = issuedAtSeconds + ttlSeconds;
  const core = { viewerId, tokenId: toBase64url(randomBytes(15)), issuedAtSeconds, expiresAtSeconds };
  return {
    token: await signViewerToken(privateJwk, kid, core, claims),
    expiresAt: iso(expiresAtSeconds * 1_000),
    viewerId,
  };
}

function toClaims(order: TokenOrder): Record<string, unknown> {
  const range = order.episodeNumbers;
  const claims = {
    sid: order.sessionId,
    mxh: order.maxHeight,
    srs: order.series,
    eps: range && [range.from, range.to],
    ep: order.episodeIds,
    prv: order.previewSeconds,
    geo: order.countries,
    ipp: order.ipPrefix,
    uaf: order.userAgents,
    did: order.deviceId,
    mxs: order.maxStreams,
    mxd: order.maxDevices,
    ent: order.entitlements,
  };
  return Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));
}
