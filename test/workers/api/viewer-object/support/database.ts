/**
 * The D1 database of the api Worker with every migration applied: this project runs without scripts/platform. Its files
 * share one workerd, so whoever comes first migrates, and each keeps to ids of its own.
 */
import { env } from 'cloudflare:workers';
import { openDb, type Db } from '../../../../../workers/api/http/context.ts';

declare global {
  interface ImportMeta {
    /** Vite's: the files' texts by path, read when the test is built. */
    readonly glob: (
      pattern: string,
      options: { query: '?raw'; import: 'default'; eager: true },
    ) => Record<string, string>;
  }
}

/** Files of this project share one workerd, and so one database: the first of them migrates it. */
export async function migratedDb(): Promise<Db> {
  const there = await env.DB.prepare("SELECT 1 FROM sqlite_master WHERE name = 'series'").first();
  if (there !== null) return openDb(env.DB);
  const migrations = import.meta.glob('../../../../../migrations/*.sql', {
    query: '?raw',
    import: 'default',
    eager: true,
  });
  const isMigrated = await env.DB.prepare("SELECT 1 FROM sqlite_master WHERE name = 'series'").first();
  if (isMigrated !== null) return openDb(env.DB);
  for (const name of Object.keys(migrations).toSorted((a, b) => a.localeCompare(b))) {
    for (const statement of (migrations[name] ?? '').split('--> statement-breakpoint'))
      await env.DB.prepare(statement).run();
  }
  return openDb(env.DB);
}
