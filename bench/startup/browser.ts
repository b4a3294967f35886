/** Chromium behind a link: everything it asks for goes to the bench's origin, and nothing anywhere else. */
import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { findBrowser } from '../../scripts/find-browser.ts';
import type { Link } from './link/link.ts';
import { HOST } from './origin/front.ts';

export const ORIGIN = `https://${HOST}`;
/** As a phone holds it. */
export const VIEWPORT = { width: 390, height: 844 };

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-features=OptimizationHints,MediaRouter,DialMediaRouteProvider',
  '--disable-renderer-backgrounding',
  '--disable-background-timer-throttling',
  '--autoplay-policy=no-user-gesture-required',
  '--ignore-certificate-errors',
  '--enable-precise-memory-info',
];

export async function openBrowser(link: Link, originPort: number, folder: string): Promise<Browser> {
  const { executablePath } = await findBrowser();
  const [host = '', port = String(originPort)] = link.serverAddress.split(':');
  const rules = `--host-resolver-rules=MAP ${HOST}:443 ${host}:${port}, MAP * ~NOTFOUND`;
  return chromium.launch({
    executablePath: wrapped(link.atClient([executablePath]), folder),
    args: [...FLAGS, rules],
  });
}

/** Playwright starts one file: a script that puts what is in it before its arguments. */
function wrapped(command: readonly string[], folder: string): string {
  const file = path.join(folder, `chromium-${command.join('-').replace(/[^A-Za-z0-9]+/g, '-')}.sh`);
  const quoted = command.map((part) => `'${part.replaceAll("'", "'\\''")}'`).join(' ');
  writeFileSync(file, `#!/bin/sh\nexec ${quoted} "$@"\n`);
  chmodSync(file, 0o755);
  return file;
}
