import type { Context } from 'hono';
import type { HeartbeatWire } from '#core/catalog/feed-wire.ts';
import { HEARTBEAT_SECONDS, LEASE_SECONDS } from '#core/entitlement/stream-limits.ts';
import type { Problem } from '#core/problem/codes.ts';
import { ok, type Result } from '#core/result.ts';
import { problemResponse } from '#shared/http/problem.ts';
import { authenticateViewer } from '#shared/http/viewer-auth.ts';
import { viewerObject } from '#shared/playback/decide-episode.ts';
import { streamOrder, streamProblem } from '#shared/playback/stream-limits.ts';
import type { StreamOrder, ViewerRpc } from '#shared/viewer/rpc.ts';

const NOT_COUNTED: HeartbeatWire = { expiresAt: null, nextHeartbeatSeconds: null };
const PRIVATE = { 'Cache-Control': 'private, no-store' };

/** `POST /v1/me/heartbeat`: this stream plays on. One that lapsed in a tunnel takes its place again, if there is one. */
export async function handleHeartbeat(c: Context<{ Bindings: PlaybackEnv }>): Promise<Response> {
  const nowMs = Date.now();
  const asked = await orderOf(c, nowMs);
  if (!asked.ok) return problemResponse(asked.error);
  if (asked.value === null) return c.json(NOT_COUNTED, 200, PRIVATE);
  const { viewer, order } = asked.value;
  const reply = await viewer.heartbeat({ order, nowMs });
  if (reply.outcome !== 'held') return problemResponse(streamProblem(reply) ?? { code: 'internal-error' });
  if (reply.lapsesAtMs === null) return c.json(NOT_COUNTED, 200, PRIVATE);
  const body: HeartbeatWire = {
    expiresAt: new Date(reply.lapsesAtMs).toISOString(),
    nextHeartbeatSeconds: HEARTBEAT_SECONDS,
  };
  return c.json(body, 200, PRIVATE);
}

/** `DELETE /v1/me/session`: the viewer is done, and the place is free at once. */
export async function handleSessionEnd(c: Context<{ Bindings: PlaybackEnv }>): Promise<Response> {
  const asked = await orderOf(c, Date.now());
  if (!asked.ok) return problemResponse(asked.error);
  if (asked.value !== null) {
    const { stream, issuedAtSeconds } = asked.value.order;
    await asked.value.viewer.endStream({ stream, issuedAtSeconds, onlyUnused: false });
  }
  return c.body(null, 204);
}

/** null where nothing is limited: then the viewer's object is not asked. */
async function orderOf(
  c: Context<{ Bindings: PlaybackEnv }>,
  nowMs: number,
): Promise<Result<{ viewer: ViewerRpc; order: StreamOrder } | null, Problem>> {
  const claims = await authenticateViewer(c.env, c.req.raw, nowMs);
  if (!claims.ok) return claims;
  const order = streamOrder(c.env, claims.value, LEASE_SECONDS);
  if (!order.ok || order.value === null) return order.ok ? ok(null) : order;
  return ok({ viewer: viewerObject(c.env.VIEWERS, claims.value.viewerId), order: order.value });
}
