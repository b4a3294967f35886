import { textOption, type Command, type Context } from '../command.ts';
import { checkEpisodes } from '../doctor/episodes.ts';
import { ended, type Finding } from '../doctor/finding.ts';
import { checkKey } from '../doctor/key.ts';
import { checkJobs, checkKeySources, checkLedger, checkWebhooks } from '../doctor/operations.ts';
import { table } from '../output.ts';

const MARKS = { ok: 'ok', warning: 'warning', error: 'FAILED', skipped: 'skipped' } as const;

export const doctorCommand: Command = {
  name: 'doctor',
  summary: 'Is everything as it should be: the edge, the key, episodes, jobs, webhooks, a viewer’s ledger',
  args: [],
  options: { viewer: { type: 'string', value: '<viewer>', help: 'prove this viewer’s ledger, too' } },
  async run(context) {
    const { out, options } = context;
    const viewerId = textOption(options, 'viewer');
    // Throws where nothing answers: then there is nothing else to say.
    await context.client.call('GET /health');
    const { scopes, findings } = await checkKey(context);
    const more = await Promise.all([
      only(scopes, ['catalog', 'tokens'], 'episodes', () => checkEpisodes(context)),
      only(scopes, ['ingest'], 'jobs', () => checkJobs(context)),
      only(scopes, ['admin'], 'webhooks', () => checkWebhooks(context)),
      only(scopes, ['tokens'], 'signing keys', () => checkKeySources(context)),
      viewerId === undefined
        ? [
            {
              check: 'ledger',
              state: 'skipped',
              detail: 'name a viewer with --viewer to have its ledger proved',
            } as const,
          ]
        : only(scopes, ['admin'], 'ledger', () => checkLedger(context, viewerId)),
    ]);
    const all = [
      { check: 'edge', state: 'ok', detail: `${context.connection.edge} answers` } as const,
      ...findings,
      ...more.flat(),
    ];
    out.endProgress();
    const isWell = all.every(({ state }) => state !== 'error');
    out.result(
      { ok: isWell, scopes, findings: all },
      table(all.map(({ check, state, detail }) => [MARKS[state], check, detail])),
    );
    return isWell ? undefined : 1;
  },
};

/** A check that its key may not make is told of, not taken for a good sign. */
async function only(
  scopes: readonly string[],
  needed: readonly string[],
  check: string,
  run: () => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  const missing = needed.filter((scope) => !scopes.includes(scope));
  if (missing.length > 0) return [{ check, state: 'skipped', detail: `the key lacks the scope ${missing.join(', ')}` }];
  return run().catch((error: unknown) => [ended(check, error)]);
}

export type DoctorContext = Pick<Context, 'client' | 'connection' | 'out'>;
