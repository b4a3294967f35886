import { sql, type SQL } from 'drizzle-orm';
import type { TranscodeResult } from '#core/ingest/transcoder-protocol.ts';
import type { WebhookEvent } from '#core/webhooks/events.ts';
import { iso, isoOrNull } from '../http/context.ts';

interface PublishedEpisode {
  readonly id: string;
  readonly seriesId: string;
  readonly number: number;
  readonly title: string;
  readonly publishedAt: number;
  readonly releaseAt: number | null;
}

export function episodePublished(episode: PublishedEpisode): WebhookEvent {
  const { id, seriesId, number, title } = episode;
  const times = { publishedAt: iso(episode.publishedAt), releaseAt: isoOrNull(episode.releaseAt) };
  return { type: 'episode.published', data: { episodeId: id, seriesId, number, title, ...times } };
}

/** Before the write: what makes it the publication, and not one of an episode that is published already. */
export function isUnpublished(episodeId: string, version: number | null): SQL {
  const asRead = version === null ? sql`1` : sql`version = ${version}`;
  return sql`EXISTS (SELECT 1 FROM episodes WHERE id = ${episodeId} AND published_at IS NULL AND ${asRead})`;
}

interface EpisodeJob {
  readonly id: string;
  readonly episodeId: string;
  readonly version: string | null;
}

export function episodeReady(
  job: EpisodeJob,
  { durationSeconds }: Pick<TranscodeResult, 'durationSeconds'>,
): WebhookEvent {
  const { id: jobId, episodeId, version } = job;
  return { type: 'episode.ready', data: { episodeId, jobId, version: version ?? '', durationSeconds } };
}

export function episodePlayable(
  { id: jobId, episodeId, playableVersion }: EpisodeJob & { readonly playableVersion: string | null },
  { durationSeconds }: Pick<TranscodeResult, 'durationSeconds'>,
): WebhookEvent {
  return { type: 'episode.playable', data: { episodeId, jobId, version: playableVersion ?? '', durationSeconds } };
}

export function episodeFailed(job: EpisodeJob, failure: { code: string; detail: string }): WebhookEvent {
  const { code, detail } = failure;
  return { type: 'episode.failed', data: { episodeId: job.episodeId, jobId: job.id, failure: { code, detail } } };
}
