/**
 * The one origin of every page: HTTP/2 over TLS 1.3. The peers' files come from memory; what is not there is asked of the
 * real edge (workerd), whose own time is thus part of our rows and of nobody else's.
 */
import { Agent, type IncomingMessage, request } from 'node:http';
import { createSecureServer, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { constants, createBrotliCompress } from 'node:zlib';
import { selfSigned } from '../certificate.ts';
import type { StaticFiles } from './static-files.ts';
import { writeInTurns } from './turns.ts';

export const HOST = 'bench.test';

const agent = new Agent({ keepAlive: true, maxSockets: 64 });
/** Of HTTP/1.1 alone; HTTP/2 refuses them. */
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'proxy-connection']);
/** What Cloudflare compresses on its way to the browser, at about this level. */
const COMPRESSIBLE = /^(?:text\/(?:html|css|javascript)|application\/(?:javascript|json))/;
const EDGE_QUALITY = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } };

/** Resolves with the port. */
export async function startFront(files: StaticFiles, edgePort: number): Promise<number> {
  const server = createSecureServer({ ...selfSigned(HOST), minVersion: 'TLSv1.3', allowHTTP1: false });
  server.on('stream', (stream, headers) => {
    stream.on('error', () => stream.destroy());
    const path = headers[':path'] ?? '/';
    if (process.env['BENCH_LOG'] !== undefined) logStream(stream, path);
    if (path === '/favicon.ico') {
      stream.respond({ ':status': 204 });
      stream.end();
    } else if (!files.answer(stream, path, headers.range)) passToEdge(stream, headers, edgePort);
  });
  server.on('sessionError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', () => resolve()));
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function passToEdge(stream: ServerHttp2Stream, asked: IncomingHttpHeaders, port: number): void {
  const headers = Object.fromEntries(Object.entries(asked).filter(([name]) => !name.startsWith(':')));
  const options = { agent, port, method: asked[':method'] ?? 'GET', path: asked[':path'] ?? '/' };
  const sent = request({ ...options, host: '127.0.0.1', headers: { ...headers, host: HOST } }, (answer) =>
    passBack(stream, answer, String(asked['accept-encoding'] ?? '').includes('br')),
  );
  sent.on('error', () => stream.close());
  // Whoever swipes on wants no more of it.
  stream.on('close', () => sent.destroy());
  stream.pipe(sent);
}

function passBack(stream: ServerHttp2Stream, answer: IncomingMessage, takesBrotli: boolean): void {
  if (stream.destroyed) return void answer.destroy();
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(answer.headers)) {
    if (value !== undefined && !HOP_BY_HOP.has(name)) headers[name] = value;
  }
  const isCompressed = takesBrotli && COMPRESSIBLE.test(String(answer.headers['content-type'] ?? ''));
  if (isCompressed) {
    delete headers['content-length'];
    headers['content-encoding'] = 'br';
  }
  stream.respond({ ':status': answer.statusCode ?? 502, ...headers });
  if (!isCompressed) return void writeInTurns(stream, answer);
  const compressor = createBrotliCompress(EDGE_QUALITY);
  answer.on('data', (bytes: Buffer) => {
    compressor.write(bytes);
    compressor.flush();
  });
  answer.on('end', () => compressor.end());
  void writeInTurns(stream, compressor);
}

/** BENCH_LOG=1: what was asked for, when, and how long it was open. */
function logStream(stream: ServerHttp2Stream, path: string): void {
  const atMs = performance.now();
  const at = (): string => (performance.now() - atMs).toFixed(0);
  stream.once('close', () => console.error(`  ${path.slice(0, 140)} at ${atMs.toFixed(0)}: closed after ${at()} ms`));
}
