import { readBinding } from '#shared/binding-call.ts';
import { MAX_KNOWN_EPISODES } from '../limits.ts';

/** An episode stays in its series for good, so what was read once holds for as long as the isolate does. */
const known = new Map<string, string>();

export async function seriesOfEpisodes(
  db: D1Database,
  episodeIds: ReadonlySet<string>,
): Promise<ReadonlyMap<string, string>> {
  const missing = [...episodeIds].filter((id) => !known.has(id));
  if (missing.length > 0) {
    if (known.size + missing.length > MAX_KNOWN_EPISODES) known.clear();
    const { results } = await readBinding('catalogue', () =>
      db
        .prepare('SELECT id, series_id AS seriesId FROM episodes WHERE id IN (SELECT value FROM json_each(?))')
        .bind(JSON.stringify(missing))
        .all<{ id: string; seriesId: string }>(),
    );
    for (const { id, seriesId } of results) known.set(id, seriesId);
  }
  return new Map(
    [...episodeIds].flatMap((id) => {
      const seriesId = known.get(id);
      return seriesId === undefined ? [] : [[id, seriesId] as const];
    }),
  );
}
