/** The files of the repository that are or would be committed, with their text. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { inRoot } from '../lib/paths.ts';
import { runCommand } from '../lib/run.ts';

export interface SourceFile {
  /** Relative to the root, with forward slashes. */
  readonly path: string;
  readonly lines: readonly string[];
}

/** For a copy without git. */
const SKIPPED_FOLDERS = new Set(['node_modules', 'dist', '.git', '.wrangler', '.cliffhanger', 'coverage']);

export async function sourceFiles(): Promise<SourceFile[]> {
  const paths = (await listedByGit()) ?? walk('');
  return paths.map((file) => ({ path: file, lines: readText(file).split('\n') }));
}

async function listedByGit(): Promise<string[] | null> {
  try {
    const { code, output } = await runCommand('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z']);
    if (code !== 0) return null;
    // A file that was deleted and not yet committed as such is still listed.
    return [...new Set(output.split('\0'))].filter((file) => file !== '' && isFile(file));
  } catch {
    return null;
  }
}

function walk(folder: string): string[] {
  return readdirSync(inRoot(folder), { withFileTypes: true }).flatMap((entry) => {
    const file = path.posix.join(folder, entry.name);
    if (entry.isDirectory()) return SKIPPED_FOLDERS.has(entry.name) ? [] : walk(file);
    return entry.isFile() ? [file] : [];
  });
}

function isFile(file: string): boolean {
  return statSync(inRoot(file), { throwIfNoEntry: false })?.isFile() === true;
}

function readText(file: string): string {
  const bytes = readFileSync(inRoot(file));
  // Binary: its name is enough for the rules.
  return bytes.includes(0) ? '' : bytes.toString('utf8');
}
