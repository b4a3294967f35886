/** The object and its consumer in a workerd of their own, with a library and a quarter's days in D1. */
import { readdirSync, readFileSync } from 'node:fs';
import { build } from 'esbuild';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { inRoot } from '../../scripts/lib/paths.ts';
import { freePort } from '../../scripts/platform/port.ts';
import type { V4Workers } from '../../scripts/platform/worker-options.ts';
import { childrenNamed } from '../process-cpu.ts';

export interface BenchSeriesWorker {
  readonly pid: number;
  run(task: string, input: object): Promise<unknown>;
  stop(): Promise<void>;
}

type Database = Awaited<ReturnType<Miniflare['getD1Database']>>;

export async function startSeries(
  episodes: number,
  overviewEpisodes: number,
  days: number,
): Promise<BenchSeriesWorker> {
  const port = await freePort();
  const before = new Set(childrenNamed(process.pid, 'workerd'));
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({ cf: false, logRequests: false, workers: [await worker(port)] as unknown as V4Workers }),
  );
  await miniflare.ready;
  const pid = childrenNamed(process.pid, 'workerd').find((each) => !before.has(each));
  if (pid === undefined) throw new Error('workerd is not to be found among the child processes.');
  await fill(await miniflare.getD1Database('DB', 'bench-series'), episodes, overviewEpisodes, days);
  return {
    pid,
    async run(task, input) {
      const answer = await fetch(`http://127.0.0.1:${port}/${task}`, { method: 'POST', body: JSON.stringify(input) });
      if (!answer.ok) throw new Error(`${task}: ${await answer.text()}`);
      return answer.json();
    },
    stop: () => miniflare.dispose(),
  };
}

async function worker(port: number): Promise<object> {
  const { outputFiles } = await build({
    entryPoints: [inRoot('bench', 'worker', 'series.ts')],
    ...{ bundle: true, minify: true, write: false, format: 'esm', target: 'es2024', logLevel: 'silent' },
    external: ['cloudflare:workers'],
  });
  return {
    name: 'bench-series',
    compatibilityDate: '2026-10-20',
    compatibilityFlags: ['no_nodejs_compat'],
    modules: [{ type: 'ESModule', path: 'series.js', contents: outputFiles?.[0]?.text ?? '' }],
    bindings: { ANALYTICS_SHARDS: '1', ANALYTICS_SINK: 'rollups', ANALYTICS_FOLD_SECONDS: '600' },
    d1Databases: { DB: 'bench' },
    r2Buckets: { RAW_EVENTS: 'bench' },
    durableObjects: { SERIES_VIEWS: { className: 'BenchSeries', useSQLite: true } },
    unsafeDirectSockets: [{ host: '127.0.0.1', port }],
  };
}

async function fill(db: Database, episodes: number, overviewEpisodes: number, days: number): Promise<void> {
  for (const file of readdirSync(inRoot('migrations')).toSorted()) {
    if (!file.endsWith('.sql')) continue;
    for (const statement of readFileSync(inRoot('migrations', file), 'utf8').split('--> statement-breakpoint'))
      await db.prepare(statement).run();
  }
  const upTo = (length: number): string =>
    `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${length - 1})`;
  const run = (sql: string) => db.prepare(sql).run();
  await run("INSERT INTO series (id, slug, title, created_at, updated_at) VALUES ('ser_bench', 'b', 'b', 0, 0)");
  await run(
    `${upTo(Math.max(episodes, overviewEpisodes))} INSERT INTO episodes (id, series_id, number, title, published_at, created_at, updated_at) SELECT 'ep_' || i, 'ser_bench', i + 1, 'x', 0, 0, 0 FROM n`,
  );
  await run(
    `${upTo(episodes)} INSERT INTO assets (id, episode_id, current_version, created_at) SELECT 'a' || i, 'ep_' || i, 'v' || i, 0 FROM n`,
  );
  await run(
    `${upTo(episodes)} INSERT INTO asset_versions (version, asset_id, duration_seconds, segment_durations_seconds, warnings, size_bytes, created_at) SELECT 'v' || i, 'a' || i, 90, '[]', '[]', 1, 0 FROM n`,
  );
  const { results } = await db.prepare("SELECT name FROM pragma_table_info('episode_days')").all<{ name: string }>();
  const today = Date.now() - (Date.now() % 86_400_000);
  const values: Record<string, string> = {
    day: `${today} - (i / ${overviewEpisodes}) * 86400000`,
    episode_id: `'ep_' || (i % ${overviewEpisodes})`,
    shard: '0',
    series_id: "'ser_bench'",
  };
  const names = results.map(({ name }) => name);
  await run(
    `${upTo(overviewEpisodes * days)} INSERT INTO episode_days (${names.join(', ')}) SELECT ${names.map((name) => values[name] ?? '100 + i % 97').join(', ')} FROM n`,
  );
  const migration = readFileSync(inRoot('migrations', '0024_weeks.sql'), 'utf8');
  await run(migration.slice(migration.indexOf('INSERT INTO `episode_weeks`')));
}
