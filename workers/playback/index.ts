import { Hono } from 'hono/tiny';
import { callBinding, unavailableProblem } from '#shared/binding-call.ts';
import { problemResponse } from '#shared/http/problem.ts';
import { log, reasonOf } from '#shared/log.ts';
import { observe } from './observe.ts';
import { handleFeed } from './routes/feed.ts';
import { handleMedia } from './routes/media.ts';
import { handleNext } from './routes/next.ts';
import { handlePlaylist } from './routes/playlist.ts';
import { handleHeartbeat, handleSessionEnd } from './routes/session.ts';
import { handleUnlock } from './routes/unlock.ts';
import { handleWatch } from './routes/watch.ts';

export { CachedMedia } from './cached-media.ts';

const app = new Hono<{ Bindings: PlaybackEnv }>();

app.get('/health', (c) => c.json({ ok: true }));
app.get('/v1/episodes/:episode/playlist.m3u8', handlePlaylist);
app.get('/v1/episodes/:episode/next', handleNext);
app.get('/v1/feed', handleFeed);
app.get('/watch/:episode', handleWatch);
app.post('/v1/me/heartbeat', handleHeartbeat);
app.delete('/v1/me/session', handleSessionEnd);
app.post('/v1/me/unlocks', handleUnlock);
app.all('/health', only('GET, HEAD'));
app.all('/v1/episodes/:episode/playlist.m3u8', only('GET, HEAD'));
app.all('/v1/episodes/:episode/next', only('GET, HEAD'));
app.all('/v1/feed', only('GET, HEAD'));
app.all('/watch/:episode', only('GET, HEAD'));
app.all('/v1/me/heartbeat', only('POST'));
app.all('/v1/me/session', only('DELETE'));
app.all('/v1/events', (c) => callBinding('beacons', () => c.env.ANALYTICS.fetch(c.req.raw)));
app.all('/v1/analytics/*', (c) => c.env.ANALYTICS.fetch(c.req.raw));
app.all('/v1/*', (c) => c.env.API.fetch(c.req.raw));
app.all('/.well-known/*', (c) => c.env.API.fetch(c.req.raw));
app.get('*', async (c) => {
  const file = await c.env.SITE.fetch(c.req.raw);
  return file.status === 404 ? c.notFound() : file;
});
app.notFound(() => problemResponse({ code: 'not-found', detail: 'No such path. The README lists them.' }));
app.onError(failed);

/** What was thrown, as the caller may know it: a part that is down is told apart from a mistake of ours. */
function failed(thrown: unknown): Response {
  const unavailable = unavailableProblem(thrown);
  log('error', unavailable ? 'unavailable' : 'unhandled', { reason: reasonOf(thrown) });
  const detail = 'The error was logged. Try again shortly.';
  return problemResponse(unavailable ?? { code: 'internal-error', detail });
}

function only(methods: string): () => Response {
  return () => problemResponse({ code: 'method-not-allowed' }, { Allow: methods });
}

/** Players run on other origins and send no cookies; what may be read is decided by tokens, not by origins. */
const CORS = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers':
    'Content-Length, Content-Range, ETag, Retry-After, Server-Timing, Cache-Status, Idempotent-Replayed',
} as const;
const CORS_ENTRIES = Object.entries(CORS);
const PREFLIGHT = {
  ...CORS,
  'Access-Control-Allow-Methods': 'GET, HEAD, POST, PUT, DELETE',
  'Access-Control-Allow-Headers':
    'Authorization, Content-Type, Idempotency-Key, Range, CMCD-Request, CMCD-Object, CMCD-Session, CMCD-Status',
  'Access-Control-Max-Age': '86400',
} as const;

/** Copying a body stream costs as much as a pass check, so only what another Worker answered is copied. */
function withCors(answer: Response): Response {
  let response = answer;
  for (const [name, value] of CORS_ENTRIES) {
    try {
      response.headers.set(name, value);
    } catch {
      // Headers of an answer that was fetched cannot be changed.
      response = new Response(answer.body, answer);
      response.headers.set(name, value);
    }
  }
  return response;
}

/** Calls that players make; management calls get no CORS, so no web page can use an API key that it found. */
function isPlayerPath(pathname: string): boolean {
  return (
    pathname.startsWith('/m/') ||
    pathname === '/v1/feed' ||
    pathname === '/v1/events' ||
    pathname.startsWith('/v1/me/') ||
    /^\/v1\/episodes\/[^/]+\/(playlist\.m3u8|next)$/.test(pathname)
  );
}

export default {
  async fetch(request, env, ctx): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (!isPlayerPath(pathname)) return app.fetch(request, env, ctx);
    if (request.method === 'OPTIONS') return new Response(null, { status: 204, headers: PREFLIGHT });
    const answer = pathname.startsWith('/m/')
      ? await handleMedia(request, env, ctx, pathname).catch(failed)
      : await app.fetch(request, env, ctx);
    const response = withCors(answer);
    observe(request, env, ctx, pathname, response);
    return response;
  },
} satisfies ExportedHandler<PlaybackEnv>;
