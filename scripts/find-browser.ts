/** Finds a Chromium that plays H.264: CHROMIUM_PATH, PATH, the usual places, then the one that npm brought. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { UserError } from './lib/user-error.ts';

export interface Browser {
  readonly executablePath: string;
  readonly origin: 'configured' | 'path' | 'installed' | 'bundled';
}

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome'];

const KNOWN_PLACES = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
  '/snap/bin/chromium',
];

export async function findBrowser(env: NodeJS.ProcessEnv = process.env): Promise<Browser> {
  const configured = env['CHROMIUM_PATH'];
  if (configured !== undefined && configured !== '') {
    if (isExecutable(configured)) return { executablePath: configured, origin: 'configured' };
    throw new UserError(`CHROMIUM_PATH is ${configured}, which is not an executable file.`);
  }
  const onPath = findOnPath(env['PATH'] ?? '');
  if (onPath !== null) return { executablePath: onPath, origin: 'path' };
  const installed = KNOWN_PLACES.find(isExecutable);
  if (installed !== undefined) return { executablePath: installed, origin: 'installed' };
  const bundled = await unpackBundled();
  if (bundled !== null) return { executablePath: bundled, origin: 'bundled' };
  throw new UserError(
    'The browser tests need a Chromium or Chrome that plays H.264. Install one (e.g. apt install chromium), or set CHROMIUM_PATH to its executable.',
  );
}

function findOnPath(searchPath: string): string | null {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  for (const folder of searchPath.split(path.delimiter)) {
    for (const name of NAMES) {
      const file = path.join(folder, name + suffix);
      if (folder !== '' && isExecutable(file)) return file;
    }
  }
  return null;
}

/** The build of @sparticuz/chromium: Linux only, unpacked into the temp folder at the first call (200 MB). */
async function unpackBundled(): Promise<string | null> {
  if (process.platform !== 'linux') return null;
  try {
    const { default: chromium, inflate, setupLambdaEnvironment } = await import('@sparticuz/chromium');
    const file = await chromium.executablePath();
    if (!starts(file)) {
      // A slim machine has no NSS. The package brings it too, and unpacks it by itself only on AWS.
      const packed = fileURLToPath(new URL('../bin/al2023.tar.br', import.meta.resolve('@sparticuz/chromium')));
      await inflate(packed);
      setupLambdaEnvironment(path.join(tmpdir(), 'al2023', 'lib'));
    }
    return starts(file) ? file : null;
  } catch {
    // Left out of the install (npm ci --omit=optional), or no room to unpack it.
    return null;
  }
}

function starts(file: string): boolean {
  return spawnSync(file, ['--version'], { stdio: 'ignore', timeout: 20_000 }).status === 0;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
