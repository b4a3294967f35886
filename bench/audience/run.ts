/** The whole way: an audience is made up, told over HTTP, waited for, and every published number compared with the truth. */
import { FOLD_AFTER_SECONDS } from '../../workers/analytics/limits.ts';
import { call, type Edge } from '../library.ts';
import { deviations, isFromSketch, isRight, type Deviation } from './compare.ts';
import { deliveriesOf, type Delivered } from './deliver.ts';
import { drawAudience } from './draw-sessions.ts';
import type { EpisodePlan, SimSeries } from './library.ts';
import { publishLibrary } from './publish.ts';
import { type Answer, type Question, questionsOf } from './questions.ts';
import { sendAll, TOKEN_AGE_MS, type Sent, tokensOf } from './send.ts';
import { factsOf } from './truth/facts.ts';

export interface Comparison {
  readonly about: string;
  readonly numbers: number;
  /** The largest of what has to be exact, and of what comes from a sketch. */
  readonly exactOff: number;
  readonly sketchOff: number;
  readonly wrong: readonly Deviation[];
}

export interface AudienceRun {
  readonly views: number;
  readonly delivered: number;
  readonly sessions: number;
  readonly first: Sent & { readonly sendSeconds: number; readonly settleSeconds: number };
  readonly comparisons: readonly Comparison[];
  /** Of the second delivery: answers that are not what they were. */
  readonly changed: readonly string[];
}

/** A player that cannot be was given its token just now, and one visit is told in minutes. */
const YOUNG_TOKEN_MS = 10 * 60_000;

export interface AudienceOptions {
  readonly views: number;
  readonly seed: number;
  readonly plans: readonly (readonly EpisodePlan[])[];
  /** What D1 knows of all series as well: half a minute behind the objects, so it is waited for. */
  readonly withOverview: boolean;
}

export async function runAudience(edge: Edge, options: AudienceOptions): Promise<AudienceRun> {
  const { views, seed, plans, withOverview } = options;
  const stillMs = withOverview ? OVERVIEW_STILL_MS : STILL_MS;
  const library = await publishLibrary(edge, plans);
  const tokens = await tokensOf(edge);
  const audience = drawAudience(seed, views, library);
  const { batches, delivered } = deliveriesOf(audience, seed + 1);
  const startedAtMs = performance.now();
  const sent = await sendAll(edge, tokens, batches);
  const sentAtMs = performance.now();
  await untilStill(edge, library, stillMs);
  const first = {
    ...sent,
    sendSeconds: (sentAtMs - startedAtMs) / 1_000,
    settleSeconds: (performance.now() - sentAtMs) / 1_000,
  };
  const questions = questionsOf(library, truthOf(delivered), withOverview);
  const answers = await ask(edge, questions);
  const comparisons = compare(questions, answers);
  await sendAll(edge, tokens, deliveriesOf(audience, seed + 1).batches);
  await untilStill(edge, library, stillMs);
  const again = await ask(edge, questions);
  const changed = questions.flatMap(({ path }, index) =>
    JSON.stringify(answers[index]) === JSON.stringify(again[index]) ? [] : [path],
  );
  const sessions = audience.sessions.length;
  return { views: audience.views, delivered: delivered.size, sessions, first, comparisons, changed };
}

function truthOf(delivered: ReadonlyMap<string, Delivered>) {
  return [...delivered.values()].map((view) => {
    const isYoung = view.session.person.impossible !== null;
    return factsOf({ ...view, elapsedMs: isYoung ? YOUNG_TOKEN_MS : TOKEN_AGE_MS });
  });
}

async function ask(edge: Edge, questions: readonly Pick<Question, 'path'>[]): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const { path } of questions) answers.push(await get(edge, path));
  return answers;
}

const TRIES = 8;

/** On a busy machine a part may not answer in time, and says so: then again, as anybody would. */
async function get(edge: Edge, path: string): Promise<Answer> {
  for (let tries = 1; ; tries++) {
    try {
      return await call<Answer>(edge, 'GET', path, undefined);
    } catch (thrown) {
      if (tries === TRIES || !/: (503|429) /.test(String(thrown))) throw thrown;
      await new Promise((resolve) => setTimeout(resolve, 500 * tries));
    }
  }
}

const STILL_MS = 3_000;
/** Longer than an object waits before it tells D1. */
const OVERVIEW_STILL_MS = (FOLD_AFTER_SECONDS + 10) * 1_000;
const ASK_EVERY_MS = 500;
const PATIENCE_MS = 20 * 60_000;

/** The queue is empty when the numbers of all series have not moved for a while. */
export async function untilStill(edge: Edge, library: readonly SimSeries[], stillMs: number = STILL_MS): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  let before = '';
  let sinceMs = performance.now();
  while (performance.now() - sinceMs < stillMs) {
    const totals = await ask(edge, library.flatMap(totalsOf));
    const now = JSON.stringify(totals);
    if (now !== before) sinceMs = performance.now();
    before = now;
    if (performance.now() > until) throw new Error('The numbers do not come to rest.');
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
  }
}

/** From the objects, and from what they write to D1. */
function totalsOf({ id }: SimSeries): Pick<Question, 'path'>[] {
  return [{ path: `/v1/analytics/series/${id}/qoe` }, { path: `/v1/analytics/overview?series=${id}&by=episode` }];
}

export function compare(questions: readonly Question[], answers: readonly Answer[]): Comparison[] {
  const found = questions.map(({ about, path, truth, told }, index) => ({
    about,
    off: deviations(truth, told(answers[index] ?? {}), path),
  }));
  return [...Map.groupBy(found, ({ about }) => about)].map(([about, some]) => {
    const all = some.flatMap(({ off }) => off);
    const worst = (of: readonly Deviation[]): number => of.reduce((most, { off }) => Math.max(most, off), 0);
    return {
      about,
      numbers: all.length,
      exactOff: worst(all.filter(({ path }) => !isFromSketch(path))),
      sketchOff: worst(all.filter((each) => isFromSketch(each.path) && !isBelowOne(each))),
      wrong: all.filter((each) => !isRight(each)),
    };
  });
}

function isBelowOne({ truth, told }: Deviation): boolean {
  return typeof truth === 'number' && truth < 1 && told === 0;
}
