import type { Series } from '../../client/index.ts';
import { numberOption, requiredOption, textOption, withoutUndefined, type Command } from '../command.ts';
import { table } from '../output.ts';
import { allPages } from '../pages.ts';

export const seriesCommands: readonly Command[] = [
  {
    name: 'series list',
    summary: 'All series',
    args: [],
    options: {},
    async run({ client, out }) {
      const items = await allPages((query) => client.call('GET /v1/series', { query }));
      out.result({ items }, table(items.map(({ slug, title, id }) => [slug, title, id])));
      return undefined;
    },
  },
  {
    name: 'series create',
    summary: 'A new series',
    args: ['<slug>'],
    options: {
      title: { type: 'string', value: '<text>', help: 'its title (needed)' },
      synopsis: { type: 'string', value: '<text>', help: 'what it is about' },
      language: { type: 'string', value: '<tag>', help: 'of the titles, BCP 47' },
      price: { type: 'string', value: '<coins>', help: 'of an episode; without a policy all is open' },
      free: { type: 'string', value: '<n>', help: 'episodes that cost nothing' },
      preview: { type: 'string', value: '<seconds>', help: 'of a locked episode' },
    },
    examples: ['cliffhanger series create the-heiress --title "The Heiress" --price 10 --free 5 --preview 5'],
    async run({ client, args: [slug = ''], options, out }) {
      const title = requiredOption(options, 'title');
      const policy = policyOf(options);
      const optional = withoutUndefined({
        synopsis: textOption(options, 'synopsis'),
        defaultLanguage: textOption(options, 'language'),
      });
      const series = await client.call('POST /v1/series', { body: { slug, title, ...optional } });
      if (policy !== null)
        await client.call('PUT /v1/series/{series}/access', { params: { series: series.id }, body: policy });
      out.result(series, describe(series));
      return undefined;
    },
  },
  {
    name: 'series get',
    summary: 'One series with its access policy',
    args: ['<series>'],
    options: {},
    async run({ client, args: [name = ''], out }) {
      const params = { series: name };
      const series = await client.call('GET /v1/series/{series}', { params });
      const access = await client.call('GET /v1/series/{series}/access', { params });
      out.result({ ...series, access }, [...describe(series), `access     ${JSON.stringify(access)}`]);
      return undefined;
    },
  },
];

function describe({ id, slug, title, protection, createdAt }: Series): string[] {
  return table([
    ['id', id],
    ['slug', slug],
    ['title', title],
    ['protection', protection],
    ['created', createdAt],
  ]);
}

/** Checked before anything is made. */
function policyOf(options: Parameters<Command['run']>[0]['options']) {
  const policy = withoutUndefined({
    coinPrice: numberOption(options, 'price'),
    freeEpisodes: numberOption(options, 'free'),
    previewSeconds: numberOption(options, 'preview'),
  });
  return Object.keys(policy).length === 0 ? null : policy;
}
