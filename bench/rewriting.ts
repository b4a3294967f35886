/** Parse, cut, write: ours against the libraries that others use for it, in this process, on the same playlist. */
import { createRequire } from 'node:module';
import path from 'node:path';
import { cutMediaPlaylist } from '../core/playlist/cut.ts';
import { parsePlaylist, serializePlaylist } from '../core/playlist/lines.ts';
import { mediaPlaylist } from './library.ts';

export interface Rewriting {
  readonly name: string;
  readonly microseconds: number;
}

const SEGMENTS = 300;
const KEPT = 200;
const MEASURE_MS = 700;

type Rewrite = (text: string) => string;

/** Peers are packages of this repository, or of the folder that BENCH_PEERS names; absent ones are left out. */
export function measureRewriting(): { readonly rows: Rewriting[]; readonly absent: string[] } {
  const text = mediaPlaylist(SEGMENTS);
  const rows: Rewriting[] = [];
  const absent: string[] = [];
  const candidates: readonly (readonly [string, Rewrite | null])[] = [
    ['cliffhanger', (input) => serializePlaylist(cutMediaPlaylist(parsePlaylist(input), KEPT))],
    ['hls-parser', hlsParser()],
    ['m3u8-parser', m3u8Parser()],
  ];
  for (const [name, rewrite] of candidates) {
    if (rewrite === null) {
      absent.push(name);
      continue;
    }
    const kept = rewrite(text).match(/\.m4s/g)?.length;
    if (kept !== KEPT) throw new Error(`${name} kept ${kept} segments of ${KEPT}`);
    rows.push({ name, microseconds: timeOf(() => rewrite(text)) });
  }
  return { rows, absent };
}

function timeOf(work: () => unknown): number {
  for (let warm = 0; warm < 100; warm++) work();
  const startedAtMs = performance.now();
  let rounds = 0;
  while (performance.now() - startedAtMs < MEASURE_MS) {
    for (let batch = 0; batch < 10; batch++) work();
    rounds += 10;
  }
  return ((performance.now() - startedAtMs) * 1_000) / rounds;
}

function load(name: string): unknown {
  const folders = [import.meta.dirname, process.env['BENCH_PEERS'] ?? ''].filter((folder) => folder !== '');
  for (const folder of folders) {
    try {
      return createRequire(path.join(folder, 'peer.js'))(name);
    } catch {
      // Not in this folder.
    }
  }
  return null;
}

function hlsParser(): Rewrite | null {
  const library = load('hls-parser') as {
    parse(text: string): { segments: readonly unknown[] };
    stringify(playlist: unknown): string;
  } | null;
  if (library === null) return null;
  return (text) => {
    const playlist = library.parse(text);
    playlist.segments = playlist.segments.slice(0, KEPT);
    return library.stringify(playlist);
  };
}

/** It only parses; the writing is the least that its users write themselves. */
function m3u8Parser(): Rewrite | null {
  const library = load('m3u8-parser') as { Parser: new () => M3u8Parser } | null;
  if (library === null) return null;
  return (text) => {
    const parser = new library.Parser();
    parser.push(text);
    parser.end();
    const { targetDuration, segments } = parser.manifest;
    const list = segments.slice(0, KEPT).map(({ duration, uri }) => `#EXTINF:${duration},\n${uri}\n`);
    const head = `#EXTM3U\n#EXT-X-TARGETDURATION:${targetDuration}\n#EXT-X-MAP:URI="${segments[0]?.map?.uri}"\n`;
    return `${head}${list.join('')}#EXT-X-ENDLIST\n`;
  };
}

interface M3u8Parser {
  push(text: string): void;
  end(): void;
  readonly manifest: {
    readonly targetDuration: number;
    readonly segments: readonly { readonly duration: number; readonly uri: string; readonly map?: { uri: string } }[];
  };
}
