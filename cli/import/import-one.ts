/** One file of an import, from its hash to its publication. What is there already is not done again. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cliffhanger, Episode, Job } from '../../client/index.ts';
import { CommandError } from '../command.ts';
import type { ProgressBoard } from '../progress-board.ts';
import { hashFile, uploadResumably } from '../resumable-upload.ts';
import type { Planned } from './plan.ts';
import { sendCaptions, type SentCaptions } from './send-captions.ts';
import { sendDubs, type SentDubs } from './send-dubs.ts';

const POLL_MS = 1_000;

export interface ImportOptions {
  readonly isWaiting: boolean;
  readonly isPublishing: boolean;
  readonly isReplacing: boolean;
  readonly isDryRun: boolean;
}

export interface Imported extends SentCaptions, SentDubs {
  readonly file: string;
  readonly number: number;
  readonly title: string;
  readonly episodeId: string | null;
  readonly outcome: 'skipped' | 'planned' | 'uploaded' | 'ready' | 'published' | 'failed';
  readonly detail?: string;
  readonly jobId?: string;
  /** Over the network, this time. */
  readonly sentBytes: number;
}

export interface ImportPlace {
  readonly client: Cliffhanger;
  readonly series: string;
  readonly board: ProgressBoard;
  readonly options: ImportOptions;
}

/** One that fails leaves the others alone. */
export async function importOne(place: ImportPlace, planned: Planned, known: Episode | null): Promise<Imported> {
  const name = path.basename(planned.file);
  const { file, number, title, captions, dubs } = planned;
  const base = { file, number, title, episodeId: known?.id ?? null, sentBytes: 0 };
  try {
    const done = await run(place, planned, known, name);
    const episodeId = done.episodeId ?? base.episodeId;
    const isLeft = episodeId === null || place.options.isDryRun || done.outcome === 'failed';
    const sent = isLeft ? {} : await sendCaptions(place.client, episodeId, captions, done.outcome !== 'skipped');
    const heard = isLeft ? {} : await addDubs(place, episodeId, dubs);
    place.board.end(name, done.detail ?? done.outcome);
    return { ...base, ...done, ...sent, ...heard };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    place.board.end(name, `failed: ${detail}`);
    return { ...base, outcome: 'failed', detail };
  }
}

/** A dub is added to a picture that is there; without waiting for it there is none yet, and the next import sends it. */
async function addDubs(place: ImportPlace, episode: string, dubs: Planned['dubs']): Promise<SentDubs> {
  const { client, options } = place;
  if (dubs.length === 0) return {};
  const { version } = await client.call('GET /v1/episodes/{episode}/audio', { params: { episode } });
  if (version === null) return { dubsFailed: dubs.map(({ file }) => `${path.basename(file)}: ${NO_PICTURE}`) };
  const waitFor = async (job: Job, name: string): Promise<void> => {
    if (options.isWaiting) await waitForJob(place, job, name);
  };
  return sendDubs({ client, episode, waitFor }, dubs);
}

const NO_PICTURE = 'the episode has no picture yet; run the import again when it has';

type Done = Omit<Imported, 'file' | 'number' | 'title' | 'episodeId' | 'sentBytes'> & Partial<Imported>;

async function run(place: ImportPlace, planned: Planned, known: Episode | null, name: string): Promise<Done> {
  const { client, board, options } = place;
  const { size: sizeBytes } = await stat(planned.file);
  if (sizeBytes === 0) throw new CommandError(`${name} is empty.`);
  const sha256 = await hashFile(planned.file, (bytes) => board.show(name, 'hashing', bytes / sizeBytes));
  const current = known === null ? null : await currentJob(client, known.id);
  const isSame = current !== null && current.sourceSha256 === sha256;
  const hasVideo = known !== null && ['ready', 'published', 'processing'].includes(known.state);
  if (hasVideo && !isSame && !options.isReplacing)
    return { outcome: 'skipped', detail: `it is ${known.state} already, from another file; see --replace` };
  if (options.isDryRun)
    return isSame ? { outcome: 'skipped', detail: THE_SAME } : { outcome: 'planned', detail: 'would be uploaded' };
  const episodeId = known?.id ?? (await createEpisode(place, planned));
  if (isSame && current.state === 'succeeded' && (known?.state === 'published' || !options.isPublishing))
    return { outcome: 'skipped', detail: THE_SAME, jobId: current.id };
  const source = { path: planned.file, name, sizeBytes, sha256 };
  const { job, sentBytes } = isSame
    ? { job: current, sentBytes: 0 }
    : await uploadResumably(client, episodeId, source, (bytes) => board.show(name, 'uploading', bytes / sizeBytes));
  const uploaded = { episodeId, jobId: job.id, sentBytes };
  if (!options.isWaiting) return { ...uploaded, outcome: 'uploaded' };
  try {
    await waitForJob(place, job, name);
    if (!options.isPublishing) return { ...uploaded, outcome: 'ready' };
    await client.call('POST /v1/episodes/{episode}/publish', { params: { episode: episodeId } });
    return { ...uploaded, outcome: 'published' };
  } catch (error) {
    return { ...uploaded, outcome: 'failed', detail: error instanceof Error ? error.message : String(error) };
  }
}

const THE_SAME = 'this very file is there already';

/** The job that made the episode what it is, or is about to. */
async function currentJob(client: Cliffhanger, episode: string): Promise<Job | null> {
  const { items } = await client.call('GET /v1/jobs', { query: { episode, limit: 20 } });
  return items.find(({ state, kind }) => state !== 'failed' && kind === 'source') ?? null;
}

async function createEpisode({ client, series }: ImportPlace, { number, title }: Planned): Promise<string> {
  const made = await client.call('POST /v1/series/{series}/episodes', { params: { series }, body: { number, title } });
  return made.id;
}

/** As long as it takes while it moves; what the transcoder says against the file is thrown. */
async function waitForJob({ client, board }: ImportPlace, job: Job, name: string): Promise<void> {
  for (let now = job; ; now = await client.call('GET /v1/jobs/{job}', { params: { job: job.id } })) {
    if (now.state === 'succeeded') return;
    if (now.state === 'failed')
      throw new CommandError(`${now.failure?.detail ?? 'failed'} (${now.failure?.code ?? '?'})`);
    board.show(name, now.state === 'queued' ? 'waits for the transcoder' : 'transcoding', now.progress);
    await sleep(POLL_MS);
  }
}
