import type { Problem } from '#core/problem/codes.ts';
import { checkPassBounds, parseMediaPath, type MediaPath, type PassDenial } from '#core/token/media-pass.ts';
import { problemResponse } from '#shared/http/problem.ts';
import { verifyPassTag } from '#shared/keys/media-pass-key.ts';
import { openImported } from '../imported-version.ts';
import { serveObject } from '../media-object.ts';
import { mediaText, multivariantText } from '../playlists.ts';
import { checkRevoked, revocationProblem } from '../revocation-list.ts';
import { segmentSigner } from '../segment-signer.ts';

/** `/m/{pass}/…`: one strict expression, bounds, signature, then cache or bucket. No JWT, no Durable Object, D1 once in 5 s. */
export async function handleMedia(
  request: Request,
  env: PlaybackEnv,
  ctx: ExecutionContext,
  pathname: string,
): Promise<Response> {
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return problemResponse({ code: 'method-not-allowed' }, { Allow: 'GET, HEAD' });
  const path = parseMediaPath(pathname);
  if (path === null) return problemResponse({ code: 'not-found' });
  const bounds = checkPassBounds(path, Math.floor(Date.now() / 1_000));
  if (!bounds.ok) return problemResponse(denialToProblem(bounds.error));
  if (!(await verifyPassTag(env.MASTER_SECRET, path))) return problemResponse({ code: 'pass-invalid' });
  const revocation = await checkRevoked(env.DB, path, Date.now(), ctx);
  if (revocation !== 'good') return problemResponse(revocationProblem(revocation));
  if (path.object.kind === 'imported' || path.object.kind === 'imported-playlist') {
    return serveImported(request, env, ctx, path);
  }
  const isPlaylist = path.object.kind === 'multivariant' || path.object.kind === 'media-playlist';
  return isPlaylist ? servePlaylist(request, env, path) : serveObject(request, env.MEDIA, path, ctx);
}

/** Of HLS that another encoder wrote: the pass held, and the version's map says whether it covers this. */
async function serveImported(
  request: Request,
  env: PlaybackEnv,
  ctx: ExecutionContext,
  path: MediaPath,
): Promise<Response> {
  const opened = await openImported(env.MEDIA, path);
  switch (opened.kind) {
    case 'missing':
      return problemResponse({ code: 'not-found', detail: 'This version has no such object.' });
    case 'denied':
      return problemResponse(denialToProblem(opened.denial));
    case 'playlist':
      return playlistResponse(request, opened.text);
    case 'object':
      return serveObject(request, opened.store, path, ctx);
  }
}

async function servePlaylist(request: Request, env: PlaybackEnv, path: MediaPath): Promise<Response> {
  const { object } = path;
  const text =
    object.kind === 'media-playlist'
      ? await mediaText(env.MEDIA, path, object.rendition, segmentSigner(env, Math.floor(Date.now() / 1_000)))
      : await multivariantText(env.MEDIA, path, '');
  if (text === null)
    return problemResponse({
      code: 'not-found',
      detail: 'This version is no longer stored. Ask for the playlist again.',
    });
  return playlistResponse(request, text);
}

/** Per viewer, so no cache may keep it. */
export function playlistResponse(request: Request, text: string): Response {
  const headers = { 'Content-Type': 'application/vnd.apple.mpegurl', 'Cache-Control': 'private, no-store' };
  return new Response(request.method === 'HEAD' ? null : text, { headers });
}

function denialToProblem(denial: PassDenial): Problem {
  switch (denial.reason) {
    case 'pass_expired':
    case 'key_retired':
      return { code: 'pass-expired', detail: 'Ask for the playlist or the feed again to get a new media pass.' };
    case 'rendition_not_covered':
      return { code: 'pass-out-of-bounds', detail: 'This rendition is above what this pass may play.' };
    case 'segment_not_covered':
      return { code: 'pass-out-of-bounds', detail: 'This pass ends before this segment. Unlock the episode to go on.' };
  }
}
