/** Takes one episode of the sample from nothing, or from where an interrupted seed left it, to published. */
import { openAsBlob } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../lib/user-error.ts';
import { renderEpisode, type SampleEpisode } from '../sample/index.ts';
import type { MediaTools } from '../start/media-tools.ts';
import { type Api, callJson, type JsonAnswer, putBytes, text } from './api.ts';

export interface EpisodeSeed {
  readonly api: Api;
  readonly tools: MediaTools;
  readonly workDir: string;
  readonly series: string;
  readonly episode: SampleEpisode;
  /** What the API knows of it from an earlier run. */
  readonly known: JsonAnswer | null;
  readonly onProgress: (fraction: number) => void;
}

const POLL_MS = 500;

/** An episode of a minute takes a slow two-core machine well under this. */
const TRANSCODE_LIMIT_MS = 10 * 60_000;

/** How much of an episode's progress is done when its file has been uploaded; the rest is the transcode. */
const UPLOADED_FRACTION = 0.3;

/** Resolves when the file is uploaded; `published` when the episode is. Boxed, or awaiting the one would await both. */
export async function seedEpisode(seed: EpisodeSeed): Promise<{ published: Promise<void> }> {
  const { known } = seed;
  const id = known === null ? await createEpisode(seed) : text(known, 'id');
  const state = known === null ? 'draft' : text(known, 'state');
  // `processing`: its file is there and its job goes on by itself, or is given to another transcoder when its lease ends.
  const job = state === 'draft' || state === 'failed' ? await renderAndUpload(seed, id) : null;
  seed.onProgress(UPLOADED_FRACTION);
  const published = publishWhenReady(seed, id, job);
  // It is awaited after the other uploads: a failure before that must not count as unhandled.
  published.catch(() => undefined);
  return { published };
}

async function publishWhenReady(seed: EpisodeSeed, id: string, job: string | null): Promise<void> {
  try {
    await waitUntilReady(seed, id, job);
    await callJson(seed.api, 'POST', `/v1/episodes/${id}/publish`);
    seed.onProgress(1);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(`Episode ${seed.episode.number} of the sample: ${reason}`);
  }
}

async function createEpisode({ api, series, episode }: EpisodeSeed): Promise<string> {
  const created = await callJson(api, 'POST', `/v1/series/${series}/episodes`, {
    number: episode.number,
    title: episode.title,
  });
  return text(created, 'id');
}

async function renderAndUpload({ api, tools, workDir, episode, onProgress }: EpisodeSeed, id: string): Promise<string> {
  const file = path.join(workDir, `episode-${episode.number}.mp4`);
  try {
    await renderEpisode(tools.ffmpegPath, episode, file, (share) => onProgress(share * UPLOADED_FRACTION));
    const answer = await putBytes(api, `/v1/episodes/${id}/source`, 'video/mp4', await openAsBlob(file));
    return text(answer['job'] as JsonAnswer, 'id');
  } finally {
    await rm(file, { force: true });
  }
}

async function waitUntilReady({ api, onProgress }: EpisodeSeed, id: string, job: string | null): Promise<void> {
  const deadline = Date.now() + TRANSCODE_LIMIT_MS;
  while (Date.now() < deadline) {
    const episode = await callJson(api, 'GET', `/v1/episodes/${id}`);
    if (episode['state'] === 'ready' || episode['state'] === 'published') return;
    if (episode['state'] === 'failed') throw new UserError(JSON.stringify(episode['failure']));
    const { progress } = job === null ? {} : await callJson(api, 'GET', `/v1/jobs/${job}`);
    if (typeof progress === 'number') onProgress(UPLOADED_FRACTION + progress * (1 - UPLOADED_FRACTION));
    await sleep(POLL_MS);
  }
  throw new UserError(`not ready after ${TRANSCODE_LIMIT_MS / 60_000} minutes; the transcoder's log may say why`);
}
