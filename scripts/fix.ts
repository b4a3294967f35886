/** `npm run fix`: mends what `npm run check` would only name: format, lint where a fix is safe, generated Env types. */
import { envTypesArgs } from './check/generated.ts';
import { runBin } from './lib/run.ts';
import { ensureAssetsFolder, WORKERS } from './platform/workers.ts';

ensureAssetsFolder();
for (const worker of WORKERS) await runBin('wrangler', envTypesArgs(worker), { echo: true });
await runBin('oxlint', ['--type-aware', '--fix'], { echo: true });
const { code } = await runBin('oxfmt', [], { echo: true });
process.exitCode = code;
