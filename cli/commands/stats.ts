import type { Retention } from '../../client/index.ts';
import { textOption, withoutUndefined, type Command } from '../command.ts';
import { table } from '../output.ts';

const BAR_WIDTH = 40;
/** An episode of two minutes still fits on a screen. */
const MAX_ROWS = 30;

export const statsCommand: Command = {
  name: 'stats',
  summary: 'How far viewers watch an episode',
  args: ['<episode>'],
  options: {
    from: { type: 'string', value: '<time>', help: 'ISO 8601' },
    to: { type: 'string', value: '<time>', help: 'ISO 8601' },
  },
  async run({ client, args: [episode = ''], options, out }) {
    const query = withoutUndefined({ from: textOption(options, 'from'), to: textOption(options, 'to') });
    const retention = await client.call('GET /v1/analytics/episodes/{episode}/retention', {
      params: { episode },
      query,
    });
    out.result(retention, describe(retention));
    return undefined;
  },
};

function describe({ views, completionRate, durationSeconds, curve, isSample }: Retention): string[] {
  const head = table([
    ['views', `${views}${isSample ? ' (a sample)' : ''}`],
    ['completed', `${(completionRate * 100).toFixed(1)} %`],
    ['duration', `${durationSeconds.toFixed(1)} s`],
  ]);
  const every = Math.max(1, Math.ceil(curve.length / MAX_ROWS));
  const rows = curve
    .filter((_, index) => index % every === 0)
    .map(({ atSeconds, viewers, share }) => [
      `${atSeconds} s`,
      '█'.repeat(Math.round(share * BAR_WIDTH)).padEnd(BAR_WIDTH),
      `${Math.round(share * 100)} %`,
      String(viewers),
    ]);
  return [...head, ...(views === 0 ? [] : ['', ...table(rows)])];
}
