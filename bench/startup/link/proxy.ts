/**
 * Where namespaces are not allowed: a TCP proxy that holds back what it passes on. Each direction is one line for all
 * connections, with a rate and a delay, and opening a connection costs a round trip. TCP itself runs unshaped behind it: no
 * slow start, no loss. So it flatters everybody, and those with many round trips the least.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Counts, type Link, queueBytes, type Rig, type Shape } from './link.ts';

const PIECE_BYTES = 4_380;

export async function openProxy(clients: number, why: string): Promise<Rig> {
  const links = await Promise.all(Array.from({ length: clients }, () => ProxyLink.open()));
  return {
    kind: 'proxy',
    note: `shaping TCP proxy (${why}): less true than the link emulator`,
    links,
    atServer: (command) => command,
    serve: async (port) => {
      for (const link of links) link.targetPort = port;
    },
    lostPackets: () => 0,
    stop: async () => {
      for (const link of links) link.close();
    },
  };
}

/** One direction, shared by all connections. */
class Line {
  rateBps = 0;
  delayMs = 0;
  deliveredBytes = 0;
  waitingBytes = 0;
  #freeAtMs = 0;

  /** Passes the bytes on when they would have come through; `from` rests while the queue is full. */
  send(bytes: Buffer, from: Socket, to: Socket, limitBytes: number): void {
    for (let start = 0; start < bytes.length; start += PIECE_BYTES) {
      const piece = bytes.subarray(start, start + PIECE_BYTES);
      const now = performance.now();
      const lineMs = this.rateBps === 0 ? 0 : (piece.length * 8_000) / this.rateBps;
      this.#freeAtMs = Math.max(this.#freeAtMs, now) + lineMs;
      this.waitingBytes += piece.length;
      setTimeout(
        () => {
          this.waitingBytes -= piece.length;
          this.deliveredBytes += piece.length;
          if (!to.destroyed) to.write(piece);
          if (this.waitingBytes < limitBytes && from.isPaused()) from.resume();
        },
        this.#freeAtMs + this.delayMs - now,
      );
    }
    if (this.waitingBytes >= limitBytes) from.pause();
  }
}

class ProxyLink implements Link {
  targetPort = 0;
  readonly #server: Server;
  readonly #up = new Line();
  readonly #down = new Line();
  #queueBytes = 1 << 20;
  #port = 0;

  private constructor() {
    this.#server = createServer((socket) => void this.#pass(socket));
  }

  static async open(): Promise<ProxyLink> {
    const link = new ProxyLink();
    await new Promise<void>((resolve) => link.#server.listen(0, '127.0.0.1', () => resolve()));
    const address = link.#server.address();
    link.#port = typeof address === 'object' && address !== null ? address.port : 0;
    return link;
  }

  get serverAddress(): string {
    return `127.0.0.1:${this.#port}`;
  }

  shape(shape: Shape): void {
    for (const line of [this.#up, this.#down]) {
      line.rateBps = shape.megabitsPerSecond * 1e6;
      line.delayMs = shape.rttMs / 2;
    }
    // What the delay holds is not in the queue.
    this.#queueBytes = queueBytes(shape) + (shape.rttMs * shape.megabitsPerSecond * 1e6) / 16_000;
  }

  async count(): Promise<Counts> {
    const [up, down] = [this.#up, this.#down];
    const underWayBytes = up.waitingBytes + down.waitingBytes;
    return { toClientBytes: down.deliveredBytes, toServerBytes: up.deliveredBytes, droppedPackets: 0, underWayBytes };
  }

  atClient(command: readonly string[]): readonly string[] {
    return command;
  }

  close(): void {
    this.#server.close();
  }

  async #pass(client: Socket): Promise<void> {
    client.pause();
    client.on('error', () => client.destroy());
    await sleep(2 * this.#up.delayMs);
    const server = connect(this.targetPort, '127.0.0.1').setNoDelay(true);
    client.setNoDelay(true);
    server.on('error', () => client.destroy());
    client.on('data', (bytes: Buffer) => this.#up.send(bytes, client, server, this.#queueBytes));
    server.on('data', (bytes: Buffer) => this.#down.send(bytes, server, client, this.#queueBytes));
    client.on('close', () => server.destroy());
    server.on('close', () => setTimeout(() => client.destroy(), this.#down.delayMs));
    client.resume();
  }
}
