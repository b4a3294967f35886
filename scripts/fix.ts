/** `npm run fix`: mends what `npm run check` would only name: format, lint where a fix is safe, and what is generated. */
import { envTypesArgs } from './check/generated.ts';
import { writeElements } from './elements.ts';
import { runBin } from './lib/run.ts';
import { writeOpenApi } from './openapi.ts';
import { ensureAssetsFolder, WORKERS } from './platform/workers.ts';

ensureAssetsFolder();
for (const worker of WORKERS) await runBin('wrangler', envTypesArgs(worker), { echo: true });
await writeOpenApi();
writeElements();
await runBin('oxlint', ['--type-aware', '--fix'], { echo: true });
const { code } = await runBin('oxfmt', [], { echo: true });
process.exitCode = code;
