/** The static site of the front door: the player page, the operator's console, the API's pages and the error pages. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildConsole } from '../../console/build.ts';
import { buildSite } from '../../player/build.ts';
import { cachedBuild, hashOf } from '../lib/cached-build.ts';
import { writeApiDocs } from './api-docs/index.ts';
import { writeErrorPages } from './error-pages.ts';
import { writeWatchPage } from './watch-page.ts';

const SOURCES = [
  'player',
  'console',
  'client',
  'core',
  'docs/errors',
  'docs/openapi.json',
  'scripts/openapi',
  'scripts/platform',
  'package.json',
  'package-lock.json',
];

/**
 * Headers of the static files, in the form that Workers static assets read. Posters and segments come from the edge
 * itself, video through blob: URLs of Media Source Extensions; nothing is loaded from anywhere else. The API's document
 * may be read from any page: generators and viewers of it run elsewhere. So may the player, which other pages import.
 *
 * The console holds an operator's session: it plays nothing, makes no markup out of text (Trusted Types without a
 * policy), shares no process with a page that opened it, and is asked for anew each time, as its scripts have no hash.
 */
const HEADERS = `/*
  Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'
  Referrer-Policy: no-referrer
  X-Content-Type-Options: nosniff

/cliffhanger-*
  Access-Control-Allow-Origin: *

/chunk-*
  Access-Control-Allow-Origin: *

/console/*
  ! Content-Security-Policy
  Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'
  Cross-Origin-Opener-Policy: same-origin
  Cross-Origin-Resource-Policy: same-origin
  Permissions-Policy: camera=(), microphone=(), geolocation=(), payment=(), usb=()
  Cache-Control: private, no-cache

/openapi.json
  Access-Control-Allow-Origin: *
  Cache-Control: public, max-age=300
`;

export function buildSiteFolder(): Promise<string> {
  return cachedBuild('site', hashOf(SOURCES), buildWholeSite);
}

/** Everything that the front door serves as files; a deployment and a local platform get the same. */
export async function buildWholeSite(outdir: string): Promise<void> {
  await buildSite({ outdir, minify: true });
  await buildConsole({ outdir: path.join(outdir, 'console'), minify: true });
  await writeWatchPage(outdir);
  writeErrorPages(outdir);
  await writeApiDocs(outdir);
  writeFileSync(path.join(outdir, '_headers'), HEADERS);
}
