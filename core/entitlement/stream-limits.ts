import { MAX_PASS_TTL_SECONDS } from '../token/limits.ts';
import type { ViewerClaims } from '../token/viewer-token.ts';

/** How long after its last heartbeat a stream still counts (security.md TOK-16). */
export const LEASE_SECONDS = 60;
/** What players are told: two heartbeats in a row may be lost before a stream stops counting. */
export const HEARTBEAT_SECONDS = 20;
/** A device that was not seen for so long no longer counts: phones are replaced without a word. */
export const DEVICE_WINDOW_DAYS = 30;

/** How much of one viewer may play at a time, and on how many devices. null = not limited. */
export interface StreamLimits {
  readonly maxStreams: number | null;
  readonly maxDevices: number | null;
}

/** A token narrows what the deployment allows, and the other way round. */
export function tighterLimits(one: StreamLimits, other: StreamLimits): StreamLimits {
  return {
    maxStreams: tighter(one.maxStreams, other.maxStreams),
    maxDevices: tighter(one.maxDevices, other.maxDevices),
  };
}

function tighter(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.min(one, other);
}

/**
 * What counts as one stream: the session that the backend names, else the device, else the token. The first two stay
 * the same when a token is renewed. The prefix keeps a session and a device of one name apart.
 */
export function streamName(claims: Pick<ViewerClaims, 'sessionId' | 'deviceId' | 'tokenId'>): string {
  if (claims.sessionId !== null) return `sid:${claims.sessionId}`;
  return claims.deviceId === null ? `jti:${claims.tokenId}` : `did:${claims.deviceId}`;
}

/**
 * How long a playlist request counts when no heartbeat follows: a plain player sends none, and plays to the end. Not
 * longer than its pass.
 */
export function playlistHoldSeconds(durationSeconds: number): number {
  return Math.min(Math.ceil(durationSeconds) + LEASE_SECONDS, MAX_PASS_TTL_SECONDS);
}
