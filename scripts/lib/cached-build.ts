/**
 * Builds that are named by a hash of what they are made of: a second start finds the folder and builds nothing.
 *
 * The build happens in a folder of its own that is renamed into place when it is whole, so two starts at once may both
 * build, and neither ever sees half a result.
 */
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { CACHE_DIR, inRoot } from './paths.ts';

/** Older results of one name that stay, for switching between branches and for platforms that still run. */
const KEEP_PER_NAME = 4;

/** A half-built folder older than this belongs to a build that died. */
const ABANDONED_AFTER_MS = 60 * 60_000;

/** SHA-256 over names and contents of files and folders, paths relative to the root. What is absent counts as absent. */
export function hashOf(paths: readonly string[], salt = ''): string {
  const hash = createHash('sha256').update(salt);
  for (const start of paths) {
    for (const file of filesUnder(start)) {
      hash.update(`\0${file}\0`).update(readFileSync(inRoot(file)));
    }
  }
  return hash.digest('hex').slice(0, 24);
}

/** The folder with the result, built now if no earlier run left it. */
export async function cachedBuild(
  name: string,
  hash: string,
  build: (outdir: string) => Promise<void>,
): Promise<string> {
  const target = path.join(CACHE_DIR, `${name}-${hash}`);
  if (existsSync(target)) {
    const now = new Date();
    utimesSync(target, now, now);
    return target;
  }
  const scratch = path.join(CACHE_DIR, `.building-${name}-${randomUUID()}`);
  mkdirSync(scratch, { recursive: true });
  try {
    await build(scratch);
    renameIntoPlace(scratch, target);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  dropOldResults(name);
  return target;
}

function renameIntoPlace(scratch: string, target: string): void {
  try {
    renameSync(scratch, target);
  } catch (error) {
    // Another process was faster: its result is the same.
    if (!existsSync(target)) throw error;
  }
}

function dropOldResults(name: string): void {
  const entries = readdirSync(CACHE_DIR).map((entry) => ({ entry, at: modifiedAt(entry) }));
  const results = entries
    .filter(({ entry }) => entry.startsWith(`${name}-`) && /-[0-9a-f]{24}$/.test(entry))
    .sort((a, b) => b.at - a.at);
  const abandoned = entries.filter(
    ({ entry, at }) => entry.startsWith('.building-') && Date.now() - at > ABANDONED_AFTER_MS,
  );
  for (const { entry } of [...results.slice(KEEP_PER_NAME), ...abandoned]) {
    rmSync(path.join(CACHE_DIR, entry), { recursive: true, force: true });
  }
}

function modifiedAt(entry: string): number {
  return statSync(path.join(CACHE_DIR, entry), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function filesUnder(start: string): string[] {
  const stat = statSync(inRoot(start), { throwIfNoEntry: false });
  if (stat === undefined) return [];
  if (stat.isFile()) return [start];
  return readdirSync(inRoot(start), { withFileTypes: true })
    .filter((entry) => entry.name !== 'node_modules' && !entry.name.startsWith('.') && !entry.name.endsWith('.d.ts'))
    .map((entry) => path.posix.join(start, entry.name))
    .sort()
    .flatMap((entry) => filesUnder(entry));
}
