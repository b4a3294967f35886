/** A catalogue for one test file: series, episodes, policies, versions in place. */
import { randomUUID } from 'node:crypto';
import type { Presentation } from '#core/ingest/presentation.ts';
import { apiFetch } from '../../support/edge.ts';
import { fakeVersion, transcode, type FakeVersion } from './fake-transcoder.ts';
import { jsonOf } from './http.ts';

export interface SeriesWire {
  readonly id: string;
  readonly slug: string;
}

export interface EpisodeWire {
  readonly id: string;
  readonly seriesId: string;
  readonly number: number;
  readonly state: string;
  readonly failure?: { readonly code: string; readonly detail: string };
  readonly durationSeconds: number | null;
  readonly presentation: Presentation | null;
}

export interface JobWire {
  readonly id: string;
  readonly episodeId: string;
  readonly state: string;
  readonly progress: number;
  readonly attempts: number;
  readonly sourceSizeBytes: number;
  readonly failure: { readonly code: string; readonly detail: string } | null;
}

export async function createSeries(policy?: object, more: object = {}): Promise<SeriesWire> {
  const series = await jsonOf<SeriesWire>(
    await apiFetch('/v1/series', { json: { slug: `s-${randomUUID()}`, title: 'A test', ...more } }),
    201,
  );
  if (policy !== undefined)
    await jsonOf(await apiFetch(`/v1/series/${series.id}/access`, { method: 'PUT', json: policy }));
  return series;
}

export async function createEpisode(seriesId: string, number = 1, more: object = {}): Promise<EpisodeWire> {
  return jsonOf<EpisodeWire>(
    await apiFetch(`/v1/series/${seriesId}/episodes`, { json: { number, title: `Episode ${number}`, ...more } }),
    201,
  );
}

export async function uploadSource(episodeId: string, body: BodyInit = 'a source of a few bytes'): Promise<JobWire> {
  const answer = await jsonOf<{ job: JobWire }>(
    await apiFetch(`/v1/episodes/${episodeId}/source`, { method: 'PUT', body }),
    202,
  );
  return answer.job;
}

/**
 * What was sent before this has begun at the edge: another upload, sent after it, came and was answered. There is nothing
 * else to see of an upload that has begun, and how long that takes depends on what else the machine does.
 */
export async function hasBegun(): Promise<void> {
  const job = await uploadSource((await createEpisode((await createSeries()).id)).id);
  await jsonOf(await apiFetch(`/v1/jobs/${job.id}/cancel`, { method: 'POST' }));
}

export async function readEpisode(id: string): Promise<EpisodeWire> {
  return jsonOf<EpisodeWire>(await apiFetch(`/v1/episodes/${id}`));
}

export async function readJob(id: string): Promise<JobWire> {
  return jsonOf<JobWire>(await apiFetch(`/v1/jobs/${id}`));
}

export async function setEpisodePolicy(episodeId: string, policy: object): Promise<void> {
  await jsonOf(await apiFetch(`/v1/episodes/${episodeId}/access`, { method: 'PUT', json: policy }));
}

export async function publish(episodeId: string): Promise<void> {
  await jsonOf(await apiFetch(`/v1/episodes/${episodeId}/publish`, { method: 'POST' }));
}

/** An episode that viewers see. */
export async function publishedEpisode(
  seriesId: string,
  number = 1,
  version: FakeVersion = fakeVersion(),
  more: object = {},
): Promise<EpisodeWire> {
  const episode = await createEpisode(seriesId, number, more);
  const job = await uploadSource(episode.id);
  await transcode(job.id, version);
  await publish(episode.id);
  return episode;
}
