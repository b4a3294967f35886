/**
 * Starts the three Workers once for the whole `workers` project (vitest's globalSetup): a free port, an empty data
 * folder, no transcoder. Tests reach it through test/support/edge.ts, and keep apart by using ids of their own.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { type Platform, startPlatform } from '../../scripts/platform/index.ts';
import { makeSecrets, type PlatformSecrets } from '../../scripts/platform/secrets.ts';
import { type Control, startControl } from './control.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    edgeOrigin: string;
    controlOrigin: string;
    platformSecrets: PlatformSecrets;
  }
}

/** The Workers' own log is shown when a test run fails to make sense of itself: VERBOSE=1. */
const log = process.env['VERBOSE'] === '1' ? (line: string) => console.log(line) : () => undefined;

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'cliffhanger-test-'));
  const secrets = makeSecrets('local');
  // What is about waiting between attempts has a platform of its own.
  const vars = { RETRY_AFTER_SECONDS: '0' };
  const platform: Platform = await startPlatform({ port: 0, dataDir, secrets, demo: true, log, vars });
  const control: Control = await startControl({ scheduled: () => platform.runScheduled() });
  project.provide('edgeOrigin', platform.origin);
  project.provide('controlOrigin', control.origin);
  project.provide('platformSecrets', secrets);
  return async () => {
    await control.stop();
    await platform.stop();
    rmSync(dataDir, { recursive: true, force: true });
  };
}
