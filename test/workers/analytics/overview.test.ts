/** 1,000 episodes, each watched on each of 90 days. How long it takes is printed: docs/decisions/044-reading-numbers.md. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Overview } from '../../../client/index.ts';
import { inRoot } from '../../../scripts/lib/paths.ts';
import { startPlatform, type Platform } from '../../../scripts/platform/index.ts';
import { migrate, stateDir } from '../../../scripts/platform/migrate.ts';
import { ownEdge } from '../support/own-edge.ts';
import { read } from './audience.ts';

vi.mock('../../support/edge.ts', () => import('../support/own-edge.ts'));

const SERIES = 20;
const EPISODES = 50;
const DAYS = 90;
const DAY_MS = 86_400_000;

const dataDir = mkdtempSync(path.join(tmpdir(), 'cliffhanger-days-'));
let platform: Platform | undefined;

const id = (prefix: string, index: number): string => `${prefix}_${String(index).padStart(26, '0')}`;

beforeAll(async () => {
  await migrate(dataDir);
  fill();
  const log = (): void => undefined;
  platform = await startPlatform({ port: 0, dataDir, secrets: ownEdge.secrets, demo: false, log });
  ownEdge.origin = platform.origin;
}, 240_000);

afterAll(async () => {
  await platform?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

/** Straight into the database's file, before the platform runs: 90,000 rows by way of players would be hours. */
function fill(): void {
  const folder = path.join(stateDir(dataDir), 'v3', 'd1', 'miniflare-D1DatabaseObject');
  const [file = ''] = readdirSync(folder).filter((name) => name.endsWith('.sqlite') && name !== 'metadata.sqlite');
  const db = new DatabaseSync(path.join(folder, file));
  const { columns } = db
    .prepare(`SELECT group_concat(name) AS columns FROM pragma_table_info('episode_days')`)
    .get() as { columns: string };
  const names = columns.split(',');
  const series = db.prepare('INSERT INTO series (id, slug, title, created_at, updated_at) VALUES (?, ?, ?, 0, 0)');
  const episode = db.prepare(
    'INSERT INTO episodes (id, series_id, number, title, created_at, updated_at) VALUES (?, ?, ?, ?, 0, 0)',
  );
  const day = db.prepare(`INSERT INTO episode_days (${columns}) VALUES (${names.map(() => '?').join(', ')})`);
  const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  db.exec('BEGIN');
  for (let s = 0; s < SERIES; s++) {
    series.run(id('ser', s), `series-${s}`, `Series ${s}`);
    for (let e = 0; e < EPISODES; e++) {
      const episodeId = id('ep', s * EPISODES + e);
      episode.run(episodeId, id('ser', s), e + 1, `Episode ${e + 1}`);
      for (let d = 0; d < DAYS; d++) {
        const named: Record<string, string | number> = {
          day: today - d * DAY_MS,
          episode_id: episodeId,
          series_id: id('ser', s),
          started: 100 + s,
          completed: 50 + (e % 7),
        };
        day.run(...names.map((name) => named[name] ?? 1));
      }
    }
  }
  db.exec(weeksOfDays());
  db.exec('COMMIT');
  db.close();
}

/** As the migration makes them of the days that were there before. */
function weeksOfDays(): string {
  const migration = readFileSync(inRoot('migrations', '0024_weeks.sql'), 'utf8');
  return migration.slice(migration.indexOf('INSERT INTO `episode_weeks`'));
}

const from = new Date(Date.now() - (DAYS - 1) * DAY_MS).toISOString();

test.each([
  ['by=episode&sort=-completionRate', 500],
  ['by=series', SERIES],
  ['by=episode&series=series-7', EPISODES],
])(
  '90,000 days are told at once: %s',
  async (query, rows) => {
    const startedAt = performance.now();
    const { items } = await read<Overview>(`/overview?${query}&from=${from}&limit=500`);
    console.log(`overview ${query}: ${(performance.now() - startedAt).toFixed(0)} ms`);
    expect(items).toHaveLength(rows);
    // Each day of each episode of series n has 100 + n starts, one failure later and one of every other outcome.
    const days = query === 'by=series' ? DAYS * EPISODES : DAYS;
    for (const { seriesId, views } of items) expect(views).toBe(days * (106 + Number(seriesId.slice(4))));
  },
  120_000,
);
