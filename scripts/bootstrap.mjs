/**
 * The first file that runs: plain JavaScript for whatever Node is on the machine (20 or newer), before node_modules
 * exists. It installs what is missing, then hands over to the pinned Node 22 in node_modules, which runs TypeScript
 * as it is.
 */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { installIfNeeded } from './bootstrap/install.mjs';
import { runKept } from './bootstrap/keeper.mjs';

const OLDEST_NODE = 20;
const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const NODE = path.join(ROOT, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

/** What `npm run <name>` runs. */
const COMMANDS = new Map([
  ['start', 'scripts/start.ts'],
  ['dev', 'scripts/dev.ts'],
  ['test', 'scripts/test.ts'],
  ['check', 'scripts/check.ts'],
  ['fix', 'scripts/fix.ts'],
  ['bench', 'bench/index.ts'],
  ['bench:startup', 'bench/startup/index.ts'],
  ['deploy', 'scripts/deploy.ts'],
  ['image', 'scripts/image.ts'],
]);

const [command = '', ...args] = process.argv.slice(2);
const script = COMMANDS.get(command);
if (script === undefined) {
  stop(`Unknown command "${command}". It is one of: ${[...COMMANDS.keys()].join(', ')}.`);
}
if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
  stop(`Cliffhanger needs Node ${OLDEST_NODE} or newer; this is Node ${process.versions.node} (${process.execPath}).`);
}

try {
  await installIfNeeded(ROOT, NODE);
} catch (error) {
  stop(error instanceof Error ? error.message : String(error));
}

process.exitCode = await runKept(NODE, [path.join(ROOT, script), ...args], {
  cwd: ROOT,
  env: {
    ...process.env,
    // Whatever runs next (wrangler, vitest, npx) must find the pinned Node before the machine's own.
    PATH: [path.dirname(NODE), path.join(ROOT, 'node_modules', '.bin'), process.env['PATH']].join(path.delimiter),
    WRANGLER_SEND_METRICS: 'false',
  },
});

/**
 * @param {string} sentence
 * @returns {never}
 */
function stop(sentence) {
  console.error(sentence);
  process.exit(1);
}
