import type { Plan } from './plan.ts';

/** What `--dry-run` prints. */
export function summary(plan: Plan, sizes: readonly string[]): string {
  return [
    '',
    'A deployment makes in your account what is not there yet:',
    `  Workers          ${plan.workers.join(', ')}`,
    `  D1 database      ${plan.database}`,
    `  R2 bucket        ${plan.buckets.join(', ')}`,
    `  Queues           ${plan.queues.join(', ')}`,
    `  Durable Objects  one per viewer, in ${plan.workers.find((name) => name.endsWith('-api')) ?? 'the api Worker'}`,
    `  Cron             ${plan.crons.join(', ')}`,
    '  Secrets          made once, shown once; R2 keys from R2_ACCESS_KEY_ID and R2_SECRET_ACCESS_KEY',
    '',
    'Bundles:',
    ...sizes.map((size) => `  ${size}`),
    '',
    'Nothing was sent. Run `npm run deploy` to deploy.',
    '',
  ].join('\n');
}
