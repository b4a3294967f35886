/** What the measuring side knows of a shaped link, whichever makes it. */

export interface Shape {
  readonly rttMs: number;
  readonly megabitsPerSecond: number;
}

export interface Counts {
  readonly toClientBytes: number;
  readonly toServerBytes: number;
  readonly droppedPackets: number;
  readonly underWayBytes: number;
}

export interface Link {
  shape(shape: Shape): void;
  count(): Promise<Counts>;
  /** A command line whose program has nothing but this link. */
  atClient(command: readonly string[]): readonly string[];
  /** Where the client finds the server's port. */
  readonly serverAddress: string;
}

export interface Rig {
  readonly kind: 'emulator' | 'proxy';
  readonly note: string;
  readonly links: readonly Link[];
  /** As the server's programs are to be started. */
  atServer(command: readonly string[]): readonly string[];
  /** The server listens: on this port of `serverAddress`, or of 127.0.0.1 for the proxy. */
  serve(port: number): Promise<void>;
  /** Packets that no queue of a line has dropped: a rig that loses them measures itself. */
  lostPackets(): number;
  stop(): Promise<void>;
}

/** As the routers of notes and of common access lines: a quarter of a second, and room for a few windows on slow ones. */
const QUEUE_SECONDS = 0.25;
const MIN_QUEUE_BYTES = 65_536;

export function queueBytes({ megabitsPerSecond }: Shape): number {
  return Math.max(MIN_QUEUE_BYTES, Math.round((megabitsPerSecond * 1e6 * QUEUE_SECONDS) / 8));
}

/** Nothing is under way for this long. */
const QUIET_MS = 100;
const QUIET_LIMIT_MS = 20_000;
const ASK_EVERY_MS = 25;
/** An idle connection may still say that it is there. */
const QUIET_BYTES = 400;

/** Before each measurement: what an earlier one has asked for is no part of this one. */
export async function drained(link: Link): Promise<void> {
  const until = performance.now() + QUIET_LIMIT_MS;
  let quietSince = performance.now();
  let before = 0;
  while (performance.now() < until) {
    const { toClientBytes, underWayBytes } = await link.count();
    const now = performance.now();
    if (underWayBytes > 0 || toClientBytes - before > QUIET_BYTES) quietSince = now;
    before = toClientBytes;
    if (now - quietSince >= QUIET_MS) return;
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
  }
  throw new Error(`The link is not quiet after ${QUIET_LIMIT_MS / 1000} s.`);
}
