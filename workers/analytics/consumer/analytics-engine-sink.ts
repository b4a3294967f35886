import { playsOf } from '#core/qoe/view-record.ts';
import { POINTS_PER_INVOCATION } from '../limits.ts';
import type { AnalyticsSink, Delivered } from './sink.ts';

/**
 * Workers Analytics Engine: one data point an event, for operators who ask it in SQL. It samples, and it cannot take the place
 * of an earlier state, so a query takes the highest `seq` of each view; nothing of this API is answered from it.
 *
 * @see https://developers.cloudflare.com/analytics/analytics-engine/get-started/
 */
export function analyticsEngineSink(dataset: AnalyticsEngineDataset): AnalyticsSink {
  return {
    name: 'analytics-engine',
    async write(delivered) {
      const failed = new Map<string, unknown>();
      let left = POINTS_PER_INVOCATION;
      for (const each of delivered) {
        const points = pointsOf(each);
        // The rest of the batch comes again, in an invocation of its own.
        if (points.length > left)
          failed.set(each.messageId, new Error('more data points than one invocation may write'));
        else for (const point of points) dataset.writeDataPoint(point);
        left -= points.length > left ? 0 : points.length;
      }
      return failed;
    },
  };
}

/** docs/analytics-events.md names the places; of 20 blobs, 20 doubles and one index. */
export function pointsOf({ seriesId, message }: Delivered): AnalyticsEngineDataPoint[] {
  const { country, deviceType, os, browser, connectionType, appVersion, experiment, audience } = message.dimensions;
  return message.events.map((event) => {
    const { viewId, sessionId, episodeId, seq, watched, startupMs, stalls, ended, leftBy, details = null } = event;
    const identity = [viewId, sessionId, seriesId];
    const dimensions = [country, deviceType, os, browser, connectionType, appVersion, experiment, audience];
    const playedSeconds = playsOf({ watched, details }).reduce((sum, [from, to]) => sum + to - from, 0);
    const stallMs = stalls.reduce((sum, { durationMs }) => sum + durationMs, 0);
    return {
      indexes: [episodeId],
      blobs: [...identity, ...dimensions, leftBy, details?.error ?? null, message.botRules],
      doubles: [
        seq,
        message.receivedAtMs,
        startupMs ?? UNKNOWN,
        Math.round(playedSeconds * 1_000),
        stalls.length,
        stallMs,
        ended ? 1 : 0,
        details?.paywallShown === true ? 1 : 0,
        details?.bytes.fetched ?? UNKNOWN,
        details?.bytes.unwatched ?? UNKNOWN,
        details?.bandwidthBps ?? UNKNOWN,
        details?.frames?.total ?? UNKNOWN,
        details?.frames?.dropped ?? UNKNOWN,
      ],
    };
  });
}

/** A double is a number, always. */
const UNKNOWN = -1;
