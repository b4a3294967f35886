import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Episode, Job } from '../../client/index.ts';
import { CommandError, requiredOption, type Command, type Context } from '../command.ts';
import { table } from '../output.ts';
import { allPages } from '../pages.ts';
import { uploadFile, waitForJob } from '../upload.ts';

const VIDEO = /\.(?:mp4|m4v|mov|mkv|webm|avi|ts|mpe?g)$/i;

/** A file and the episode that it is to be. */
interface Planned {
  readonly file: string;
  readonly number: number;
  readonly title: string;
}

type ImportedEpisode = Planned & { readonly episodeId: string } & (
    | { readonly outcome: 'skipped'; readonly detail: string }
    | { readonly outcome: 'uploaded' | 'ready' | 'published'; readonly jobId: string }
    | { readonly outcome: 'failed'; readonly detail: string }
  );

export const importCommand: Command = {
  name: 'import',
  summary: 'Episodes from a file or a folder: made, uploaded, transcoded',
  args: ['<file or folder>'],
  options: {
    series: { type: 'string', value: '<id or slug>', help: 'of the series (needed)' },
    publish: { type: 'boolean', help: 'publish each when it is ready' },
    replace: { type: 'boolean', help: 'upload again what is ready or published' },
    'no-wait': { type: 'boolean', help: 'do not wait until they are transcoded' },
  },
  examples: ['cliffhanger import ./episodes --series the-heiress --publish'],
  async run(context) {
    const {
      client,
      args: [source = ''],
      options,
      out,
    } = context;
    const series = requiredOption(options, 'series');
    const planned = await plan(source);
    const known = await allPages((query) =>
      client.call('GET /v1/series/{series}/episodes', { params: { series }, query }),
    );
    const uploads: { plan: Planned; episode: Episode; job: Job | null }[] = [];
    for (const each of planned) {
      const episode =
        known.find(({ number }) => number === each.number) ??
        (await client.call('POST /v1/series/{series}/episodes', {
          params: { series },
          body: { number: each.number, title: each.title },
        }));
      const isDone = episode.state === 'ready' || episode.state === 'published' || episode.state === 'processing';
      const job = isDone && options['replace'] !== true ? null : await uploadFile(context, episode.id, each.file);
      uploads.push({ plan: each, episode, job });
    }
    const results: ImportedEpisode[] = [];
    for (const { plan: each, episode, job } of uploads) results.push(await settle(context, each, episode, job));
    out.result({ items: results }, table(results.map(describe)));
    return results.some(({ outcome }) => outcome === 'failed') ? 1 : undefined;
  },
};

/** One that fails leaves the others alone. */
async function settle(context: Context, each: Planned, episode: Episode, job: Job | null): Promise<ImportedEpisode> {
  const { client, options } = context;
  const result = { ...each, episodeId: episode.id };
  if (job === null) return { ...result, outcome: 'skipped', detail: `it is ${episode.state} already; see --replace` };
  if (options['no-wait'] === true) return { ...result, outcome: 'uploaded', jobId: job.id };
  try {
    await waitForJob(context, job, path.basename(each.file));
    if (options['publish'] !== true) return { ...result, outcome: 'ready', jobId: job.id };
    await client.call('POST /v1/episodes/{episode}/publish', { params: { episode: episode.id } });
    return { ...result, outcome: 'published', jobId: job.id };
  } catch (error) {
    return { ...result, outcome: 'failed', detail: error instanceof Error ? error.message : String(error) };
  }
}

async function plan(source: string): Promise<Planned[]> {
  const found = await stat(source).catch(() => null);
  if (found === null) throw new CommandError(`${source}: no such file or folder.`);
  const names = found.isFile()
    ? [source]
    : (await readdir(source)).filter((name) => VIDEO.test(name)).toSorted(byNumber);
  const files = found.isFile() ? names : names.map((name) => path.join(source, name));
  if (files.length === 0) throw new CommandError(`${source} has no video files.`);
  const planned = files.map((file, index) => toEpisode(file, index + 1));
  const numbers = planned.map(({ number }) => number);
  const twice = planned.find(({ number }, index) => numbers.indexOf(number) !== index);
  if (twice !== undefined)
    throw new CommandError(`Two files would be episode ${twice.number}; ${path.basename(twice.file)} is one of them.`);
  return planned;
}

function byNumber(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

/** `03 The letter.mp4` and `the-heiress_e03.mp4` are number 3; where no name has a number, the order decides. */
export function toEpisode(file: string, place: number): Planned {
  const name = path.basename(file, path.extname(file));
  const [, digits, rest = ''] = /^(?:.*?[^0-9a-z])?(?:e|ep|episode)?[ _-]?([0-9]{1,4})(?![0-9])(.*)$/i.exec(name) ?? [];
  const number = digits === undefined ? place : Number(digits);
  const title = rest.replaceAll(/[_-]+/g, ' ').trim();
  return { file, number, title: title === '' ? `Episode ${number}` : title };
}

function describe(result: ImportedEpisode): string[] {
  const detail = 'detail' in result ? result.detail : result.jobId;
  return [String(result.number), result.outcome, result.title, result.episodeId, detail];
}
