/** Series with episodes, in the D1 of this project: its files share one workerd, so each keeps to ids of its own. */
import { env } from 'cloudflare:workers';

declare global {
  interface ImportMeta {
    /** Vite's: the files' texts by path, read when the test is built. */
    readonly glob: (
      pattern: string,
      options: { query: '?raw'; import: 'default'; eager: true },
    ) => Record<string, string>;
  }
}

const migrations = import.meta.glob('../../../../../migrations/*.sql', {
  query: '?raw',
  import: 'default',
  eager: true,
});

export async function migrate(): Promise<void> {
  if ((await env.DB.prepare("SELECT 1 FROM sqlite_master WHERE name = 'series'").first()) !== null) return;
  for (const name of Object.keys(migrations).toSorted((a, b) => a.localeCompare(b))) {
    for (const statement of (migrations[name] ?? '').split('--> statement-breakpoint'))
      await env.DB.prepare(statement).run();
  }
}

export const DURATION_SECONDS = 90;
export const TALLEST_PX = 1280;

export interface Library {
  readonly seriesId: string;
  readonly episodeIds: readonly string[];
}

let made = 0;

/** A series whose episodes are all out, with a version each. */
export async function makeSeries(episodes: number): Promise<Library> {
  await migrate();
  const seriesId = `ser_${String(++made).padStart(2, '0')}${crypto.randomUUID().replaceAll('-', '').slice(0, 24)}`;
  const episodeIds = Array.from({ length: episodes }, (_, index) => `${seriesId.replace('ser', 'ep')}-${index}`);
  const run = (sql: string, ...values: (string | number)[]) => env.DB.prepare(sql).bind(...values);
  await env.DB.batch([
    run(
      'INSERT INTO series (id, slug, title, created_at, updated_at) VALUES (?, ?, ?, 0, 0)',
      ...[seriesId, seriesId, 'x'],
    ),
    ...episodeIds.flatMap((id, index) => [
      run(
        'INSERT INTO episodes (id, series_id, number, title, published_at, created_at, updated_at) VALUES (?, ?, ?, ?, 0, 0, 0)',
        ...[id, seriesId, index + 1, 'x'],
      ),
      run(
        'INSERT INTO assets (id, episode_id, current_version, created_at) VALUES (?, ?, ?, 0)',
        `a${id}`,
        id,
        `v${id}`,
      ),
      run(
        `INSERT INTO asset_versions (version, asset_id, duration_seconds, segment_durations_seconds, warnings, size_bytes, created_at)
         VALUES (?, ?, ?, '[]', '[]', 1, 0)`,
        ...[`v${id}`, `a${id}`, DURATION_SECONDS],
      ),
      run(
        'INSERT INTO renditions (version, position, width, height, bandwidth_bps, average_bandwidth_bps, codecs, frame_rate) VALUES (?, 0, 720, ?, 1, 1, ?, 25)',
        ...[`v${id}`, TALLEST_PX, 'avc1'],
      ),
    ]),
  ]);
  return { seriesId, episodeIds };
}
