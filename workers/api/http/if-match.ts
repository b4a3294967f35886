import { createMiddleware } from 'hono/factory';
import { problemResponse } from '#shared/http/problem.ts';
import type { ApiVariables } from './context.ts';
import { HEEDS_IF_MATCH } from './heeds-if-match.ts';
import { routeOf } from './route-of.ts';

/**
 * Refuses a write that insists on a version where none is compared: who sends If-Match must not believe that it was
 * kept. An order, a drop, a grant or a credit names no version that it could hang on.
 */
export const refuseUnheeded = createMiddleware<{ Bindings: ApiEnv; Variables: ApiVariables }>(async (c, next) => {
  const isWrite = c.req.method !== 'GET' && c.req.method !== 'HEAD';
  if (!isWrite || c.req.header('If-Match') === undefined) return next();
  const route = routeOf(c);
  if (route === null || HEEDS_IF_MATCH.has(route)) return next();
  return problemResponse({
    code: 'invalid-request',
    detail: 'This call compares no version. Send it without If-Match.',
  });
});
