import { defineConfig } from 'drizzle-kit';

/** Generates `migrations/`; only wrangler applies them (d1_migrations is its own table). */
export default defineConfig({
  dialect: 'sqlite',
  schema: './workers/shared/db/{schema,track-schema,alert-schema}.ts',
  out: './migrations',
  tablesFilter: ['!d1_migrations'],
});
