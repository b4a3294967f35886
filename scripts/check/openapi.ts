/** docs/openapi.json and the client are what the routes' schemas say now, and the document keeps the linters' rules. */
import { readFileSync } from 'node:fs';
import { generateElements } from '../elements.ts';
import { inRoot } from '../lib/paths.ts';
import { runBin } from '../lib/run.ts';
import { generateOpenApi, type GeneratedFile } from '../openapi.ts';

export async function openApiIsCurrent(): Promise<string | null> {
  return complaintOn(await generateOpenApi());
}

/** As is what tools and React see of the web component. */
export async function elementsAreCurrent(): Promise<string | null> {
  return complaintOn(generateElements());
}

function complaintOn(files: readonly GeneratedFile[]): string | null {
  const stale = files.filter(({ path, text }) => readOrNull(path) !== text);
  return stale.length === 0
    ? null
    : `Not as generated: ${stale.map(({ path }) => path).join(', ')}. Run \`npm run fix\`.`;
}

/** Nothing of the network: neither tool may look for updates or report. */
const OFFLINE = { REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };

export async function openApiIsSound(): Promise<string | null> {
  const results = await Promise.all([
    runBin('spectral', ['lint', 'docs/openapi.json', '--ruleset=.spectral.yaml', '--fail-severity=hint']),
    runBin('redocly', ['lint', 'docs/openapi.json', '--config=redocly.yaml'], { env: OFFLINE }),
  ]);
  const complaints = results.filter(({ code }) => code !== 0).map(({ output }) => output.trim());
  return complaints.length === 0 ? null : complaints.join('\n');
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(inRoot(path), 'utf8');
  } catch {
    return null;
  }
}
