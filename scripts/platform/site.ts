/** The static site of the front door: the player page, the operator's console and the error pages. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildConsole } from '../../console/build.ts';
import { buildSite } from '../../player/build.ts';
import { cachedBuild, hashOf } from '../lib/cached-build.ts';
import { writeErrorPages } from './error-pages.ts';

const SOURCES = ['player', 'console', 'core', 'docs/errors', 'scripts/platform', 'package.json', 'package-lock.json'];

/**
 * Headers of the static files, in the form that Workers static assets read. Posters and segments come from the edge
 * itself, video through blob: URLs of Media Source Extensions; nothing is loaded from anywhere else.
 */
const HEADERS = `/*
  Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'
  Referrer-Policy: no-referrer
  X-Content-Type-Options: nosniff
`;

export function buildSiteFolder(): Promise<string> {
  return cachedBuild('site', hashOf(SOURCES), buildWholeSite);
}

/** Everything that the front door serves as files; a deployment and a local platform get the same. */
export async function buildWholeSite(outdir: string): Promise<void> {
  await buildSite({ outdir, minify: true });
  await buildConsole({ outdir: path.join(outdir, 'console'), minify: true });
  writeErrorPages(outdir);
  writeFileSync(path.join(outdir, '_headers'), HEADERS);
}
