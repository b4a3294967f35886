import { WorkerEntrypoint } from 'cloudflare:workers';
import { loadObject } from './media-object.ts';
import { cachedKeyOf, type CachedMediaProps } from './segment-cache.ts';

/**
 * Stands behind Workers Cache, which no request reaches but those of this Worker (`ctx.exports`). Always the whole
 * object with 200: a part would not be stored. Headers of a viewer never come this far.
 */
export class CachedMedia extends WorkerEntrypoint<PlaybackEnv, CachedMediaProps> {
  override async fetch(request: Request): Promise<Response> {
    const { at, contentType } = this.ctx.props;
    const method = request.method === 'HEAD' ? 'HEAD' : 'GET';
    const response = await loadObject(this.env.MEDIA, { method, key: cachedKeyOf(request), at, contentType });
    // Without a directive a 404 would be kept for minutes (platform.md 4).
    return response ?? new Response(null, { status: 404, headers: { 'Cache-Control': 'no-store' } });
  }
}
