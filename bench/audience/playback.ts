/** One view while it is being made up: where the playhead and the clock stand, and what has happened. */
import type { LeftBy } from '../../core/qoe/view.ts';
import { between, type Random } from '../preload/random.ts';
import type { Counters, Happening } from './happenings.ts';
import { LADDER, type Rung, type SimEpisode } from './library.ts';
import { pick, type Person } from './people.ts';

/** A player tells what changed this often. */
const BEACON_EVERY_MS = 10_000;
const FRAMES_PER_SECOND = 30;

export class Playback {
  readonly happenings: Happening[] = [];
  readonly episode: SimEpisode;
  ms: number;
  /** Hundredths of a second, as the end is. */
  at = 0;
  readonly end: number;
  readonly #random: Random;
  readonly #person: Person;
  readonly #ahead: number;
  #toldMs: number;
  #rung: Rung;
  #counters = { fetched: 0, unwatched: 0, total: 0, dropped: 0 };

  constructor(random: Random, person: Person, episode: SimEpisode, intentMs: number) {
    this.#random = random;
    this.#person = person;
    this.episode = episode;
    this.ms = intentMs;
    this.#toldMs = intentMs;
    this.end = Math.round(episode.durationSeconds * 100);
    this.#rung = this.#rungFor();
    this.#ahead = person.tellsDetails ? this.#whole(0, 900_000) : 0;
  }

  wait(durationMs: number): void {
    this.ms += Math.round(durationMs);
  }

  start(startupMs: number): void {
    this.wait(startupMs);
    const source = pick(this.#random, ['attached', 'bytes', 'inflight', 'net'] as const);
    this.happenings.push({ kind: 'first-frame', ms: this.ms, source }, { kind: 'shown', at: this.at, ...this.#rung });
    this.#counters.fetched += this.#whole(60_000, 240_000);
  }

  /** Plays on by so many hundredths, in pieces that a beacon may come between. */
  play(hundredths: number): void {
    let left = Math.round(hundredths / 10) * 10;
    while (left > 0) {
      const step = Math.min(left, 900);
      const from = this.at;
      this.at += step;
      this.ms += step * 10;
      this.happenings.push({ kind: 'played', ms: this.ms, from, to: this.at });
      this.#counters.fetched += Math.round((this.#rung.bandwidthBps * step) / 800);
      this.#counters.unwatched += this.#whole(0, 20_000);
      this.#counters.total += Math.round((step * FRAMES_PER_SECOND) / 100);
      this.#counters.dropped += this.#random() < 0.2 ? this.#whole(0, 9) : 0;
      left -= step;
      this.tellIfDue();
    }
  }

  /** Under 50 ms nobody sees it; before the first frame, and after a seek, it is no stall either. */
  stall(durationMs: number, isOver = true): void {
    this.wait(durationMs);
    this.happenings.push({ kind: 'waited', ms: this.ms, at: this.at, durationMs: Math.round(durationMs), isOver });
  }

  pause(durationMs: number): void {
    this.happenings.push({ kind: 'paused', ms: this.ms, at: this.at });
    this.wait(durationMs);
    this.tellIfDue();
  }

  /** What it then waits for is the seek's. */
  seek(to: number): void {
    this.happenings.push({ kind: 'sought', ms: this.ms, from: this.at, to });
    this.at = to;
    if (this.#random() < 0.4) this.stall(between(this.#random, [60, 1_500]));
  }

  switchRung(): void {
    const others = LADDER.filter(({ heightPx }) => heightPx !== this.#rung.heightPx);
    this.#rung = pick(this.#random, others);
    this.happenings.push({ kind: 'shown', at: this.at, ...this.#rung });
  }

  reachEnd(): void {
    this.happenings.push({ kind: 'ended', ms: this.ms, at: this.at });
  }

  leave(by: LeftBy): void {
    this.happenings.push({ kind: 'left', ms: this.ms, by });
    this.tell();
  }

  say(happening: Happening): void {
    this.happenings.push(happening);
  }

  tell(): void {
    this.#toldMs = this.ms;
    this.happenings.push({ kind: 'told', counters: this.#countersNow() });
  }

  tellIfDue(): void {
    if (this.ms - this.#toldMs >= BEACON_EVERY_MS) this.tell();
  }

  #countersNow(): Counters {
    const { fetched, unwatched, total, dropped } = this.#counters;
    const noise = Math.exp(0.4 * (this.#random() + this.#random() - 1));
    return {
      fetched,
      unwatched: Math.min(fetched, unwatched),
      ahead: this.#ahead,
      bandwidthBps: this.#random() < 0.05 ? null : Math.round(this.#person.bandwidthBps * noise),
      frames: { total, dropped: Math.min(total, dropped) },
    };
  }

  #rungFor(): Rung {
    const affordable = LADDER.filter(({ bandwidthBps }) => bandwidthBps < this.#person.bandwidthBps);
    return this.#random() < 0.8 ? (affordable.at(-1) ?? (LADDER[0] as Rung)) : pick(this.#random, LADDER);
  }

  #whole(low: number, high: number): number {
    return Math.round(between(this.#random, [low, high]));
  }
}
