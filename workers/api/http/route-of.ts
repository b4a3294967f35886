import { matchedRoutes } from 'hono/route';
import type { ApiContext } from './context.ts';

/** `POST /v1/series/:series/episodes`: the route that answers, not the middleware before it. null where none does. */
export function routeOf(c: ApiContext): string | null {
  const route = matchedRoutes(c).findLast(({ method }) => method === c.req.method);
  return route === undefined ? null : `${route.method} ${route.path.replace(/(.)\/$/, '$1')}`;
}
