/** `--timeline`: where the time of a start goes. */
import { median } from '../median.ts';
import { print } from '../report.ts';
import type { Mark } from './page/protocol.ts';

/** Medians in the order of time; what happened in less than half of the starts is left out. */
export function printTimeline(title: string, starts: readonly (readonly Mark[])[]): void {
  const times = new Map<string, number[]>();
  for (const { kind, number, atMs } of starts.flat()) {
    const name = number === 1 ? kind : `${kind} ${number}`;
    times.set(name, [...(times.get(name) ?? []), atMs]);
  }
  const rows = [...times]
    .filter(([, each]) => each.length * 2 >= starts.length)
    .map(([name, each]) => [name, median(each.sort((a, b) => a - b))] as const)
    .sort(([, a], [, b]) => a - b);
  print(
    [title, 'ms'],
    rows.map(([name, ms]) => [name, ms.toFixed(1)]),
  );
}
