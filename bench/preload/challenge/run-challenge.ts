/**
 * The challenge's own simulator (AItransCompetition/Short-Video-Streaming-Challenge). It has no licence, so nothing of it
 * is here: a clone is named on the command line, and Python with numpy runs it where it lies.
 */
import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { inRoot } from '../../../scripts/lib/paths.ts';
import { NETWORK_NAMES, type NetworkName } from '../link.ts';

/** Viewers that tuning did not see: it looked at 100 to 103. */
export const CHALLENGE_USERS = { first: 5_001, count: 24 };

export interface ChallengeRow {
  readonly network: NetworkName;
  readonly policy: string;
  readonly score: number;
  readonly qoe: number;
  readonly bytes: number;
  /** As it counts them, with a chunk on its way at a swipe twice; and all bytes less those that were seen. */
  readonly wastedBytes: number;
  readonly unseenBytes: number;
}

export async function runChallenge(folder: string): Promise<ChallengeRow[]> {
  mkdirSync(path.join(folder, 'logs', 'sample_user'), { recursive: true });
  const rows: ChallengeRow[] = [];
  for (const network of NETWORK_NAMES) {
    for (const policy of ['no_save', 'fixed_preload', 'ours'])
      rows.push({ network, policy, ...(await measure(folder, policy, network)) });
  }
  return rows;
}

async function measure(
  folder: string,
  policy: string,
  network: NetworkName,
): Promise<Omit<ChallengeRow, 'network' | 'policy'>> {
  const script = inRoot('bench', 'preload', 'challenge', 'measure.py');
  const users = [String(CHALLENGE_USERS.count), String(CHALLENGE_USERS.first)];
  const env = {
    ...process.env,
    PRELOAD_NODE: process.execPath,
    PRELOAD_DECIDER: inRoot('bench', 'preload', 'challenge', 'decide.ts'),
  };
  const { stdout } = await promisify(execFile)('python3', [script, policy, network, ...users], { cwd: folder, env });
  return JSON.parse(stdout) as Omit<ChallengeRow, 'network' | 'policy'>;
}
