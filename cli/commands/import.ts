import type { Episode } from '../../client/index.ts';
import {
  CommandError,
  numberOption,
  requiredOption,
  textOption,
  UsageError,
  type Command,
  type Context,
} from '../command.ts';
import { importOne, type Imported, type ImportPlace } from '../import/import-one.ts';
import { plan, type Planned } from '../import/plan.ts';
import { table } from '../output.ts';
import { allPages } from '../pages.ts';
import { ProgressBoard } from '../progress-board.ts';

/** Two fill most lines; more only divide them. */
const DEFAULT_PARALLEL = 2;
const MAX_PARALLEL = 8;

export const importCommand: Command = {
  name: 'import',
  summary: 'Episodes from a file or a folder: made, uploaded, transcoded; run it again to go on',
  args: ['<file or folder>'],
  options: {
    series: { type: 'string', value: '<id or slug>', help: 'of the series (needed); a slug that is new makes one' },
    title: { type: 'string', value: '<text>', help: 'of the series, where it is made' },
    parallel: { type: 'string', value: '<n>', help: `files at once; ${DEFAULT_PARALLEL} unless said` },
    publish: { type: 'boolean', help: 'publish each when it is ready' },
    replace: { type: 'boolean', help: 'upload over episodes that another file made' },
    wait: { type: 'boolean', help: 'until they are transcoded; so it is unless --no-wait' },
    'no-wait': { type: 'boolean', help: 'do not wait until they are transcoded' },
    'dry-run': { type: 'boolean', help: 'say what would be done, and do nothing' },
  },
  examples: [
    'cliffhanger import ./episodes --series the-heiress --publish',
    'cliffhanger import ./episodes --series the-heiress --dry-run',
  ],
  async run(context) {
    const { client, args, options, out } = context;
    const series = requiredOption(options, 'series');
    const parallel = numberOption(options, 'parallel') ?? DEFAULT_PARALLEL;
    if (!Number.isInteger(parallel) || parallel < 1 || parallel > MAX_PARALLEL)
      throw new UsageError(`--parallel is from 1 to ${MAX_PARALLEL}.`);
    const isDryRun = options['dry-run'] === true;
    const isWaiting = options['no-wait'] !== true;
    if (!isWaiting && (options['publish'] === true || options['wait'] === true))
      throw new UsageError('--no-wait stands against --publish and --wait.');
    const planned = await plan(args[0] ?? '');
    const known = await findEpisodes(context, series, isDryRun);
    const place: ImportPlace = {
      client,
      series,
      board: new ProgressBoard(process.stderr, options['json'] === true),
      options: {
        isWaiting,
        isDryRun,
        isPublishing: options['publish'] === true,
        isReplacing: options['replace'] === true,
      },
    };
    const results = await importAll(place, planned, known, parallel);
    out.result({ items: results }, [...table(results.map(describe)), ...captionLines(results), ...dubLines(results)]);
    return results.some(
      ({ outcome, captionsFailed, dubsFailed }) => outcome === 'failed' || captionsFailed || dubsFailed,
    )
      ? 1
      : undefined;
  },
};

/** So many at once, begun in the order of their numbers. */
async function importAll(
  place: ImportPlace,
  planned: readonly Planned[],
  known: readonly Episode[],
  parallel: number,
): Promise<Imported[]> {
  const results: Imported[] = [];
  const rest = planned.entries();
  const worker = async (): Promise<void> => {
    for (const [index, each] of rest)
      results[index] = await importOne(place, each, known.find(({ number }) => number === each.number) ?? null);
  };
  await Promise.all(Array.from({ length: parallel }, worker));
  return results;
}

/** Those that the series has; the series itself is made where its slug is new. */
async function findEpisodes({ client, options }: Context, series: string, isDryRun: boolean): Promise<Episode[]> {
  const found = await client.try('GET /v1/series/{series}', { params: { series } });
  if (found.ok)
    return allPages((query) => client.call('GET /v1/series/{series}/episodes', { params: { series }, query }));
  if (found.problem.code !== 'series-not-found') throw found.error;
  if (/^ser_[0-9a-z]{26}$/.test(series)) throw new CommandError(`There is no series ${series}.`);
  const title = textOption(options, 'title') ?? titleOf(series);
  if (!isDryRun) await client.call('POST /v1/series', { body: { slug: series, title } });
  return [];
}

/** `the-heiress` is "The heiress". */
function titleOf(slug: string): string {
  const words = slug.replaceAll('-', ' ');
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

function describe({ number, outcome, title, episodeId, detail, jobId }: Imported): string[] {
  return [String(number), outcome, title, episodeId ?? '-', detail ?? jobId ?? ''];
}

function dubLines(results: readonly Imported[]): string[] {
  const sent = results.flatMap(({ dubsSent = [] }) => dubsSent);
  const failed = results.flatMap(({ dubsFailed = [] }) => dubsFailed);
  return [
    ...(sent.length === 0 ? [] : [`Dubs: ${sent.join(', ')}.`]),
    ...failed.map((each) => `Dubs that were not added: ${each}`),
  ];
}

function captionLines(results: readonly Imported[]): string[] {
  const sent = results.flatMap(({ captionsSent = [] }) => captionsSent);
  const failed = results.flatMap(({ captionsFailed = [] }) => captionsFailed);
  return [
    ...(sent.length === 0 ? [] : [`Captions: ${sent.join(', ')}.`]),
    ...failed.map((each) => `Captions that cannot be used: ${each}`),
  ];
}
