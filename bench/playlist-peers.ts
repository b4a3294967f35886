/** Playlist libraries as their users use them, to be measured beside our own rewriter. */
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Rewriter } from './rewriting.ts';

export function hlsParser(): Rewriter | null {
  const library = load('hls-parser') as HlsParser | null;
  if (library === null) return null;
  return {
    name: 'hls-parser',
    cut: (text, count) => {
      const playlist = library.parse(text);
      playlist.segments = playlist.segments.slice(0, count);
      return library.stringify(playlist);
    },
    prefix: (text, prefix) => {
      const playlist = library.parse(text);
      // Segments share the map that they stand under.
      const maps = new Set<{ uri: string }>();
      for (const segment of playlist.segments) {
        segment.uri = prefix + segment.uri;
        if (segment.map) maps.add(segment.map);
      }
      for (const map of maps) map.uri = prefix + map.uri;
      return library.stringify(playlist);
    },
  };
}

/** It only parses; the writing is the least that its users write themselves. */
export function m3u8Parser(): Rewriter | null {
  const library = load('m3u8-parser') as { Parser: new () => M3u8Parser } | null;
  if (library === null) return null;
  const rewrite = (text: string, count: number, prefix: string): string => {
    const parser = new library.Parser();
    parser.push(text);
    parser.end();
    const { targetDuration, segments } = parser.manifest;
    const list = segments.slice(0, count).map(({ duration, uri }) => `#EXTINF:${duration},\n${prefix}${uri}\n`);
    const map = `#EXT-X-MAP:URI="${prefix}${segments[0]?.map?.uri}"`;
    return `#EXTM3U\n#EXT-X-TARGETDURATION:${targetDuration}\n${map}\n${list.join('')}#EXT-X-ENDLIST\n`;
  };
  return {
    name: 'm3u8-parser',
    cut: (text, count) => rewrite(text, count, ''),
    prefix: (text, prefix) => rewrite(text, Number.POSITIVE_INFINITY, prefix),
  };
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

interface HlsParser {
  parse(text: string): { segments: { uri: string; readonly map?: { uri: string } }[] };
  stringify(playlist: unknown): string;
}

interface M3u8Parser {
  push(text: string): void;
  end(): void;
  readonly manifest: {
    readonly targetDuration: number;
    readonly segments: readonly { readonly duration: number; readonly uri: string; readonly map?: { uri: string } }[];
  };
}
