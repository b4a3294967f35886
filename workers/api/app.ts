import { Hono } from 'hono';
import { createMiddleware } from 'hono/factory';
import { PROBLEMS } from '#core/problem/codes.ts';
import { unavailableProblem } from '#shared/binding-call.ts';
import { answerEveryProblem, ProblemError, problemResponse } from '#shared/http/problem.ts';
import { log, reasonOf } from '#shared/log.ts';
import { audited } from './http/audited.ts';
import { openDb, requestIdOf, type ApiVariables } from './http/context.ts';
import { digested } from './http/entity-tag.ts';
import { refuseUnheeded } from './http/if-match.ts';
import { reconcilingProblem } from './ledger-reconciling.ts';
import { adCallbackRoutes } from './routes/ad-callbacks.ts';
import { alertRoutes } from './routes/alerts.ts';
import { apiKeyRoutes } from './routes/api-keys.ts';
import { auditRoutes } from './routes/audit.ts';
import { consoleRoutes } from './routes/console.ts';
import { demoRoutes } from './routes/demo.ts';
import { dropRoutes } from './routes/drops.ts';
import { episodeRoutes } from './routes/episodes.ts';
import { jobRoutes } from './routes/jobs.ts';
import { handleJwks, signingKeyRoutes, viewerTokenRoutes } from './routes/keys.ts';
import { meRoutes } from './routes/me.ts';
import { parkedPurchaseRoutes } from './routes/parked-purchases.ts';
import { reportRoutes } from './routes/reports.ts';
import { seriesRoutes } from './routes/series.ts';
import { storeNotificationRoutes } from './routes/store-notifications.ts';
import { storeProductRoutes } from './routes/store-products.ts';
import { transcoderRoutes } from './routes/transcoder.ts';
import { uploadRoutes } from './routes/uploads.ts';
import { viewerAdminRoutes } from './routes/viewer-admin.ts';
import { viewerRoutes } from './routes/viewers.ts';
import { webhookEndpointRoutes } from './routes/webhook-endpoints.ts';
import { webhookEventRoutes } from './routes/webhook-events.ts';
import { forgetCatalogue } from './series-catalogue.ts';

answerEveryProblem(PROBLEMS);

export const app = new Hono<{ Bindings: ApiEnv; Variables: ApiVariables }>();

/** tus, for networks that let only GET and POST through. The call is then handled, and noted, as what it says it is. */
app.use('/v1/uploads/:upload', async (c, next) => {
  const method = c.req.header('X-HTTP-Method-Override');
  if (c.req.method !== 'POST' || (method !== 'PATCH' && method !== 'DELETE')) return next();
  return app.fetch(new Request(c.req.raw, { method }), c.env, c.executionCtx);
});
app.use(async (c, next) => {
  c.set('db', openDb(c.env.DB));
  c.set('nowMs', Date.now());
  c.set('requestId', requestIdOf(c.req.raw));
  c.set('apiKeyId', null);
  await next();
  c.header('Request-Id', c.var.requestId);
});
app.use(audited);
app.use(refuseUnheeded);
app.use(digested);

/** What changes series and episodes, their media included. */
const forgetAfterChange = createMiddleware(async (c, next) => {
  await next();
  if (c.req.method !== 'GET') forgetCatalogue();
});
app.use('/v1/series/*', forgetAfterChange);
app.use('/v1/episodes/*', forgetAfterChange);
app.use('/v1/drops/*', forgetAfterChange);

app.get('/.well-known/jwks.json', handleJwks);
app.route('/v1/series', seriesRoutes);
app.route('/v1/episodes', episodeRoutes);
app.route('/v1/drops', dropRoutes);
app.route('/v1/uploads', uploadRoutes);
app.route('/v1/jobs', jobRoutes);
app.route('/v1/transcoder', transcoderRoutes);
app.route('/v1/viewer-tokens', viewerTokenRoutes);
app.route('/v1/signing-keys', signingKeyRoutes);
app.route('/v1/api-keys', apiKeyRoutes);
app.route('/v1/audit-log', auditRoutes);
app.route('/v1/console', consoleRoutes);
app.route('/v1/webhook-endpoints', webhookEndpointRoutes);
app.route('/v1/webhook-events', webhookEventRoutes);
app.route('/v1/alerts', alertRoutes);
// First: these calls need another scope than the rest of a viewer's, which is asked for on every path.
app.route('/v1/viewers', viewerAdminRoutes);
app.route('/v1/viewers', viewerRoutes);

app.route('/v1/reports', reportRoutes);
app.route('/v1/me', meRoutes);
app.route('/v1/ad-callbacks', adCallbackRoutes);
app.route('/v1/products', storeProductRoutes);
app.route('/v1/parked-purchases', parkedPurchaseRoutes);
app.route('/v1/store-notifications', storeNotificationRoutes);
app.route('/v1/demo', demoRoutes);

app.notFound((c) => {
  const allowed = METHODS.filter((method) => routesTo(method, c.req.path));
  if (allowed.length > 0) return problemResponse({ code: 'method-not-allowed' }, { Allow: allowed.join(', ') });
  return problemResponse({ code: 'not-found', detail: 'No such path. The README lists them.' });
});
app.onError((thrown) => {
  if (thrown instanceof ProblemError) return problemResponse(thrown.problem);
  const unavailable = reconcilingProblem(thrown) ?? unavailableProblem(thrown);
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
