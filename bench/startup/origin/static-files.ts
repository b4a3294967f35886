/** What the peers get: files from memory, under a prefix that is different each time, so that no cache has them. */
import { readdirSync, readFileSync } from 'node:fs';
import type { ServerHttp2Stream } from 'node:http2';
import path from 'node:path';
import { Readable } from 'node:stream';
import { brotliCompressSync, constants } from 'node:zlib';
import { writeInTurns } from './turns.ts';

interface StaticFile {
  readonly bytes: Buffer;
  readonly type: string;
  readonly compressed: Buffer | null;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.m3u8': 'application/vnd.apple.mpegurl',
  '.m4s': 'video/iso.segment',
  '.mp4': 'video/mp4',
};
/** As delivery networks have it at hand: text, compressed once. */
const COMPRESSED = new Set(['.html', '.js', '.css']);
const QUALITY = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };

export class StaticFiles {
  readonly #files = new Map<string, StaticFile>();

  /** Everything below a folder, as `/name/…`. */
  addFolder(name: string, folder: string): void {
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const file = path.join(entry.parentPath, entry.name);
      const below = path.relative(folder, file).split(path.sep).join('/');
      const extension = path.extname(file);
      const bytes = readFileSync(file);
      const compressed = COMPRESSED.has(extension) ? brotliCompressSync(bytes, QUALITY) : null;
      this.#files.set(`/${name}/${below}`, { bytes, type: TYPES[extension] ?? 'application/octet-stream', compressed });
    }
  }

  /** False when there is no such file. `/u/{anything}/…` is `/…`. */
  answer(stream: ServerHttp2Stream, asked: string, range: string | undefined): boolean {
    const file = this.#files.get((asked.split('?')[0] ?? '').replace(/^\/u\/[^/]+/, ''));
    if (file === undefined) return false;
    const { type, compressed, bytes } = file;
    const headers = { 'content-type': type, 'cache-control': 'max-age=600', 'accept-ranges': 'bytes' };
    const [, from, to] = /^bytes=([0-9]+)-([0-9]*)$/.exec(range ?? '') ?? [];
    if (from === undefined) {
      const body = compressed ?? bytes;
      const encoding = compressed === null ? {} : { 'content-encoding': 'br' };
      stream.respond({ ':status': 200, ...headers, ...encoding, 'content-length': body.length });
      void writeInTurns(stream, Readable.from([body]));
      return true;
    }
    const last = to === undefined || to === '' ? bytes.length - 1 : Math.min(Number(to), bytes.length - 1);
    const part = bytes.subarray(Number(from), last + 1);
    const position = `bytes ${from}-${last}/${bytes.length}`;
    stream.respond({ ':status': 206, ...headers, 'content-range': position, 'content-length': part.length });
    void writeInTurns(stream, Readable.from([part]));
    return true;
  }
}
