import { attribute } from './attributes.ts';
import type { PlaylistLine } from './lines.ts';

/** Where the values of a playlist's variables come from, beside the playlist itself. */
export interface VariableSources {
  /** What the Multivariant Playlist defined: for `IMPORT` of a Media Playlist. */
  readonly imported?: Variables;
  /** The query parameters of the playlist's own URL, decoded: for `QUERYPARAM`. */
  readonly query?: Variables;
}

export type Variables = ReadonlyMap<string, string>;

/**
 * What one EXT-X-DEFINE defines; null when it names nothing that has a value, which the RFC makes a failure to parse.
 *
 * @see RFC 8216bis 4.4.2.3 (EXT-X-DEFINE)
 */
export function definition(value: string, sources: VariableSources): readonly [name: string, value: string] | null {
  const name = attribute(value, 'NAME');
  if (name !== null) return [name, attribute(value, 'VALUE') ?? ''];
  const imported = attribute(value, 'IMPORT');
  const parameter = attribute(value, 'QUERYPARAM');
  const found =
    imported !== null ? sources.imported?.get(imported) : parameter !== null && sources.query?.get(parameter);
  const as = imported ?? parameter;
  return as === null || found === undefined || found === false ? null : [as, found];
}

/** Every variable of a playlist, the last definition of a name winning. */
export function readVariables(lines: readonly PlaylistLine[], sources: VariableSources = {}): Variables {
  const variables = new Map<string, string>();
  for (const line of lines) {
    if (line.kind !== 'tag' || line.name !== 'EXT-X-DEFINE') continue;
    const defined = definition(line.value, sources);
    if (defined) variables.set(defined[0], defined[1]);
  }
  return variables;
}

/** The URLs that we serve have no query, and a client fails where a QUERYPARAM is missing. */
export function isQueryDefinition(line: PlaylistLine): boolean {
  return line.kind === 'tag' && line.name === 'EXT-X-DEFINE' && attribute(line.value, 'QUERYPARAM') !== null;
}

/** A value of a megabyte, named a thousand times in one URI, would fill an isolate. */
const MAX_SUBSTITUTED_CHARS = 8_192;

/** `{$name}` replaced, once: a value is never read for variables again. One without a value stays as it is written. */
export function substitute(text: string, variables: Variables): string {
  if (variables.size === 0 || !text.includes('{$')) return text;
  let substituted = 0;
  return text.replaceAll(/\{\$([A-Za-z0-9_-]+)\}/g, (reference, name: string) => {
    const value = variables.get(name);
    if (value === undefined || substituted + value.length > MAX_SUBSTITUTED_CHARS) return reference;
    substituted += value.length;
    return value;
  });
}
