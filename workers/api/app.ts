import { Hono } from 'hono';
import { unavailableProblem } from '#shared/binding-call.ts';
import { ProblemError, problemResponse } from '#shared/http/problem.ts';
import { log, reasonOf } from '#shared/log.ts';
import { openDb, type ApiVariables } from './http/context.ts';
import { demoRoutes } from './routes/demo.ts';
import { episodeRoutes } from './routes/episodes.ts';
import { jobRoutes } from './routes/jobs.ts';
import { apiKeyRoutes, handleJwks, signingKeyRoutes, viewerTokenRoutes } from './routes/keys.ts';
import { meRoutes } from './routes/me.ts';
import { seriesRoutes } from './routes/series.ts';
import { transcoderRoutes } from './routes/transcoder.ts';
import { viewerAdminRoutes } from './routes/viewer-admin.ts';
import { viewerRoutes } from './routes/viewers.ts';

export const app = new Hono<{ Bindings: ApiEnv; Variables: ApiVariables }>();

app.use(async (c, next) => {
  c.set('db', openDb(c.env.DB));
  c.set('nowMs', Date.now());
  await next();
});

app.get('/.well-known/jwks.json', handleJwks);
app.route('/v1/series', seriesRoutes);
app.route('/v1/episodes', episodeRoutes);
app.route('/v1/jobs', jobRoutes);
app.route('/v1/transcoder', transcoderRoutes);
app.route('/v1/viewer-tokens', viewerTokenRoutes);
app.route('/v1/signing-keys', signingKeyRoutes);
app.route('/v1/api-keys', apiKeyRoutes);
// First: these calls need another scope than the rest of a viewer's, which is asked for on every path.
app.route('/v1/viewers', viewerAdminRoutes);
app.route('/v1/viewers', viewerRoutes);

app.route('/v1/me', meRoutes);
app.route('/v1/demo', demoRoutes);

app.notFound((c) => {
  const allowed = METHODS.filter((method) => routesTo(method, c.req.path));
  if (allowed.length > 0) return problemResponse({ code: 'method-not-allowed' }, { Allow: allowed.join(', ') });
  return problemResponse({ code: 'not-found', detail: 'No such path. The README lists them.' });
});
app.onError((thrown) => {
  if (thrown instanceof ProblemError) return problemResponse(thrown.problem);
  const unavailable = unavailableProblem(thrown);
  log('error', unavailable ? 'unavailable' : 'unhandled', { reason: reasonOf(thrown) });
  const detail = 'The error was logged. Try again shortly.';
  return problemResponse(unavailable ?? { code: 'internal-error', detail });
});

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** True when a route, not only middleware (`ALL`), answers the method at the path. */
function routesTo(method: string, path: string): boolean {
  const [handlers] = app.router.match(method, path);
  return handlers.some(([[, route]]) => route.method === method);
}
