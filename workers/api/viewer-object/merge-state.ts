import type { Merged } from '#shared/viewer/rpc.ts';
import { readMergedInto } from './lots.ts';

/** The answer to whatever would change a viewer who was merged into another; null for one who was not. */
export function merged(sql: SqlStorage): Merged | null {
  const into = readMergedInto(sql);
  return into === null ? null : { outcome: 'merged', into };
}
