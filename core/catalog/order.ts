import { err, ok, type Result } from '../result.ts';

/** Why a list is no order of a series: what it lacks, what is not of the series, what stands in it twice. */
export interface NotAnOrder {
  readonly missing: readonly string[];
  readonly foreign: readonly string[];
  readonly repeated: readonly string[];
}

/** The numbers 1 to n in the order wanted. Only a list of exactly the series' episodes has one. */
export function planOrder(
  episodeIds: readonly string[],
  wanted: readonly string[],
): Result<ReadonlyMap<string, number>, NotAnOrder> {
  const own = new Set(episodeIds);
  const listed = new Set(wanted);
  const missing = episodeIds.filter((id) => !listed.has(id));
  const foreign = [...listed].filter((id) => !own.has(id));
  const repeated = [...new Set(wanted.filter((id, index) => wanted.indexOf(id) !== index))];
  if (missing.length + foreign.length + repeated.length > 0) return err({ missing, foreign, repeated });
  return ok(new Map(wanted.map((id, index) => [id, index + 1])));
}
