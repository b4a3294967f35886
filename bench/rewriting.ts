/**
 * Parse, edit, write: ours against the libraries that others use for it, in this process, on the same playlist, with the
 * same answer. The candidates take turns, and a ratio is the median of the turns: other work on the machine hits all.
 */
import { cutMediaPlaylist } from '../core/playlist/cut.ts';
import { parsePlaylist, serializePlaylist } from '../core/playlist/lines.ts';
import { prefixRelativeUris } from '../core/playlist/uris.ts';
import { mediaPlaylist } from './media.ts';
import { median } from './median.ts';
import { hlsParser, m3u8Parser } from './playlist-peers.ts';

export const REWRITTEN_SEGMENTS = 300;
const KEPT = 200;
const PREFIX = '/m/pass/asset/version/v0/';
const TURNS = 25;
const TURN_MS = 25;

export interface Rewriter {
  readonly name: string;
  /** The first `count` segments, and an end. */
  readonly cut: (text: string, count: number) => string;
  /** A prefix before every URI, that of the Media Initialization Section too. */
  readonly prefix: (text: string, prefix: string) => string;
}

export interface Rewriting {
  readonly edit: string;
  readonly name: string;
  readonly microseconds: number;
  readonly timesOurs: number;
}

const OURS: Rewriter = {
  name: 'cliffhanger',
  cut: (text, count) => serializePlaylist(cutMediaPlaylist(parsePlaylist(text), count)),
  prefix: (text, prefix) => serializePlaylist(prefixRelativeUris(parsePlaylist(text), prefix)),
};

/** Peers are packages of this repository, or of the folder that BENCH_PEERS names; absent ones are left out. */
export function measureRewriting(): { readonly rows: Rewriting[]; readonly absent: string[] } {
  const peers = { 'hls-parser': hlsParser(), 'm3u8-parser': m3u8Parser() };
  const rewriters = [OURS, ...Object.values(peers).filter((peer) => peer !== null)];
  const text = mediaPlaylist(Array.from({ length: REWRITTEN_SEGMENTS }, () => 1));
  const rows = [
    ...measureEdit(`cut to ${KEPT}`, rewriters, ({ cut }) => cut(text, KEPT)),
    ...measureEdit('prefix every URI', rewriters, ({ prefix }) => prefix(text, PREFIX)),
  ];
  return { rows, absent: Object.entries(peers).flatMap(([name, peer]) => (peer === null ? [name] : [])) };
}

function measureEdit(edit: string, rewriters: readonly Rewriter[], run: (rewriter: Rewriter) => string): Rewriting[] {
  const wanted = meaningOf(run(OURS));
  for (const rewriter of rewriters) {
    if (meaningOf(run(rewriter)) !== wanted) throw new Error(`${rewriter.name} answers otherwise: ${edit}`);
  }
  const turns = Array.from({ length: TURNS + 1 }, () => rewriters.map((each) => microsecondsOf(() => run(each)))).slice(
    1,
  );
  return rewriters.map(({ name }, index) => ({
    edit,
    name,
    microseconds: median(turns.map((turn) => turn[index] ?? 0)),
    timesOurs: median(turns.map((turn) => (turn[index] ?? 0) / (turn[0] ?? 0))),
  }));
}

/** What a player reads: durations as numbers, URIs, the end. Libraries write the same in other orders and digits. */
function meaningOf(text: string): string {
  const segments = [...text.matchAll(/^#EXTINF:([0-9.]+).*\n(.+)$/gm)].map(([, seconds, uri]) => [
    Number(seconds),
    uri,
  ]);
  const map = /^#EXT-X-MAP:.*URI="([^"]+)"/m.exec(text)?.[1];
  const target = /^#EXT-X-TARGETDURATION:([0-9]+)/m.exec(text)?.[1];
  return JSON.stringify({ segments, map, target, isEnded: /^#EXT-X-ENDLIST$/m.test(text) });
}

function microsecondsOf(work: () => string): number {
  const startedAtMs = performance.now();
  let rounds = 0;
  while (performance.now() - startedAtMs < TURN_MS) {
    // Reading a character makes one piece of a text that was put together, as sending it would.
    for (let batch = 0; batch < 10; batch++) work().charCodeAt(0);
    rounds += 10;
  }
  return ((performance.now() - startedAtMs) * 1_000) / rounds;
}
