/** Sound in other languages that lies beside a video: each is a job that adds it to the version that there is. */
import { openAsBlob } from 'node:fs';
import path from 'node:path';
import type { Cliffhanger, Job } from '../../client/index.ts';
import { hashFile } from '../resumable-upload.ts';
import type { InLanguage } from './plan.ts';

export interface SentDubs {
  /** Names of files. */
  readonly dubsSent?: readonly string[];
  /** `name: why`. The video is there all the same. */
  readonly dubsFailed?: readonly string[];
}

export interface DubsPlace {
  readonly client: Cliffhanger;
  readonly episode: string;
  /** Until it has ended, or at once where nobody waits. */
  readonly waitFor: (job: Job, name: string) => Promise<void>;
}

/** One that this very file made, or is making, of the video that is there is left alone; a new video comes without any. */
export async function sendDubs(
  { client, episode, waitFor }: DubsPlace,
  dubs: readonly InLanguage[],
): Promise<SentDubs> {
  if (dubs.length === 0) return {};
  const done = await doneSince(client, episode);
  const [dubsSent, dubsFailed]: [string[], string[]] = [[], []];
  for (const { file, language } of dubs) {
    const name = path.basename(file);
    try {
      const sha256 = await hashFile(file, () => undefined);
      const newest = done.find((job) => sameLanguage(job.dub?.language, language));
      const isSame = newest?.sourceSha256 === sha256;
      if (isSame && newest.state === 'succeeded') continue;
      const job = isSame ? newest : await send(client, episode, { file, language });
      await waitFor(job, name);
      dubsSent.push(name);
    } catch (error) {
      dubsFailed.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return { ...(dubsSent.length > 0 && { dubsSent }), ...(dubsFailed.length > 0 && { dubsFailed }) };
}

async function send(client: Cliffhanger, episode: string, { file, language }: InLanguage): Promise<Job> {
  const body = await openAsBlob(file);
  const params = { episode, language };
  return (await client.call('PUT /v1/episodes/{episode}/audio/{language}', { params, body })).job;
}

/** The dubs of the newest source, the newest first. */
async function doneSince(client: Cliffhanger, episode: string): Promise<readonly Job[]> {
  const { items } = await client.call('GET /v1/jobs', { query: { episode, limit: 100 } });
  const alive = items.filter(({ state }) => state !== 'failed');
  const source = alive.findIndex(({ kind }) => kind === 'source');
  return source === -1 ? alive : alive.slice(0, source);
}

function sameLanguage(one: string | undefined, other: string): boolean {
  return one?.toLowerCase() === other.toLowerCase();
}
