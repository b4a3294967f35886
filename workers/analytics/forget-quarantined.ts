import type { BeaconMessage } from '#core/qoe/beacon-message.ts';
import { QUARANTINE_PAGE } from './limits.ts';
import { visitsOf, type Person, type Visit } from './persons.ts';

interface Quarantined {
  readonly id: string;
  readonly body: string;
}

/** What lies in quarantine may be replayed, and names its viewer too. A page at a time: bodies are up to 64 KB. */
export async function forgetQuarantined(
  { DB, MASTER_SECRET }: Pick<AnalyticsEnv, 'DB' | 'MASTER_SECRET'>,
  person: Person,
): Promise<void> {
  for (let after = '', isMore = true; isMore;) {
    const { results } = await DB.prepare(
      "SELECT id, body FROM quarantined_messages WHERE queue GLOB 'cliffhanger-beacons*' AND id > ? ORDER BY id LIMIT ?",
    )
      .bind(after, QUARANTINE_PAGE)
      .all<Quarantined>();
    const names = [...person.pseudonyms, ...(await visitsOf(MASTER_SECRET, person, results.flatMap(visitsIn)))];
    const theirs = results.filter(({ body }) => names.some((name) => body.includes(name))).map(({ id }) => id);
    if (theirs.length > 0)
      await DB.prepare('DELETE FROM quarantined_messages WHERE id IN (SELECT value FROM json_each(?))')
        .bind(JSON.stringify(theirs))
        .run();
    isMore = results.length === QUARANTINE_PAGE;
    after = results.at(-1)?.id ?? after;
  }
}

/** Of a body that is a beacon: others name nobody but by a pseudonym that is whole in them. */
function visitsIn({ body }: Quarantined): Visit[] {
  try {
    const { viewer, receivedAtMs, events } = JSON.parse(body) as BeaconMessage;
    return events.map(({ sessionId }) => ({ sessionId, viewer, fromMs: receivedAtMs, toMs: receivedAtMs }));
  } catch {
    return [];
  }
}
