/**
 * A playlist request against an empty Hono route of the same bundle. The three take turns, each sent by the same client
 * over as many connections: how much a request costs hangs on how many come at a time, and on who else uses the machine.
 */
import type { BenchEdge } from './edge.ts';
import type { Library } from './library.ts';
import { measureAll, type Target } from './load.ts';
import { median } from './median.ts';

export interface Starts {
  /** `GET /health`: routing and an answer of a few bytes. */
  readonly emptyMicroseconds: number;
  /** The token was verified by this isolate before. */
  readonly knownMicroseconds: number;
  /** Each token is new to the isolate. */
  readonly firstMicroseconds: number;
  /** In empty routes, what is left when the signatures are taken off: medians over the turns. */
  readonly knownRatio: number;
  readonly firstRatio: number;
}

/** What no playlist can do without: the pass is signed (HMAC-SHA256), a new token is verified (ES256). */
export interface Signatures {
  readonly passMicroseconds: number;
  readonly tokenMicroseconds: number;
}

/** CPU is counted in hundredths of a second: a turn takes tens of them. */
export const STARTS_PER_TURN = 1_000;
export const TURNS = 7;

export async function measureStarts(edge: BenchEdge, library: Library, signatures: Signatures): Promise<Starts> {
  const { pid, rememberingOrigin: origin } = edge;
  const start = (token: string): Target => ({
    url: `${origin}/v1/episodes/${library.short}/playlist.m3u8`,
    headers: { authorization: `Bearer ${token}` },
  });
  const empty = Array.from({ length: STARTS_PER_TURN }, () => ({ url: `${origin}/health` }));
  const known = Array.from({ length: STARTS_PER_TURN }, () => start(library.token));
  const fresh = library.freshTokens.map(start);
  const { passMicroseconds, tokenMicroseconds } = signatures;
  const turns: Starts[] = [];
  await measureAll(pid, [...empty, ...known], 200);
  for (let turn = 0; turn < TURNS; turn++) {
    const first = fresh.slice(turn * STARTS_PER_TURN, (turn + 1) * STARTS_PER_TURN);
    const emptyMicroseconds = (await measureAll(pid, empty, 200)).cpuMicrosecondsPerRequest;
    const knownMicroseconds = (await measureAll(pid, known, 200)).cpuMicrosecondsPerRequest;
    const firstMicroseconds = (await measureAll(pid, first, 200)).cpuMicrosecondsPerRequest;
    const knownRatio = (knownMicroseconds - passMicroseconds) / emptyMicroseconds;
    const firstRatio = (firstMicroseconds - passMicroseconds - tokenMicroseconds) / emptyMicroseconds;
    turns.push({ emptyMicroseconds, knownMicroseconds, firstMicroseconds, knownRatio, firstRatio });
  }
  const of = (field: keyof Starts): number => median(turns.map((turn) => turn[field]));
  return {
    emptyMicroseconds: of('emptyMicroseconds'),
    knownMicroseconds: of('knownMicroseconds'),
    firstMicroseconds: of('firstMicroseconds'),
    knownRatio: of('knownRatio'),
    firstRatio: of('firstRatio'),
  };
}
