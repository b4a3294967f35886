/** One view per activation of an episode, and the moments at which views are reported. */
import type { LeftBy, Stall } from '../core/qoe/view.ts';
import { createContext, type ContextOptions } from './beacon-context.ts';
import { browserTransport, createBeacons, type Beacons } from './beacons.ts';
import type { EdgeClient } from './edge-client.ts';
import { BEACON_INTERVAL_MS } from './limits.ts';
import type { ViewDetails } from './view-details.ts';
import { ViewTracker } from './view-tracker.ts';

export class Views {
  readonly #client: EdgeClient;
  readonly #beacons: Beacons;
  readonly sessionId: string = crypto.randomUUID();
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #sinceMs = performance.now();
  #begun = 0;
  #current: ViewTracker | null = null;

  constructor(client: EdgeClient, told: ContextOptions) {
    this.#client = client;
    const token = (): string => client.token.current;
    this.#beacons = createBeacons({ edge: client.edge, token, context: createContext(told) }, browserTransport);
    this.#timer = setInterval(() => this.flush(false), BEACON_INTERVAL_MS);
  }

  get current(): ViewTracker | null {
    return this.#current;
  }

  begin(episodeId: string, intentAtMs: number, details: ViewDetails, onStall: (stall: Stall) => void): ViewTracker {
    const identity = { viewId: crypto.randomUUID(), sessionId: this.sessionId, episodeId };
    const place = { index: this.#begun, sinceMs: this.#sinceMs };
    this.#begun += 1;
    this.#current = new ViewTracker(identity, place, this.#beacons, details, intentAtMs, onStall);
    return this.#current;
  }

  end(by: LeftBy): void {
    this.#current?.close(by);
    this.#current = null;
  }

  /** May be the last thing we hear from a page; if it comes back the same view goes on. Browsers differ in which is first. */
  hide(by: 'hidden' | 'closed'): void {
    if (this.#current?.state.leftBy !== 'closed') this.#current?.leave(by);
    void this.#beacons.flush(true);
  }

  show(): void {
    this.#current?.fold({ kind: 'returned', atMs: performance.now() });
  }

  flush(leaving: boolean): void {
    this.#current?.report();
    // A page that goes has no time to renew a token.
    if (leaving) void this.#beacons.flush(true);
    else void this.#client.token.get().then(() => this.#beacons.flush(false));
  }

  destroy(): void {
    clearInterval(this.#timer);
    this.end('closed');
    void this.#beacons.flush(true);
  }
}
