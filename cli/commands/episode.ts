import type { Episode } from '../../client/index.ts';
import { numberOption, requiredOption, textOption, UsageError, withoutUndefined, type Command } from '../command.ts';
import { table } from '../output.ts';
import { allPages } from '../pages.ts';
import { uploadFile, waitForJob } from '../upload.ts';

const NO_WAIT = { type: 'boolean', help: 'do not wait until it is transcoded' } as const;

export const episodeCommands: readonly Command[] = [
  {
    name: 'episode list',
    summary: 'The episodes of a series',
    args: ['<series>'],
    options: {},
    async run({ client, args: [series = ''], out }) {
      const items = await allPages((query) =>
        client.call('GET /v1/series/{series}/episodes', { params: { series }, query }),
      );
      const rows = items.map(({ number, state, title, id, failure }) => [
        String(number),
        state,
        title,
        id,
        failure?.code ?? '',
      ]);
      out.result({ items }, table(rows));
      return undefined;
    },
  },
  {
    name: 'episode create',
    summary: 'A new episode, as a draft',
    args: ['<series>'],
    options: {
      number: { type: 'string', value: '<n>', help: 'its number (needed)' },
      title: { type: 'string', value: '<text>', help: 'its title (needed)' },
      'release-at': { type: 'string', value: '<time>', help: 'ISO 8601: viewers see it from then on' },
    },
    async run({ client, args: [series = ''], options, out }) {
      const number = numberOption(options, 'number');
      if (number === undefined) throw new UsageError('--number is needed.');
      const body = {
        number,
        title: requiredOption(options, 'title'),
        ...withoutUndefined({ releaseAt: textOption(options, 'release-at') }),
      };
      const episode = await client.call('POST /v1/series/{series}/episodes', { params: { series }, body });
      out.result(episode, describe(episode));
      return undefined;
    },
  },
  {
    name: 'episode upload',
    summary: 'Its video; waits until it is transcoded',
    args: ['<episode>', '<file>'],
    options: { 'no-wait': NO_WAIT, publish: { type: 'boolean', help: 'and publish it then' } },
    async run({ client, args: [episode = '', file = ''], options, out }) {
      const isWaiting = options['no-wait'] !== true;
      if (!isWaiting && options['publish'] === true) throw new UsageError('--publish has to wait for the transcode.');
      const started = await uploadFile({ client, out }, episode, file);
      const job = isWaiting ? await waitForJob({ client, out }, started, file) : started;
      const params = { episode };
      const now =
        options['publish'] === true
          ? await client.call('POST /v1/episodes/{episode}/publish', { params })
          : await client.call('GET /v1/episodes/{episode}', { params });
      out.result({ job, episode: now }, [...describe(now), `job       ${job.id} (${job.state})`]);
      return undefined;
    },
  },
  {
    name: 'episode publish',
    summary: 'Let viewers see it',
    args: ['<episode>'],
    options: { at: { type: 'string', value: '<time>', help: 'ISO 8601; now unless said' } },
    async run({ client, args: [episode = ''], options, out }) {
      const body = withoutUndefined({ at: textOption(options, 'at') });
      const published = await client.call('POST /v1/episodes/{episode}/publish', { params: { episode }, body });
      out.result(published, describe(published));
      return undefined;
    },
  },
  {
    name: 'episode get',
    summary: 'One episode',
    args: ['<episode>'],
    options: {},
    async run({ client, args: [episode = ''], out }) {
      const found = await client.call('GET /v1/episodes/{episode}', { params: { episode } });
      out.result(found, describe(found));
      return undefined;
    },
  },
];

function describe({ id, number, title, state, failure, durationSeconds, releaseAt, publishedAt }: Episode): string[] {
  return table([
    ['id', id],
    ['number', String(number)],
    ['title', title],
    ['state', state],
    ...(failure === undefined ? [] : [['failure', `${failure.code}: ${failure.detail}`]]),
    ['duration', durationSeconds === null ? '-' : `${durationSeconds.toFixed(1)} s`],
    ['release', releaseAt ?? '-'],
    ['published', publishedAt ?? '-'],
  ]);
}
