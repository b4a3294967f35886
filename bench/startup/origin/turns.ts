/**
 * How bodies are written. Node reads nothing from a connection of HTTP/2 while a write to it is under way
 * (`Http2Session::MaybeStopReading`), which on a slow line is as long as there is anything to send: what a client asks for,
 * or no longer wants, would be heard of when all else has been sent. No server at an edge is like that. So there is one
 * piece at a time on a connection, streams take turns, and the connection is read between two pieces.
 */
import type { ServerHttp2Session, ServerHttp2Stream } from 'node:http2';

const PIECE_BYTES = 16_384;
/**
 * What a delivery network begins an answer with, so that its first bytes are not held up by the last ones of their TLS
 * record (Cloudflare's "dynamic TLS record sizing").
 */
const FIRST_PIECE_BYTES = 4_096;
const FIRST_PIECES = 40;
/** A client that does not take its stream must not hold up the others. */
const TURN_LIMIT_MS = 300;

const turns = new WeakMap<ServerHttp2Session, Promise<void>>();

/** Ends the stream when all is written. */
export async function writeInTurns(stream: ServerHttp2Stream, body: AsyncIterable<Buffer>): Promise<void> {
  let pieces = 0;
  try {
    for await (const bytes of body) {
      for (let at = 0, to = 0; at < bytes.length; at = to) {
        to = at + (pieces++ < FIRST_PIECES ? FIRST_PIECE_BYTES : PIECE_BYTES);
        await writeInTurn(stream, bytes.subarray(at, to));
        // Leaving the loop also ends what the bytes come from.
        if (stream.destroyed) return;
      }
    }
    stream.end();
  } catch {
    stream.close();
  }
}

function writeInTurn(stream: ServerHttp2Stream, piece: Buffer): Promise<void> {
  const { session } = stream;
  if (session === undefined || !('settings' in session)) return Promise.resolve();
  const key = session as ServerHttp2Session;
  const turn = (turns.get(key) ?? Promise.resolve()).then(() => written(stream, piece)).then(breath);
  turns.set(key, turn);
  return turn;
}

function written(stream: ServerHttp2Stream, piece: Buffer): Promise<void> {
  if (stream.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const limit = setTimeout(resolve, TURN_LIMIT_MS);
    stream.write(piece, () => {
      clearTimeout(limit);
      resolve();
    });
  });
}

/** One round of the event loop in which the connection is read: the first callback comes before that, the second after. */
function breath(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}
