/** A file on its way to an episode, and the job that it becomes. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Job } from '../client/index.ts';
import { CommandError, type Context } from './command.ts';
import { hashFile, uploadResumably } from './resumable-upload.ts';

const POLL_MS = 1_000;

/** Two waiting uploads of an hour each; an episode takes a minute. */
const MAX_WAIT_MS = 60 * 60_000;

type Place = Pick<Context, 'client' | 'out'>;

export async function uploadFile({ client, out }: Place, episode: string, file: string): Promise<Job> {
  const name = path.basename(file);
  const found = await stat(file).catch(() => null);
  if (found === null || !found.isFile()) throw new CommandError(`${file}: no such file.`);
  if (found.size === 0) throw new CommandError(`${file} is empty.`);
  // A refusal must not come after a long look at the file.
  await client.call('GET /v1/episodes/{episode}', { params: { episode } });
  const source = { path: file, name, sizeBytes: found.size, sha256: await hashFile(file) };
  const { job } = await uploadResumably(client, episode, source, (bytes) =>
    out.progress(`${name}: ${Math.floor((bytes / found.size) * 100)} % of ${sizeText(found.size)} uploaded`),
  );
  out.endProgress();
  return job;
}

/** Resolves when the episode can be played; what the transcoder says against the file is thrown. */
export async function waitForJob({ client, out }: Place, job: Job, name: string): Promise<Job> {
  const deadline = Date.now() + MAX_WAIT_MS;
  for (let now = job; Date.now() < deadline;) {
    if (now.state === 'succeeded') {
      out.endProgress();
      return now;
    }
    if (now.state === 'failed')
      throw new CommandError(`${name}: ${now.failure?.detail ?? 'failed'} (${now.failure?.code ?? 'unknown'})`);
    out.progress(`${name}: ${now.state}, ${Math.floor(now.progress * 100)} %`);
    await sleep(POLL_MS);
    now = await client.call('GET /v1/jobs/{job}', { params: { job: job.id } });
  }
  throw new CommandError(`${name}: not done after an hour. \`cliffhanger doctor\` may say why.`);
}

function sizeText(bytes: number): string {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
