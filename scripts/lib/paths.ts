import path from 'node:path';

/** The repository's root folder. */
export const ROOT = path.resolve(import.meta.dirname, '../..');

/** A path in the repository. */
export function inRoot(...parts: string[]): string {
  return path.join(ROOT, ...parts);
}

/** Built things that are named by a hash of their sources. Safe to delete. */
export const CACHE_DIR = inRoot('dist', 'cache');
