import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { inRoot } from '../scripts/lib/paths.ts';

export function print(head: readonly string[], lines: readonly (readonly string[])[]): void {
  const widths = head.map((title, column) => Math.max(title.length, ...lines.map((line) => line[column]?.length ?? 0)));
  const text = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ');
  console.log([text(head), widths.map((width) => '-'.repeat(width)).join('  '), ...lines.map(text), ''].join('\n'));
}

/** Each part of the bench replaces its own figures and leaves the others'. */
export function saveResults(
  part: 'requests' | 'analytics' | 'transcoder' | 'preload' | 'startup' | 'session' | 'unlock' | 'audience' | 'beacons',
  results: object,
): void {
  const file = inRoot('bench', 'results.json');
  const others = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as object) : {};
  writeFileSync(file, `${JSON.stringify({ ...others, [part]: results }, null, 2)}\n`);
}
