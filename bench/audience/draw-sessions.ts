/** Visits of many viewers, from a seed: the same again for the same one. */
import { seeded, type Random } from '../preload/random.ts';
import { drawView, type DrawnView } from './draw-view.ts';
import type { SimSession, SimView } from './happenings.ts';
import type { SimEpisode, SimSeries } from './library.ts';
import { drawPerson, pick, type Person } from './people.ts';

/** A visit is about as long as people's are; notes/playback.md says 20 to 30 starts, with many shorter ones. */
const VIEWS_PER_VISIT = 12;
/** So that unique viewers are not the sessions, nor the views. */
const VISITS_PER_PERSON = 1.7;

export interface Audience {
  readonly sessions: readonly SimSession[];
  readonly views: number;
}

export function drawAudience(seed: number, views: number, library: readonly SimSeries[]): Audience {
  const random = seeded(seed);
  const people: Person[] = [];
  const sessions: SimSession[] = [];
  let drawn = 0;
  while (drawn < views) {
    const isNew = people.length === 0 || random() < 1 / VISITS_PER_PERSON;
    const person = isNew ? drawPerson(random, `viewer-${seed}-${people.length}`) : pick(random, people);
    if (isNew) people.push(person);
    const session = drawSession(random, person, library, views - drawn);
    drawn += session.views.length;
    sessions.push(session);
  }
  return { sessions, views: drawn };
}

function drawSession(random: Random, person: Person, library: readonly SimSeries[], most: number): SimSession {
  const views: SimView[] = [];
  const unlocked = new Set<SimEpisode>();
  const visitor = { person, hasUnlocked: (episode: SimEpisode) => unlocked.has(episode) };
  // A player that cannot count is not let loose on a whole visit: its token is young, and would flag what is sound.
  const length = person.impossible === null ? 1 + Math.floor(-VIEWS_PER_VISIT * Math.log(1 - random())) : 1;
  let episode: SimEpisode | null = firstEpisode(random, pick(random, library));
  let intentMs = 0;
  while (episode !== null && views.length < Math.min(length, most)) {
    const index = views.length;
    const drawn = drawView(random, visitor, episode, { index, intentMs });
    views.push({ viewId: uuid(random), episode, index, intentMs, happenings: drawn.happenings });
    if (drawn.hasUnlocked) unlocked.add(episode);
    intentMs = drawn.endedAtMs + pauseAfter(random, drawn);
    episode = drawn.ending === 'closed' ? null : nextEpisode(random, episode, library);
  }
  return { sessionId: uuid(random), person, views };
}

function firstEpisode(random: Random, { episodes }: SimSeries): SimEpisode {
  return random() < 0.6 ? (episodes[0] as SimEpisode) : pick(random, episodes);
}

/** Mostly the next one; now and then the same again, one further, or another series. */
function nextEpisode(
  random: Random,
  { seriesId, position }: SimEpisode,
  library: readonly SimSeries[],
): SimEpisode | null {
  const what = random();
  if (what < 0.05) return firstEpisode(random, pick(random, library));
  const step = what < 0.1 ? 0 : what < 0.15 ? -1 : what < 0.22 ? 2 : 1;
  return library.find(({ id }) => id === seriesId)?.episodes[position + step] ?? null;
}

/** The next one begins by itself, or after a while: some just within what counts as held by the cliffhanger, some not. */
function pauseAfter(random: Random, { ending }: DrawnView): number {
  if (ending !== 'went-on') return 0;
  return random() < 0.7 ? Math.round(900 * random()) : pick(random, [4_000, 9_999, 10_000, 10_001, 45_000]);
}

export function uuid(random: Random): string {
  const hex = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
}
