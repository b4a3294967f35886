import { existsSync } from 'node:fs';
/** Rules of this repository that no general tool knows. Each returns one line per place that breaks it. */
import { PROBLEMS } from '../core/problem/codes.ts';
import { checkImports } from './check/layers.ts';
import { type SourceFile, sourceFiles } from './check/source-files.ts';
import { inRoot } from './lib/paths.ts';

/** A file has one subject; past this it has two. */
const MAX_LINES = 500;

/** Samples are made by scripts, never committed: a clone stays small and nothing needs a licence. */
const MEDIA = /\.(?:mp4|m4s|m4v|mov|mkv|webm|ts\.bin|mp3|aac|wav|m4a|avi)$/i;

/** Paths of somebody's machine, and hosts of a registry in the lockfile. In parts, so that this file does not match. */
const PRIVATE = new RegExp(['/wor' + 'k/(?:main|shared)', '/hom' + 'e/[a-z]', '/User' + 's/[A-Za-z]'].join('|'));
const REGISTRY = /"resolved": "https?:/;

const DIRECTIVE = /(?:oxlint|eslint)-disable|@ts-expect-error/;
const FORBIDDEN_DIRECTIVE = new RegExp('@ts-' + '(?:ignore|nocheck)');

const RULES: readonly ((file: SourceFile) => string[])[] = [
  checkImports,
  checkLength,
  checkDirectives,
  checkPrivatePaths,
];

export async function checkTidy(): Promise<string | null> {
  const files = await sourceFiles();
  const complaints = [
    ...files.flatMap((file) => RULES.flatMap((rule) => rule(file))),
    ...files.filter(({ path }) => MEDIA.test(path)).map(({ path }) => `${path}: media is not committed`),
    ...errorCodesWithoutPage(),
  ];
  return complaints.length === 0 ? null : complaints.join('\n');
}

function checkLength({ path, lines }: SourceFile): string[] {
  if (!/\.(?:ts|mjs)$/.test(path) || lines.length <= MAX_LINES) return [];
  return [`${path}: ${lines.length} lines; at most ${MAX_LINES}. It has more than one subject.`];
}

function checkDirectives({ path, lines }: SourceFile): string[] {
  if (!/\.(?:ts|mjs)$/.test(path) || path === 'scripts/tidy.ts' || path.endsWith('env.d.ts')) return [];
  return lines.flatMap((line, index) => {
    if (FORBIDDEN_DIRECTIVE.test(line)) return [`${path}:${index + 1}: use @ts-expect-error with a reason`];
    if (DIRECTIVE.test(line) && !/ -- \S/.test(line))
      return [`${path}:${index + 1}: a disable needs " -- " and its reason`];
    return [];
  });
}

function checkPrivatePaths({ path, lines }: SourceFile): string[] {
  return lines.flatMap((line, index) => {
    if (PRIVATE.test(line)) return [`${path}:${index + 1}: a path of one machine`];
    if (path === 'package-lock.json' && REGISTRY.test(line)) return [`${path}:${index + 1}: a registry's host`];
    return [];
  });
}

function errorCodesWithoutPage(): string[] {
  return Object.keys(PROBLEMS)
    .filter((code) => !existsSync(inRoot('docs', 'errors', `${code}.md`)))
    .map((code) => `docs/errors/${code}.md: the code has no page`);
}
