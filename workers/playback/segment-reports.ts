import { parseCmcd } from '#core/cmcd/parse.ts';
import type { SegmentReport } from '#core/cmcd/segment-report.ts';
import type { MediaPath } from '#core/token/media-pass.ts';
import { log, reasonOf } from '#shared/log.ts';
import { cmcdText } from './cmcd-text.ts';
import { MAX_REPORTED_ASSETS, SEGMENT_REPORT_MS } from './limits.ts';

type Counted = { -readonly [name in Exclude<keyof SegmentReport, 'throughputKbps'>]: SegmentReport[name] } & {
  readonly throughputKbps: number[];
};

const SEGMENTS: ReadonlySet<string> = new Set(['segment', 'track', 'imported']);

/** Since the last report. Lost with the isolate: they are a sample anyway. */
let counted = new Map<string, Counted>();
let sinceMs = 0;

/** What a player that is not ours says with a segment request; sent on every few seconds, behind somebody's answer. */
export function countSegment(request: Request, env: PlaybackEnv, ctx: ExecutionContext, path: MediaPath | null): void {
  if (path === null || !SEGMENTS.has(path.object.kind)) return;
  const { assetId } = path;
  const text = cmcdText(request);
  // Ours says `sta`, of version 2, without saying so: it has beacons.
  if (text === '' || (/\bsta=/.test(text) && !/\bv=2/.test(text))) return;
  const { bs, mtp } = parseCmcd(text);
  const report = counted.get(assetId) ?? { assetId, requests: 0, starved: 0, throughputKbps: [] };
  report.requests += 1;
  if (bs !== undefined) report.starved += 1;
  if (mtp !== undefined) report.throughputKbps.push(Number(mtp));
  counted.set(assetId, report);
  const nowMs = Date.now();
  if (counted.size === 1 && report.requests === 1) sinceMs = nowMs;
  if (nowMs - sinceMs < SEGMENT_REPORT_MS && counted.size < MAX_REPORTED_ASSETS) return;
  const reports = [...counted.values()];
  counted = new Map();
  ctx.waitUntil(send(env.ANALYTICS, reports));
}

async function send(analytics: Fetcher, reports: readonly SegmentReport[]): Promise<void> {
  try {
    // Only a service binding leads there: the front door forwards nothing of this path.
    await analytics.fetch('https://analytics/segment-reports', { method: 'POST', body: JSON.stringify(reports) });
  } catch (thrown) {
    log('warn', 'segment_reports_lost', { reason: reasonOf(thrown) });
  }
}
