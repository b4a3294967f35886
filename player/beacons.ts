/**
 * Sends what the views were: batched, cumulative, at least once.
 *
 * A beacon that is lost is repaired by the next one of its view. What waits for a network waits in memory, bounded, so
 * nothing is stored on the device.
 */
import type { BeaconContextWire } from '../core/qoe/beacon-context.ts';
import type { EventsWire, ViewEventWire } from '../core/qoe/beacon-wire.ts';
import { BEACON_BATCH_LIMIT, BEACON_QUEUE_LIMIT } from './limits.ts';

export interface BeaconTransport {
  /** True when the request was accepted for sending. */
  send(url: string, body: string, leaving: boolean): Promise<boolean>;
}

export interface Beacons {
  /** The newest state of a view; replaces an unsent older one. */
  report(event: ViewEventWire): void;
  flush(leaving: boolean): Promise<void>;
}

export interface BeaconSource {
  readonly edge: string;
  readonly token: () => string;
  /** As it is when the beacon goes: a consent may have been given, or taken back, since. */
  readonly context: () => BeaconContextWire;
}

export function createBeacons({ edge, token, context }: BeaconSource, transport: BeaconTransport): Beacons {
  const pending = new Map<string, ViewEventWire>();
  const forgetOldest = (): void => {
    for (const viewId of pending.keys()) {
      if (pending.size <= BEACON_QUEUE_LIMIT) return;
      pending.delete(viewId);
    }
  };
  return {
    report(event) {
      pending.set(event.viewId, event);
      forgetOldest();
    },
    async flush(leaving) {
      const events = [...pending.values()].slice(0, BEACON_BATCH_LIMIT);
      if (events.length === 0) return;
      for (const event of events) pending.delete(event.viewId);
      const body: EventsWire = { context: context(), events };
      const url = `${edge}/v1/events?token=${encodeURIComponent(token())}`;
      if (await transport.send(url, JSON.stringify(body), leaving)) return;
      // Keep what could not be sent, unless the view has told something newer since.
      for (const event of events) if (!pending.has(event.viewId)) pending.set(event.viewId, event);
      forgetOldest();
    },
  };
}

/** text/plain, so that no cross-origin preflight stands between a closing page and its last beacon. */
export const browserTransport: BeaconTransport = {
  async send(url, body, leaving) {
    const blob = new Blob([body], { type: 'text/plain' });
    if (leaving && typeof navigator.sendBeacon === 'function') return navigator.sendBeacon(url, blob);
    try {
      const response = await fetch(url, { method: 'POST', body: blob, keepalive: true });
      // A refusal will not become an acceptance by repeating it; only a server's
      // fault, its haste and a token that has lapsed are worth another try.
      return response.status < 500 && response.status !== 429 && response.status !== 401;
    } catch {
      return false;
    }
  },
};
