import type { SegmentReport } from '#core/cmcd/segment-report.ts';

/** Where the playback Worker sends them, over its service binding: no route of the front door leads here. */
export const SEGMENT_REPORTS_PATH = '/segment-reports';

export async function takeSegmentReports(request: Request, env: AnalyticsEnv): Promise<Response> {
  const reports = await request.json<readonly SegmentReport[]>();
  const nowMs = Date.now();
  await Promise.all(reports.map(async (report) => env.SEGMENT_REPORTS.getByName(report.assetId).add(report, nowMs)));
  return new Response(null, { status: 204 });
}
