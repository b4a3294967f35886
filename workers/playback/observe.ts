import { parseCmcd } from '#core/cmcd/parse.ts';
import { parseMediaPath, storageKey } from '#core/token/media-pass.ts';
import { problemCodeOf } from '#shared/http/problem.ts';
import { serverTiming } from '#shared/http/server-timing.ts';
import { log } from '#shared/log.ts';
import { cmcdText } from './cmcd-text.ts';
import { countSegment } from './segment-reports.ts';

/** What an answer to a player is told with, and what the log says of it. No token, pass, URL or viewer is in either. */
export function observe(
  request: Request,
  env: PlaybackEnv,
  ctx: ExecutionContext,
  pathname: string,
  answer: Response,
): void {
  const isMedia = pathname.startsWith('/m/');
  const cache = isMedia ? cacheOf(answer) : null;
  const timing = isMedia ? cache && `cache;desc=${cache}` : serverTiming(request);
  if (timing) answer.headers.set('Server-Timing', timing);
  const fields = isMedia ? { route: 'media', object: objectOf(pathname) } : { route: routeOf(pathname), object: null };
  if (answer.status >= 400) {
    const code = problemCodeOf(answer);
    log(answer.status >= 500 ? 'error' : 'warn', 'playback_refused', { ...fields, status: answer.status, code });
  } else if (isMedia && isSampled(env.ACCESS_LOG_SAMPLE)) {
    log('info', 'media_access', { ...fields, status: answer.status, cache, ...cmcdOf(request) });
  }
  if (isMedia && answer.ok && isSampled(env.CMCD_SAMPLE)) countSegment(request, env, ctx, parseMediaPath(pathname));
}

/** `Cache-Status: cliffhanger; hit` → `hit`. @see RFC 9211 */
function cacheOf(answer: Response): string | null {
  const status = answer.headers.get('Cache-Status');
  if (status === null) return null;
  return status.endsWith('hit') ? 'hit' : 'miss';
}

/** The key in the bucket: it names asset, version and object, and has no pass. */
function objectOf(pathname: string): string | null {
  const path = parseMediaPath(pathname);
  return path === null ? null : storageKey(path);
}

function routeOf(pathname: string): string {
  if (pathname.endsWith('/playlist.m3u8')) return 'playlist';
  return pathname.slice(pathname.lastIndexOf('/') + 1).slice(0, 20);
}

/** `share` is 0 to 1; what is no number logs nothing. */
function isSampled(share: string): boolean {
  return Math.random() < Number(share);
}

function cmcdOf(request: Request): Record<string, string> {
  const fields = parseCmcd(cmcdText(request));
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [`cmcd_${key}`, value]));
}
