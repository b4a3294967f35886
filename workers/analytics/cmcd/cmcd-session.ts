import { DurableObject } from 'cloudflare:workers';
import { mergeCmcdEvents, type CmcdEvent } from '#core/cmcd/event.ts';

/** After so long without a word a session is over; what comes later is of a smaller set, and changes nothing. */
const FORGET_MS = 25 * 3_600_000;
/** The alarm is put off by this much at least: not every report has to write it. */
const POSTPONE_MS = 3_600_000;

/**
 * Remembers what a player's CMCD events have said of the views of one session. Each says only what has changed, and all of
 * them have to be known to tell what a view was: so they are kept as a set, and the same set makes the same view.
 */
export class CmcdSession extends DurableObject {
  /** All events that are known of this view, these included. */
  add(episodeId: string, events: readonly CmcdEvent[]): readonly CmcdEvent[] {
    const { storage } = this.ctx;
    const known = storage.kv.get<readonly CmcdEvent[]>(episodeId) ?? [];
    const all = mergeCmcdEvents(known, events);
    // A repetition costs no write.
    if (JSON.stringify(all) !== JSON.stringify(known)) {
      storage.kv.put(episodeId, all);
      this.ctx.waitUntil(this.#postpone());
    }
    return all;
  }

  override async alarm(): Promise<void> {
    await this.ctx.storage.deleteAll();
  }

  async #postpone(): Promise<void> {
    const { storage } = this.ctx;
    const atMs = Date.now() + FORGET_MS;
    const plannedMs = await storage.getAlarm();
    if (plannedMs === null || plannedMs < atMs - POSTPONE_MS) await storage.setAlarm(atMs);
  }
}
