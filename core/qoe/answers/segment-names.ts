/** Parts of the audience as callers write them: `country:DE`. */
import { err, ok, type Result } from '#core/result.ts';
import type { Dimension, Segment } from '../view-record.ts';

/** What each dimension is called in queries and answers. */
export type DimensionName =
  | 'country'
  | 'device'
  | 'os'
  | 'browser'
  | 'connection'
  | 'rendition'
  | 'appVersion'
  | 'experiment'
  | 'audience';
export const DIMENSION_NAMES: { readonly [name in DimensionName]: Dimension } = {
  country: 'country',
  device: 'deviceType',
  os: 'os',
  browser: 'browser',
  connection: 'connectionType',
  rendition: 'rendition',
  appVersion: 'appVersion',
  experiment: 'experiment',
  audience: 'audience',
};
export const DIMENSION_NAME_LIST = Object.keys(DIMENSION_NAMES) as readonly DimensionName[];

/** What a rollup may have as a value; longer or stranger ones name nothing. */
const VALUE = /^[\p{L}\p{N} ._:/+()~-]{1,64}$/u;

export function parseDimensions(text: string): Result<DimensionName[], string> {
  const names = [...new Set(text.split(',').map((name) => name.trim()))];
  const known = names.flatMap((name) => DIMENSION_NAME_LIST.find((each) => each === name) ?? []);
  return known.length === names.length ? ok(known) : err(`is a list of ${DIMENSION_NAME_LIST.join(', ')}`);
}

export function parseSegment(text: string): Result<Segment, string> {
  const colon = text.indexOf(':');
  const name = DIMENSION_NAME_LIST.find((each) => each === text.slice(0, colon));
  const value = text.slice(colon + 1);
  if (name === undefined || !VALUE.test(value))
    return err(`is a dimension and a value, like country:DE; dimensions are ${DIMENSION_NAME_LIST.join(', ')}`);
  return ok({ dimension: DIMENSION_NAMES[name], value });
}

/** The same again, for answers. */
export function segmentText({ dimension, value }: Segment): string {
  const name = DIMENSION_NAME_LIST.find((each) => DIMENSION_NAMES[each] === dimension);
  return `${name ?? dimension}:${value}`;
}
