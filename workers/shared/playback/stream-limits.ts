import { streamName, tighterLimits, type StreamLimits } from '#core/entitlement/stream-limits.ts';
import type { Problem } from '#core/problem/codes.ts';
import { err, ok, type Result } from '#core/result.ts';
import { MAX_VIEWER_LIMIT } from '#core/token/limits.ts';
import type { ViewerClaims } from '#core/token/viewer-token.ts';
import type { StreamOrder, StreamReply } from '../viewer/rpc.ts';

/** The deployment's own limits; a token may only narrow them. */
export interface StreamVars {
  readonly MAX_STREAMS: string;
  readonly MAX_DEVICES: string;
}

/** What the viewer's object is asked for one stream; null where nothing is limited, and then nothing is asked. */
export function streamOrder(
  env: StreamVars,
  claims: ViewerClaims,
  holdSeconds: number,
): Result<StreamOrder | null, Problem> {
  const { maxStreams, maxDevices } = limitsOf(env, claims);
  if (maxStreams === null && maxDevices === null) return ok(null);
  if (maxDevices !== null && claims.deviceId === null) {
    const detail = 'Devices are limited here: the viewer token must name its device as did.';
    return err({ code: 'token-invalid', detail });
  }
  return ok({
    stream: streamName(claims),
    deviceId: claims.deviceId,
    issuedAtSeconds: claims.issuedAtSeconds,
    maxStreams,
    maxDevices,
    holdMs: holdSeconds * 1_000,
  });
}

/** null for a stream that may play. */
export function streamProblem(reply: StreamReply): Problem | null {
  switch (reply.outcome) {
    case 'held':
      return null;
    case 'too-many-streams': {
      const sessions = reply.startedAtMs.map((ms) => ({ startedAt: new Date(ms).toISOString() }));
      const detail = 'Stop one of the others. The place of a player that is gone comes free by itself.';
      return { code: 'concurrency-limit', detail, members: { limit: reply.limit, sessions } };
    }
    case 'too-many-devices': {
      const detail = 'Free one with DELETE /v1/viewers/{viewerId}/devices/{device}.';
      return { code: 'device-limit', detail, members: { limit: reply.limit } };
    }
    case 'revoked':
      return TOKEN_REVOKED;
  }
}

export const TOKEN_REVOKED: Problem = { code: 'token-revoked', detail: 'Ask your backend for a new viewer token.' };

function limitsOf(env: StreamVars, claims: ViewerClaims): StreamLimits {
  const deployment = {
    maxStreams: readLimit('MAX_STREAMS', env.MAX_STREAMS),
    maxDevices: readLimit('MAX_DEVICES', env.MAX_DEVICES),
  };
  return tighterLimits(deployment, claims);
}

/** A limit that cannot be read stops everything, at the first request: taken for "off" it would never be noticed. */
function readLimit(name: string, value: string | undefined): number | null {
  const text = String(value ?? '');
  if (text === '' || text === '0') return null;
  if (/^[1-9][0-9]{0,2}$/.test(text) && Number(text) <= MAX_VIEWER_LIMIT) return Number(text);
  throw new Error(`${name} must be a whole number from 0 to ${MAX_VIEWER_LIMIT}`);
}
