import type { BeaconMessage } from '#core/qoe/beacon-message.ts';
import { LIVE_MS } from '../limits.ts';
import type { LiveViews } from '../series-views-rpc.ts';

interface Heard {
  readonly episodeId: string;
  readonly seq: number;
  readonly atMs: number;
  readonly hasLeft: boolean;
}

/** Who is watching right now. In memory only: 45 s after a restart it is whole again. */
export class LiveList {
  readonly #heard = new Map<string, Heard>();

  hear({ receivedAtMs, events }: BeaconMessage): void {
    for (const { viewId, episodeId, seq, leftBy } of events) {
      const before = this.#heard.get(viewId);
      if (before !== undefined && before.seq >= seq) continue;
      // Taken out and put in again, the oldest stand first.
      this.#heard.delete(viewId);
      this.#heard.set(viewId, { episodeId, seq, atMs: receivedAtMs, hasLeft: leftBy !== null });
    }
    this.#forget(receivedAtMs);
  }

  now(nowMs: number): LiveViews {
    const byEpisode = new Map<string, number>();
    for (const { episodeId, atMs, hasLeft } of this.#heard.values())
      if (!hasLeft && atMs > nowMs - LIVE_MS) byEpisode.set(episodeId, (byEpisode.get(episodeId) ?? 0) + 1);
    const listed = [...byEpisode].map(([episodeId, views]) => ({ episodeId, views }));
    return { views: listed.reduce((sum, { views }) => sum + views, 0), byEpisode: listed };
  }

  #forget(nowMs: number): void {
    for (const [viewId, { atMs }] of this.#heard) {
      if (atMs > nowMs - LIVE_MS) return;
      this.#heard.delete(viewId);
    }
  }
}
