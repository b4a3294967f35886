/** A file on its way to an episode, and the job that it becomes. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Job } from '../client/index.ts';
import { CommandError, type Context } from './command.ts';

const POLL_MS = 1_000;

/** Two waiting uploads of an hour each; an episode takes a minute. */
const MAX_WAIT_MS = 60 * 60_000;

type Place = Pick<Context, 'client' | 'out'>;

export async function uploadFile({ client, out }: Place, episode: string, file: string): Promise<Job> {
  const name = path.basename(file);
  const found = await stat(file).catch(() => null);
  if (found === null || !found.isFile()) throw new CommandError(`${file}: no such file.`);
  if (found.size === 0) throw new CommandError(`${file} is empty.`);
  // A refusal must not come in the middle of a long upload.
  await client.call('GET /v1/episodes/{episode}', { params: { episode } });
  const body = (): ReadableStream<Uint8Array> => {
    let sentBytes = 0;
    const count = (chunk: Uint8Array): Uint8Array => {
      sentBytes += chunk.byteLength;
      out.progress(`${name}: ${Math.floor((sentBytes / found.size) * 100)} % of ${sizeText(found.size)} uploaded`);
      return chunk;
    };
    const chunks = createReadStream(file, { highWaterMark: 256 * 1024 }).map(count);
    return Readable.toWeb(chunks) as ReadableStream<Uint8Array>;
  };
  const { job } = await client.call('PUT /v1/episodes/{episode}/source', { params: { episode }, body });
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
