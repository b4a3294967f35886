import { Hono } from 'hono';
import { PROBLEMS } from '#core/problem/codes.ts';
import { unavailableProblem } from '#shared/binding-call.ts';
import { answerEveryProblem, ProblemError, problemResponse } from '#shared/http/problem.ts';
import { log, reasonOf } from '#shared/log.ts';
import { eventRoutes } from './routes/events.ts';
import { funnelRoutes } from './routes/funnel.ts';
import { overviewRoutes } from './routes/overview.ts';
import { qoeRoutes } from './routes/qoe.ts';
import { retentionRoutes } from './routes/retention.ts';
import { segmentReportRoutes } from './routes/segment-reports.ts';

answerEveryProblem(PROBLEMS);

export const app = new Hono<{ Bindings: AnalyticsEnv }>();

app.route('/v1/events', eventRoutes);
for (const routes of [retentionRoutes, qoeRoutes, funnelRoutes, overviewRoutes, segmentReportRoutes])
  app.route('/v1/analytics', routes);

app.notFound(() => problemResponse({ code: 'not-found' }));
app.onError((thrown) => {
  if (thrown instanceof ProblemError) return problemResponse(thrown.problem);
  const unavailable = unavailableProblem(thrown);
  log('error', unavailable ? 'unavailable' : 'unhandled', { reason: reasonOf(thrown) });
  const detail = 'The error was logged. Try again shortly.';
  return problemResponse(unavailable ?? { code: 'internal-error', detail });
});
