/** Bundle sizes against size-budget.json: raise a number there in the change that needs it. */
import { readFileSync } from 'node:fs';
import { inRoot } from '../lib/paths.ts';
import { measureBundles } from '../size.ts';

export async function checkBudgets(): Promise<string | null> {
  const budgets = JSON.parse(readFileSync(inRoot('size-budget.json'), 'utf8')) as Record<string, { gzipBytes: number }>;
  const sizes = await measureBundles();
  const complaints: string[] = [];
  for (const [name, { gzipBytes }] of Object.entries(budgets)) {
    const size = sizes.find((bundle) => bundle.name === name);
    if (size === undefined)
      complaints.push(`size-budget.json names "${name}", which scripts/size.ts does not measure.`);
    else if (size.gzipBytes > gzipBytes) {
      complaints.push(`${name} is ${size.gzipBytes} bytes gzip; its budget is ${gzipBytes}.`);
    }
  }
  return complaints.length === 0 ? null : complaints.join('\n');
}
