import { encodeStartHeader, START_CONTENT_TYPE } from '#core/start/header.ts';
import { MAX_START_SEGMENTS } from '#core/start/limits.ts';
import { MAX_PASS_TTL_SECONDS } from '#core/token/limits.ts';
import type { MediaPath } from '#core/token/media-pass.ts';
import { problemResponse } from '#shared/http/problem.ts';
import { GONE, type MediaPlace } from '../media-object.ts';
import { segmentSigner } from '../segment-signer.ts';
import { cancelParts, openStart, streamStart } from '../start-bundle.ts';

/**
 * `GET /m/{pass}/{asset}/{version}/v{n}/start?segments=&playlists=&head=`: what a start needs in one answer. The pass was
 * checked as for a segment, and no part lies beyond it. Always whole: a Range is passed over (RFC 9110 14.2 allows it).
 */
export async function serveStart(place: MediaPlace, path: MediaPath, rendition: number): Promise<Response> {
  const { request, env, ctx } = place;
  const query = parseStartQuery(new URL(request.url).searchParams);
  if (query === null)
    return problemResponse({
      code: 'invalid-request',
      detail: `segments is a number from 1 to ${MAX_START_SEGMENTS}.`,
    });
  if (segmentSigner(env, 0) !== null)
    return problemResponse({
      code: 'not-found',
      detail: 'Segments come from a CDN here: there is no start-up bundle.',
    });
  const segmentCount = Math.min(query.segments, path.pass.segmentCount);
  const parts = await openStart(place, path, { rendition, ...query, segmentCount });
  if (parts === null) return problemResponse(GONE);
  const sizeBytes = parts.reduce((sum, part) => sum + part.sizeBytes, encodeStartHeader(parts).byteLength);
  const headers = {
    'Content-Type': START_CONTENT_TYPE,
    // HEAD reads nothing, so it can't tell where a head ends (RFC 9110 9.3.2 lets it be silent).
    ...(query.isHead && request.method === 'HEAD' ? {} : { 'Content-Length': String(sizeBytes) }),
    // Under one viewer's pass, and of no use when that has lapsed.
    'Cache-Control': `private, max-age=${MAX_PASS_TTL_SECONDS}, immutable`,
    'Cache-Status': `cliffhanger; ${parts.every(({ isHit }) => isHit) ? 'hit' : 'fwd=miss'}`,
    'X-Content-Type-Options': 'nosniff',
  };
  if (request.method !== 'HEAD') return new Response(streamStart(parts, ctx), { headers });
  await cancelParts(parts);
  return new Response(null, { headers });
}

function parseStartQuery(
  params: URLSearchParams,
): { segments: number; revision: number | null; isHead: boolean } | null {
  const segments = params.get('segments') ?? '1';
  const revision = params.get('revision') ?? '0';
  if (!/^[1-9]$/.test(segments) || Number(segments) > MAX_START_SEGMENTS) return null;
  if (!/^(0|[1-9][0-9]{0,3})$/.test(revision)) return null;
  const isHead = params.get('head') === '1' && segments === '1';
  return { segments: Number(segments), revision: params.get('playlists') === '1' ? Number(revision) : null, isHead };
}
