/** The checks that are a tool's own: formatter, linter, compiler, unused code. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { inRoot } from '../lib/paths.ts';
import { type BinName, runBin } from '../lib/run.ts';

/** Every folder with a tsconfig.json: what it may name (DOM, Node, Workers) differs from the next. */
const PROGRAMS = [
  'core',
  'workers/playback',
  'workers/api',
  'workers/analytics',
  'transcoder',
  'player',
  'console',
  'cli',
  'client',
  'openapi',
  'scripts',
  'scripts/platform/api-docs/page',
  'bench',
  'bench/worker',
  'bench/startup/page',
  'test',
  'test/workers/api/viewer-object',
  'test/workers/analytics/series-views',
];

export function isFormatted(): Promise<string | null> {
  return complaintOf('oxfmt', ['--check'], 'Run `npm run fix`.');
}

export function isLinted(): Promise<string | null> {
  return complaintOf('oxlint', ['--type-aware', '--deny-warnings']);
}

export function nothingIsUnused(): Promise<string | null> {
  return complaintOf('knip', ['--no-progress']);
}

export async function typesHold(): Promise<string | null> {
  const complaints: string[] = [];
  for (const program of PROGRAMS.filter(hasSources)) {
    const complaint = await complaintOf('tsc', ['--noEmit', '--pretty', 'false', '--project', program]);
    if (complaint !== null) complaints.push(complaint.trim());
  }
  return complaints.length === 0 ? null : complaints.join('\n');
}

/** The compiler calls a program without files an error; a folder whose first file is yet to come is none. */
function hasSources(program: string): boolean {
  return readdirSync(inRoot(program), { recursive: true, encoding: 'utf8' }).some(
    (file) => path.extname(file) === '.ts',
  );
}

async function complaintOf(tool: BinName, args: readonly string[], hint = ''): Promise<string | null> {
  const { code, output } = await runBin(tool, args);
  return code === 0 ? null : `${output}\n${hint}`;
}
