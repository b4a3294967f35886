/**
 * How beacons travel: batched, some twice, in another order, some long after the rest, and of one view in a hundred the
 * last one never. Made a few sessions at a time, since those of 100,000 views are more than is to be held.
 */
import type { ViewEventWire } from '../../core/qoe/beacon-wire.ts';
import { seeded, type Random } from '../preload/random.ts';
import type { Audience } from './draw-sessions.ts';
import type { Happening, SimSession, SimView } from './happenings.ts';
import { tellView, type Told } from './tell.ts';

const SESSIONS_AT_ONCE = 400;
const LOST = 0.01;
const TWICE = 0.2;
const LATE = 0.1;
/** As many as a player sends, and as many as the API takes: an app's backend that relays sends those. */
const BATCHES = [10, 100];
/** 64 KB, less what is said of the visit. */
const BEACON_CHARACTERS = 65_000;

export interface Batch {
  readonly session: SimSession;
  readonly events: readonly ViewEventWire[];
}

export interface Deliveries {
  /** All batches, in the order in which they are sent. */
  readonly batches: Iterable<Batch>;
  /** What the newest delivered beacon of each view tells; a view of which none was delivered is not there. */
  readonly delivered: ReadonlyMap<string, Delivered>;
}

export interface Delivered {
  readonly session: SimSession;
  readonly view: SimView;
  readonly happenings: readonly Happening[];
}

/** `delivered` is whole when the batches have been gone through. */
export function deliveriesOf({ sessions }: Audience, seed: number): Deliveries {
  const delivered = new Map<string, Delivered>();
  return { delivered, batches: batchesOf(sessions, seeded(seed), delivered) };
}

function* batchesOf(
  sessions: readonly SimSession[],
  random: Random,
  delivered: Map<string, Delivered>,
): Generator<Batch> {
  let late: Batch[] = [];
  for (let from = 0; from < sessions.length; from += SESSIONS_AT_ONCE) {
    const some = sessions.slice(from, from + SESSIONS_AT_ONCE);
    const batches = some.flatMap((session) => batchesOfSession(random, session, delivered));
    const again = batches.filter(() => random() < TWICE);
    const all = shuffled(random, [...late, ...batches, ...again]);
    const kept = Math.floor(all.length * LATE);
    late = all.slice(0, kept);
    yield* all.slice(kept);
  }
  yield* late;
}

function batchesOfSession(random: Random, session: SimSession, delivered: Map<string, Delivered>): Batch[] {
  const events: ViewEventWire[] = [];
  for (const view of session.views) {
    const sent = sentOf(random, tellView(session, view));
    const newest = sent.at(-1);
    if (newest === undefined) continue;
    delivered.set(view.viewId, { session, view, happenings: newest.happenings });
    events.push(...sent.map(({ event }) => event));
  }
  const size = BATCHES[random() < 0.2 ? 0 : 1] ?? 100;
  return packed(shuffled(random, events), size).map((some) => ({ session, events: some }));
}

/** So many at most, and no more than a beacon may weigh. */
function packed(events: readonly ViewEventWire[], most: number): ViewEventWire[][] {
  const batches: ViewEventWire[][] = [];
  let characters = 0;
  for (const event of events) {
    const size = JSON.stringify(event).length + 1;
    const last = batches.at(-1);
    if (last === undefined || last.length === most || characters + size > BEACON_CHARACTERS) {
      batches.push([event]);
      characters = size;
    } else {
      last.push(event);
      characters += size;
    }
  }
  return batches;
}

function sentOf(random: Random, told: readonly Told[]): readonly Told[] {
  return random() < LOST ? told.slice(0, -1) : told;
}

/** Fisher and Yates'. */
function shuffled<Item>(random: Random, items: readonly Item[]): Item[] {
  const all = [...items];
  for (let last = all.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [all[last], all[other]] = [all[other] as Item, all[last] as Item];
  }
  return all;
}
