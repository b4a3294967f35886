/** Puts the site where wrangler.toml's [assets] looks for it. */
import { cpSync, rmSync } from 'node:fs';
import { inRoot } from '../lib/paths.ts';
import { buildSiteFolder } from '../platform/site.ts';

export async function buildSiteForDeploy(): Promise<void> {
  const target = inRoot('dist', 'site');
  const built = await buildSiteFolder();
  rmSync(target, { recursive: true, force: true });
  cpSync(built, target, { recursive: true });
}
