/**
 * `npm run check`: everything that is checked without running the product. Each step's name is what it claims; all run,
 * also after one has failed.
 */
import { checkBudgets } from './check/budgets.ts';
import { envTypesAreCurrent, migrationsAreCurrent } from './check/generated.ts';
import { elementsAreCurrent, openApiIsCurrent, openApiIsSound } from './check/openapi.ts';
import { isFormatted, isLinted, nothingIsUnused, typesHold } from './check/tools.ts';
import { checkTidy } from './tidy.ts';

/** Null where the claim holds, else what speaks against it. */
type Check = () => Promise<string | null>;

const CHECKS: readonly (readonly [claim: string, check: Check])[] = [
  ['The code is formatted', isFormatted],
  ['The linter finds nothing', isLinted],
  ['The types hold', typesHold],
  ['The Env types are those of the wrangler.toml files', envTypesAreCurrent],
  ['The migrations are those of the schema', migrationsAreCurrent],
  ['The API document and the client are those of the routes', openApiIsCurrent],
  ['The elements manifest and the React wrapper are those of the web component', elementsAreCurrent],
  ['Spectral (with OWASP) and Redocly find nothing in the API document', openApiIsSound],
  ['The tree is tidy: layers, sizes, error pages, no private paths', checkTidy],
  ['Nothing is unused', nothingIsUnused],
  ['The bundles are within their budgets', checkBudgets],
];

const failed: string[] = [];
for (const [claim, check] of CHECKS) {
  const startedAt = performance.now();
  const complaint = await run(check);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`${complaint === null ? 'ok    ' : 'FAILED'} ${claim} (${seconds} s)`);
  if (complaint === null) continue;
  failed.push(claim);
  console.log(`\n${complaint.trim()}\n`);
}

console.log(`${CHECKS.length - failed.length} of ${CHECKS.length} checks passed`);
process.exitCode = failed.length === 0 ? 0 : 1;

async function run(check: Check): Promise<string | null> {
  try {
    return await check();
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
}
