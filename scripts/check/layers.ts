/** Who may import whom. `core` imports nothing but `core`; no Worker another; `player` and `transcoder` only `core`; `client` nothing. */
import path from 'node:path';
import type { SourceFile } from './source-files.ts';

interface Layer {
  readonly folder: string;
  /** Folders it may import from, beside itself. */
  readonly mayImport: readonly string[];
  readonly packages: boolean;
}

const LAYERS: readonly Layer[] = [
  { folder: 'core', mayImport: [], packages: false },
  { folder: 'workers/shared', mayImport: ['core'], packages: true },
  { folder: 'workers/playback', mayImport: ['core', 'workers/shared'], packages: true },
  { folder: 'workers/api', mayImport: ['core', 'workers/shared'], packages: true },
  { folder: 'workers/analytics', mayImport: ['core', 'workers/shared'], packages: true },
  { folder: 'transcoder', mayImport: ['core'], packages: true },
  { folder: 'player', mayImport: ['core'], packages: true },
  { folder: 'console', mayImport: ['core', 'client'], packages: true },
  { folder: 'client', mayImport: [], packages: false },
  { folder: 'cli', mayImport: ['core', 'client', 'scripts/bootstrap'], packages: true },
  { folder: 'openapi', mayImport: ['core', 'workers'], packages: true },
];

const ALIASES = new Map([
  ['#core/', 'core/'],
  ['#shared/', 'workers/shared/'],
]);

const IMPORT = /(?:\bfrom\s*|\bimport\s*\(\s*|^\s*import\s+)['"]([^'"]+)['"]/;

export function checkImports({ path: file, lines }: SourceFile): string[] {
  const layer = LAYERS.find(({ folder }) => file.startsWith(`${folder}/`));
  if (layer === undefined || !/\.(?:tsx?|mjs)$/.test(file) || file.endsWith('.d.ts')) return [];
  return lines.flatMap((line, index) => {
    const specifier = IMPORT.exec(line)?.[1];
    if (specifier === undefined) return [];
    const target = targetOf(file, specifier);
    if (target === null) {
      return layer.packages ? [] : [`${file}:${index + 1}: ${layer.folder} imports no package ("${specifier}")`];
    }
    const allowed = [layer.folder, ...layer.mayImport].some((folder) => target.startsWith(`${folder}/`));
    return allowed ? [] : [`${file}:${index + 1}: ${layer.folder} may not import ${target}`];
  });
}

/** The imported file's path in the repository; null for a package or one of Node's modules. */
function targetOf(file: string, specifier: string): string | null {
  for (const [alias, folder] of ALIASES) {
    if (specifier.startsWith(alias)) return folder + specifier.slice(alias.length);
  }
  return specifier.startsWith('.') ? path.posix.join(path.posix.dirname(file), specifier) : null;
}
