/**
 * `npm run bench -- preload [--challenge FOLDER]`: the preload policy against the baselines of the MM'22 short-video
 * challenge, in a simulator with its metric; and in its own simulator, on its own traces, where a clone of it is named.
 */
import { planPreload } from '../../core/preload/plan-preload.ts';
import { print, saveResults } from '../report.ts';
import { AUDIENCE_NAMES, type AudienceName, drawSession } from './audience.ts';
import { fixedPreload, noSave, preloadEverything } from './baselines.ts';
import { CHALLENGE_USERS, runChallenge } from './challenge/run-challenge.ts';
import { type Figures, REPORT_SEEDS, runPolicy } from './compare.ts';
import { NETWORK_NAMES, type NetworkName } from './link.ts';
import { ours, stateOf } from './ours.ts';
import { type SimPolicy, WINDOW } from './policy.ts';
import { seeded } from './random.ts';

const POLICIES: Readonly<Record<string, () => SimPolicy>> = {
  no_save: noSave,
  fixed_preload: fixedPreload,
  'everything (canary)': preloadEverything,
  'ours, built-in prior': () => ours({ usesPrior: true }),
  'ours, own curve': () => ours(),
};

/** The same question many times, as a player asks it 4 times a second; the best of a few turns. */
const QUESTIONS = 20_000;
const TURNS = 5;

interface Row extends Figures {
  readonly audience: AudienceName;
  readonly network: NetworkName;
  readonly policy: string;
}

export async function benchPreload(args: readonly string[]): Promise<void> {
  const simulated = measure();
  print(
    [`${REPORT_SEEDS.count} held-out sessions each`, 'score/min', 'QoE/min', 'MB/min', 'wasted', 'stalled'],
    simulated.map((row) => [
      `${row.audience}, ${row.network}: ${row.policy}`,
      row.scorePerMinute.toFixed(1),
      row.qoePerMinute.toFixed(1),
      row.megabytesPerMinute.toFixed(1),
      percent(row.wastedShare),
      percent(row.stallShare),
    ]),
  );
  const microseconds = measureQuestion();
  console.log(`planPreload with four episodes in the queue: ${microseconds.toFixed(1)} µs (wanted < 200 µs)\n`);
  const folder = args[args.indexOf('--challenge') + 1];
  const challenge = args.includes('--challenge') && folder !== undefined ? await runChallenge(folder) : null;
  if (challenge !== null)
    print(
      [
        `the challenge's simulator, ${CHALLENGE_USERS.count} held-out users × 20 traces`,
        'score',
        'QoE',
        'MB',
        'unseen',
        'wasted',
      ],
      challenge.map((row) => [
        `${row.network}: ${row.policy}`,
        row.score.toFixed(1),
        row.qoe.toFixed(1),
        (row.bytes / 1e6).toFixed(1),
        percent(row.unseenBytes / row.bytes),
        percent(row.wastedBytes / row.bytes),
      ]),
    );
  saveResults('preload', { at: new Date().toISOString(), node: process.version, microseconds, simulated, challenge });
}

function measure(): Row[] {
  return AUDIENCE_NAMES.flatMap((audience) =>
    NETWORK_NAMES.flatMap((network) =>
      Object.entries(POLICIES).map(([policy, create]) => ({
        audience,
        network,
        policy,
        ...runPolicy({ audience, network }, REPORT_SEEDS, create),
      })),
    ),
  );
}

function measureQuestion(): number {
  const { views } = drawSession('clips', seeded(1));
  const window = views
    .slice(0, WINDOW)
    .map(({ episode }, item) => ({ episode, rungs: item === 0 ? [0, 0, 0, 0] : [0] }));
  const states = [0, 1, 2, 3].map((playheadSeconds) =>
    stateOf({ window, playheadSeconds, bufferedSeconds: 6 - playheadSeconds, ratesBps: [4e6] }, [0, 0, 0, 0, 0], false),
  );
  const turns = Array.from({ length: TURNS }, () => {
    const before = performance.now();
    for (let question = 0; question < QUESTIONS; question++) {
      const state = states[question % states.length];
      if (state !== undefined && state !== null) planPreload(state);
    }
    return ((performance.now() - before) * 1_000) / QUESTIONS;
  });
  return Math.min(...turns);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
