/** What a hostile upload would reach for: a server beside the transcoder and a file of its machine. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

const WORD = 'canary-7f3a91c2e5';

export interface Canary {
  readonly url: string;
  readonly file: string;
  /** Stands in the file and in every answer of the server, and must never be found in what is made of an upload. */
  readonly word: string;
  /** Paths that were asked for. */
  readonly hits: string[];
  close(): Promise<void>;
}

/** `media` is what both hold beside the word, so that a demuxer that gets there reads on. */
export async function startCanary(dir: string, media: Buffer): Promise<Canary> {
  const hits: string[] = [];
  const bytes = Buffer.concat([media, Buffer.from(`\n${WORD}\n`)]);
  const file = join(dir, 'canary.ts');
  writeFileSync(file, bytes);
  const server = createServer((request, response) => {
    hits.push(request.url ?? '');
    response.writeHead(200, { 'content-type': 'video/mp2t' }).end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    file,
    word: WORD,
    hits,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Files below a directory that hold the word. */
export function filesWith(word: string, dir: string): readonly string[] {
  const entries = readdirSync(dir, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return files.filter((file) => readFileSync(file).includes(word));
}
