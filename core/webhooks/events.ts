/** What the operator's backends are told of. The names are part of the public contract. */
export const WEBHOOK_EVENT_TYPES = [
  'episode.playable',
  'episode.ready',
  'episode.failed',
  'episode.published',
  'viewer.unlocked',
  'viewer.refunded',
  'wallet.credited',
  'alert.fired',
  'alert.resolved',
] as const;
export type WebhookEventType = (typeof WEBHOOK_EVENT_TYPES)[number];

/** Times are ISO 8601. A receiver is told enough to know whether it cares, and reads the rest from the API. */
interface EventData {
  /** Before `episode.ready`, with the lowest rungs only, where the series has it so. */
  'episode.playable': { episodeId: string; jobId: string; version: string; durationSeconds: number };
  /** Viewers have a new version: of an upload, or the one that was there with a dub. `jobId` says which. */
  'episode.ready': { episodeId: string; jobId: string; version: string; durationSeconds: number };
  /** A job has failed, of an upload or of a dub. An episode that had a version keeps it. */
  'episode.failed': { episodeId: string; jobId: string; failure: { code: string; detail: string } };
  'episode.published': {
    episodeId: string;
    seriesId: string;
    number: number;
    title: string;
    publishedAt: string;
    releaseAt: string | null;
  };
  'viewer.unlocked': { viewerId: string; unlockId: string; episodeId: string; method: string; coins: number };
  'viewer.refunded': { viewerId: string; refundId: string; unlockId: string; episodeId: string; coins: number };
  'wallet.credited': {
    viewerId: string;
    creditId: string;
    coins: number;
    kind: 'paid' | 'bonus';
    reference: string | null;
    expiresAt: string | null;
  };
  /** A number of the analytics is where it should not be; again after each cool-down while it lasts. */
  'alert.fired': AlertData;
  'alert.resolved': AlertData;
}

export interface AlertData {
  alertId: string;
  name: string;
  /** Neither: of all series together. */
  episodeId: string | null;
  seriesId: string | null;
  metric: string;
  comparison: 'above' | 'below';
  threshold: number;
  value: number;
  views: number;
  /** What was looked at. */
  from: string;
  to: string;
  firingSince: string;
}

export type WebhookEvent = {
  [Type in WebhookEventType]: { readonly type: Type; readonly data: Readonly<EventData[Type]> };
}[WebhookEventType];

/** The body of a delivery; `timestamp` is when it happened, ISO 8601. @see Standard Webhooks 1.0.0, "Payload structure" */
export function webhookPayload(type: string, data: object, timestamp: string): string {
  return JSON.stringify({ type, timestamp, data });
}
