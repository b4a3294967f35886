import type { Problem } from '#core/problem/codes.ts';
import {
  checkPassBounds,
  parseMediaPath,
  type MediaObject,
  type MediaPath,
  type PassDenial,
} from '#core/token/media-pass.ts';
import { problemResponse } from '#shared/http/problem.ts';
import { verifyPassTag } from '#shared/keys/media-pass-key.ts';
import { contentKeyOf } from '../content-keys.ts';
import { openImported } from '../imported-version.ts';
import { GONE, serveObject } from '../media-object.ts';
import { mediaText, multivariantText } from '../playlists.ts';
import { checkRevoked, revocationProblem } from '../revocation-list.ts';
import { segmentSigner } from '../segment-signer.ts';
import { serveContentKey, serveLicense } from './content-key.ts';
import { serveStart } from './start.ts';

/** `/m/{pass}/…`: one strict expression, bounds, signature, then cache or bucket. No JWT, no Durable Object, D1 once in 5 s. */
export async function handleMedia(
  request: Request,
  env: PlaybackEnv,
  ctx: ExecutionContext,
  pathname: string,
): Promise<Response> {
  const path = parseMediaPath(pathname);
  const methods = path?.object.kind === 'license' ? ['POST'] : ['GET', 'HEAD'];
  if (!methods.includes(request.method))
    return problemResponse({ code: 'method-not-allowed' }, { Allow: methods.join(', ') });
  if (path === null) return problemResponse({ code: 'not-found' });
  const bounds = checkPassBounds(path, Math.floor(Date.now() / 1_000));
  if (!bounds.ok) return problemResponse(denialToProblem(bounds.error));
  if (!(await verifyPassTag(env.MASTER_SECRET, path))) return problemResponse({ code: 'pass-invalid' });
  const revocation = await checkRevoked(env.DB, path, Date.now(), ctx);
  if (revocation !== 'good') return problemResponse(revocationProblem(revocation));
  return serve(request, env, ctx, path);
}

/** The pass held: what is left is which object, and where it comes from. */
function serve(request: Request, env: PlaybackEnv, ctx: ExecutionContext, path: MediaPath): Promise<Response> {
  const { object } = path;
  switch (object.kind) {
    case 'imported':
    case 'imported-playlist':
      return serveImported(request, env, ctx, path);
    case 'multivariant':
    case 'media-playlist':
    case 'i-frames':
    case 'track-playlist':
      return servePlaylist(request, env, path, object);
    case 'start':
      return serveStart({ request, env, ctx }, path, object.rendition);
    case 'key':
      return serveContentKey(request, env.MASTER_SECRET, path, object.sealed);
    case 'license':
      return serveLicense(request, env.MASTER_SECRET, path, object.sealed);
    case 'init':
    case 'segment':
    case 'track':
    case 'poster':
    case 'preview':
    case 'storyboard':
      return serveObject(request, env, path, ctx);
  }
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
      return serveObject(request, env, path, ctx, opened.at);
  }
}

type PlaylistObject = Extract<MediaObject, { kind: 'multivariant' | 'media-playlist' | 'i-frames' | 'track-playlist' }>;

async function servePlaylist(
  request: Request,
  env: PlaybackEnv,
  path: MediaPath,
  object: PlaylistObject,
): Promise<Response> {
  const text =
    object.kind === 'multivariant'
      ? await multivariantText(env.MEDIA, path, '', object.revision)
      : await mediaText(env.MEDIA, path, object, {
          signer: segmentSigner(env, Math.floor(Date.now() / 1_000)),
          contentKey: contentKeyOf(env.DB, path.version),
        });
  if (text === null) return problemResponse(GONE);
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
      // Also of a key, which a pass for images only does not open.
      return { code: 'pass-out-of-bounds', detail: 'This pass ends before this segment. Unlock the episode to go on.' };
  }
}
