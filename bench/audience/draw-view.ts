/** One view of one episode, made up: everything that a viewer, a network and a broken player do, now and then. */
import { OFFER_METHODS } from '../../core/qoe/details.ts';
import { between, type Random } from '../preload/random.ts';
import type { Happening } from './happenings.ts';
import type { SimEpisode } from './library.ts';
import { pick, type Person } from './people.ts';
import { Playback } from './playback.ts';

/** How it went, for what comes next in the visit. */
export type Ending = 'went-on' | 'swiped' | 'turned-away' | 'closed';

export interface DrawnView {
  readonly happenings: readonly Happening[];
  readonly ending: Ending;
  readonly endedAtMs: number;
  readonly hasUnlocked: boolean;
}

export interface Visitor {
  readonly person: Person;
  readonly hasUnlocked: (episode: SimEpisode) => boolean;
}

export function drawView(
  random: Random,
  { person, hasUnlocked }: Visitor,
  episode: SimEpisode,
  { index, intentMs }: { readonly index: number; readonly intentMs: number },
): DrawnView {
  const playback = new Playback(random, person, episode, intentMs);
  let unlocked = false;
  const draw = (): Ending => {
    if (person.impossible !== null) return playImpossibly(random, playback, person);
    if (episode.hasPaywall && !hasUnlocked(episode)) {
      unlocked = meetPaywall(random, playback, index);
      if (!unlocked) return 'turned-away';
    } else {
      const early = endBeforeStart(random, playback);
      if (early !== null) return early;
      resumeSomewhere(random, playback);
      playback.start(drawStartup(random, index));
    }
    return playOn(random, playback);
  };
  const ending = draw();
  return { happenings: playback.happenings, ending, endedAtMs: playback.ms, hasUnlocked: unlocked };
}

function drawStartup(random: Random, index: number): number {
  const spread = Math.exp(1.4 * (random() + random() + random() - 1.5));
  return (index === 0 ? 700 : random() < 0.5 ? 60 : 330) * spread;
}

function resumeSomewhere(random: Random, playback: Playback): void {
  if (random() < 0.05) playback.at = Math.round(between(random, [30, playback.end / 10 - 50])) * 10;
}

/** Flicked past, given up on, failed, or just silent: null where it starts. */
function endBeforeStart(random: Random, playback: Playback): Ending | null {
  const what = random();
  if (what > 0.12) return null;
  if (what < 0.05) {
    // On both sides of the bound, and on it.
    playback.wait(pick(random, [80, 240, 499, 500, 501]));
    playback.leave('swipe');
    return 'swiped';
  }
  if (what < 0.08) {
    playback.wait(between(random, [600, 11_000]));
    if (random() < 0.5) playback.tell();
    playback.leave(random() < 0.8 ? 'swipe' : 'hidden');
    return random() < 0.7 ? 'swiped' : 'closed';
  }
  playback.wait(between(random, [200, 4_000]));
  if (what < 0.1) {
    playback.say({ kind: 'failed', error: pick(random, ['manifestLoadError', 'fragLoadTimeOut']) });
    playback.tell();
    if (random() < 0.6) playback.leave('swipe');
    return 'swiped';
  }
  playback.tell();
  return 'closed';
}

/** A preview, or none; then the offer is taken, or not. True when it was, and it plays. */
function meetPaywall(random: Random, playback: Playback, index: number): boolean {
  if (random() < 0.5) {
    playback.start(drawStartup(random, index));
    playback.play(random() < 0.6 ? 1_000 : between(random, [50, 980]));
  }
  playback.say({ kind: 'paywall' });
  playback.pause(between(random, [400, 12_000]));
  if (random() < 0.45) {
    playback.say({ kind: 'took', method: pick(random, OFFER_METHODS) });
    if (random() < 0.5) playback.tell();
    const unlockMs = Math.round(between(random, [90, 4_000]));
    // Now and then the page is gone before it is open.
    if (random() < 0.05) {
      playback.leave('hidden');
      return false;
    }
    playback.wait(unlockMs);
    const isFirst = !playback.happenings.some(({ kind }) => kind === 'first-frame');
    if (isFirst) playback.start(0);
    playback.say({ kind: 'unlocked', unlockMs });
    return true;
  }
  const by = pick(random, ['paywall', 'paywall', 'swipe', 'hidden'] as const);
  playback.leave(by);
  return false;
}

/** From where it is, in stretches, with what comes between them. */
function playOn(random: Random, playback: Playback): Ending {
  if (random() < 0.002) scrub(random, playback);
  while (playback.at < playback.end) {
    const next = Math.max(10, Math.round((-1_300 * Math.log(1 - random())) / 10) * 10);
    const dull = crossed(playback, next);
    if (dull !== null && random() < 0.25) {
      playback.play(dull - playback.at + between(random, [10, 90]));
      playback.leave('swipe');
      return 'swiped';
    }
    if (playback.at + next >= playback.end) break;
    playback.play(next);
    const ending = somethingHappens(random, playback);
    if (ending !== null) return ending;
  }
  // A container may be a little longer than it says.
  playback.play(playback.end - playback.at + (random() < 0.04 ? pick(random, [10, 40, 190, 200]) : 0));
  playback.reachEnd();
  return afterEnd(random, playback);
}

function crossed({ episode, at }: Playback, next: number): number | null {
  const dull = episode.dullAtSeconds === null ? null : episode.dullAtSeconds * 100;
  return dull !== null && at <= dull && at + next > dull ? dull : null;
}

function somethingHappens(random: Random, playback: Playback): Ending | null {
  const what = random();
  if (what < 0.2) return leaveInMidst(random, playback);
  if (what < 0.5) stallAwhile(random, playback);
  else if (what < 0.6) playback.switchRung();
  else if (what < 0.68) seekSomewhere(random, playback);
  else if (what < 0.76) playback.pause(between(random, [300, 9_000]));
  else if (what < 0.8) playback.say({ kind: 'muted' });
  else if (what < 0.83) {
    playback.leave('hidden');
    if (random() < 0.4) return 'closed';
    playback.wait(between(random, [1_000, 60_000]));
    playback.say({ kind: 'returned', ms: playback.ms });
  } else if (what < 0.845) {
    playback.say({ kind: 'failed', error: 'bufferAppendError' });
    playback.tell();
    if (random() < 0.7) playback.leave('swipe');
    return random() < 0.5 ? 'swiped' : 'closed';
  }
  return null;
}

function stallAwhile(random: Random, playback: Playback): void {
  playback.stall(random() < 0.15 ? pick(random, [20, 49, 50, 51]) : between(random, [60, 6_000]));
}

function leaveInMidst(random: Random, playback: Playback): Ending {
  const isInStall = random() < 0.15;
  if (isInStall) playback.stall(between(random, [60, 8_000]), false);
  if (!isInStall && random() < 0.06) return 'closed';
  playback.leave('swipe');
  return 'swiped';
}

function seekSomewhere(random: Random, playback: Playback): void {
  const to = Math.round((playback.end * random()) / 10) * 10;
  playback.seek(Math.max(0, Math.min(playback.end - 100, to)));
}

/** More stretches than are told one by one. */
function scrub(random: Random, playback: Playback): void {
  for (let times = 0; times < 65; times++) {
    playback.play(20);
    playback.seek(Math.round(between(random, [0, playback.end / 10 - 50])) * 10);
  }
}

function afterEnd(random: Random, playback: Playback): Ending {
  if (random() < 0.12) {
    playback.seek(random() < 0.6 ? 0 : Math.round(playback.end / 20) * 10);
    playback.play(between(random, [50, 1_500]));
    playback.leave('swipe');
    return 'swiped';
  }
  // The last beacon may never be sent.
  if (random() < 0.04) return 'closed';
  playback.leave(random() < 0.85 ? 'end' : 'swipe');
  return 'went-on';
}

/** Well past what could be, whatever the clocks say. */
function playImpossibly(random: Random, playback: Playback, { impossible }: Person): Ending {
  playback.start(drawStartup(random, 1));
  if (impossible === 'past-the-end') playback.play(playback.end + between(random, [300, 4_000]));
  else if (impossible === 'stalled-longer-than-time') {
    playback.play(500);
    for (let times = 0; times < 3; times++) playback.stall(3_000_000);
  } else
    for (let times = 0; times < 55; times++) {
      playback.play(playback.end - playback.at);
      playback.seek(0);
    }
  playback.leave('swipe');
  return 'swiped';
}
