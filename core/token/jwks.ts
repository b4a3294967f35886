import { err, ok, type Result } from '../result.ts';
import { readPublicJwk, type PublicJwk } from './public-jwk.ts';

export interface NamedJwk extends PublicJwk {
  readonly kid: string;
}

export interface LeftOutKey {
  readonly kid: string | null;
  readonly reason: string;
}

export interface Jwks {
  /** At least one, in the order of the document, each `kid` once. */
  readonly keys: readonly NamedJwk[];
  readonly leftOut: readonly LeftOutKey[];
}

/**
 * Reads a JWK Set that a backend publishes. Keys for other uses are left out, as sets often hold some; a key that is
 * dangerous refuses the whole, because its owner must hear of it. @see RFC 7517 5
 */
export function readJwks(document: unknown): Result<Jwks, string> {
  const listed = typeof document === 'object' && document !== null && 'keys' in document ? document.keys : null;
  if (!Array.isArray(listed)) return err('the document is not a JWK Set: it has no list "keys"');
  const keys = new Map<string, NamedJwk>();
  const leftOut: LeftOutKey[] = [];
  for (const [index, each] of listed.entries()) {
    const read = readPublicJwk(each);
    if (!read.ok && read.error.reason === 'dangerous') return err(`key ${index}: ${read.error.detail}`);
    if (!read.ok) leftOut.push({ kid: kidOf(each), reason: read.error.detail });
    else if (read.value.kid === null) leftOut.push({ kid: null, reason: 'it has no kid' });
    else if (keys.has(read.value.kid)) return err(`key ${index}: the kid ${read.value.kid} is there twice`);
    else keys.set(read.value.kid, { ...read.value, kid: read.value.kid });
  }
  if (keys.size === 0) return err(`no key can verify a viewer token${becauseOf(leftOut[0])}`);
  return ok({ keys: [...keys.values()], leftOut });
}

/** Those that verify already stay, then new ones in the order of the document, until `room` is used up. */
export function takeKeys({ keys, leftOut }: Jwks, liveKids: ReadonlySet<string>, room: number): Jwks {
  const ordered = [...keys.filter(({ kid }) => liveKids.has(kid)), ...keys.filter(({ kid }) => !liveKids.has(kid))];
  const rest = ordered.slice(room).map(({ kid }) => ({ kid, reason: `at most ${room} keys are taken` }));
  return { keys: ordered.slice(0, room), leftOut: [...leftOut, ...rest] };
}

function becauseOf(first: LeftOutKey | undefined): string {
  return first === undefined ? ': the list is empty' : `; the first that was left out: ${first.reason}`;
}

function kidOf(value: unknown): string | null {
  const kid = typeof value === 'object' && value !== null && 'kid' in value ? value.kid : null;
  return typeof kid === 'string' ? kid.slice(0, 64) : null;
}
