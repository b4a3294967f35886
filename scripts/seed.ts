/**
 * Fills an empty library with the sample drama, over the public HTTP API and nothing else.
 *
 * Rendering and transcoding overlap: while the transcoder works on one episode, the next is rendered here. A seed that
 * was interrupted goes on at the next start, from what the API says of each episode.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { RunStep, Step } from './lib/progress.ts';
import { type SampleEpisode, sampleSeries } from './sample/index.ts';
import { type Api, callJson, items, type JsonAnswer, text } from './seed/api.ts';
import { seedEpisode } from './seed/episode.ts';
import type { MediaTools } from './start/media-tools.ts';

export const SAMPLE_SLUG = sampleSeries.slug;

export interface SeedOptions {
  readonly api: Api;
  readonly tools: MediaTools;
  readonly dataDir: string;
  readonly step: RunStep;
}

/** The slug of a series to show: the sample's, or another's where the library holds something else. Null: it is empty. */
export async function seedSample(options: SeedOptions): Promise<string | null> {
  const { api } = options;
  const existing = items(await callJson(api, 'GET', '/v1/series'));
  const others = existing.filter((series) => series['slug'] !== sampleSeries.slug);
  const sample = existing.find((series) => series['slug'] === sampleSeries.slug);
  // Somebody's own library is left as it is; also one whose owner deleted the sample.
  if (sample === undefined && others.length > 0) return text(others[0] ?? {}, 'slug');

  const known = sample === undefined ? [] : await listEpisodes(api);
  const missing = sampleSeries.episodes.filter(({ number }) => {
    return !known.some((episode) => episode['number'] === number && episode['state'] === 'published');
  });
  if (missing.length > 0) {
    await options.step(`Sample drama "${sampleSeries.title}": ${missing.length} episodes`, (step) =>
      seedEpisodes(options, { isNew: sample === undefined, known, missing, step }),
    );
  }
  return sampleSeries.slug;
}

interface Work {
  readonly isNew: boolean;
  readonly known: readonly JsonAnswer[];
  readonly missing: readonly SampleEpisode[];
  readonly step: Step;
}

async function seedEpisodes(
  { api, tools, dataDir }: SeedOptions,
  { isNew, known, missing, step }: Work,
): Promise<void> {
  const { slug, title, description, policy } = sampleSeries;
  if (isNew) await callJson(api, 'POST', '/v1/series', { slug, title, synopsis: description });
  // Also for a resumed seed: the call is idempotent, and the first run may have ended right before it.
  await callJson(api, 'PUT', `/v1/series/${slug}/access`, policy);

  const workDir = path.join(dataDir, 'sample');
  mkdirSync(workDir, { recursive: true });
  const progress = new Map(missing.map(({ number }) => [number, 0]));
  const show = (number: number, fraction: number): void => {
    progress.set(number, fraction);
    const mean = [...progress.values()].reduce((sum, value) => sum + value, 0) / progress.size;
    step.note(`${Math.floor(mean * 100)} %`);
  };

  const publications: Promise<void>[] = [];
  for (const episode of missing) {
    // Resolves at the upload: transcoding and publishing go on while the next episode is rendered.
    const { published } = await seedEpisode({
      api,
      tools,
      workDir,
      series: slug,
      episode,
      known: known.find(({ number }) => number === episode.number) ?? null,
      onProgress: (fraction) => show(episode.number, fraction),
    });
    publications.push(published);
  }
  await Promise.all(publications);
}

async function listEpisodes(api: Api): Promise<JsonAnswer[]> {
  const all: JsonAnswer[] = [];
  let cursor = '';
  do {
    const page = await callJson(api, 'GET', `/v1/series/${sampleSeries.slug}/episodes?limit=100${cursor}`);
    all.push(...items(page));
    cursor = typeof page['nextCursor'] === 'string' ? `&cursor=${encodeURIComponent(page['nextCursor'])}` : '';
  } while (cursor !== '');
  return all;
}
