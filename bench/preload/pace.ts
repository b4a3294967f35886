/**
 * The policy under a thumb: a session at the pace of people on a line that carries several transfers side by side, with a
 * round trip before each and some of what a swipe has ended still under way. Without a browser, in no time.
 */
import { planPreload } from '../../core/preload/plan-preload.ts';
import type { PreloadEpisode, PreloadState } from '../../core/preload/state.ts';
import { type PreloadTuning, TUNING } from '../../core/preload/tuning.ts';
import { dwellSeconds } from '../startup/thumb.ts';
import { seeded } from './random.ts';

export interface PaceLine {
  readonly bytesPerSecond: number;
  /** From asking to the first byte. */
  readonly requestSeconds: number;
  /** What was ended goes on for so long: it is on the line already. */
  readonly afterlifeSeconds: number;
}

/** Of the first seconds. */
export interface PaceFilm {
  readonly segmentEndsSeconds: readonly number[];
  readonly segmentBytes: readonly number[];
  /** Bytes and end of each fragment of the first segment; the first is the head. */
  readonly fragments: readonly (readonly [bytes: number, endSeconds: number])[];
  readonly bytesPerSecond: number;
}

/** The first 22 s of the clip of bench/startup at 720p. */
export const CLIP_720P: PaceFilm = {
  segmentEndsSeconds: [1, 2, 4, 6, 8, 10, 14, 18, 22],
  segmentBytes: [252_105, 250_041, 446_182, 461_843, 474_951, 511_073, 924_707, 971_615, 974_197],
  fragments: [
    [110_469, 0.25],
    [153_130, 0.5],
    [194_544, 0.75],
    [237_749, 0.98],
    [252_105, 1],
  ],
  bytesPerSecond: 245_425,
};

/** 4 Mbit/s less what packets cost; 100 ms and what an edge needs; what BBR has in flight. */
export const LINE_100_4: PaceLine = { bytesPerSecond: 480_000, requestSeconds: 0.15, afterlifeSeconds: 0.2 };

export interface PaceOptions {
  readonly line: PaceLine;
  readonly film: PaceFilm;
  readonly swipes: number;
  readonly seed: number;
  readonly tuning?: PreloadTuning;
  readonly hasHeads?: boolean;
}

export interface Pace {
  /** Swipes that found a frame. */
  readonly paintedShare: number;
  readonly stalls: number;
  readonly stalledSeconds: number;
  readonly movedBytes: number;
  readonly playedSeconds: number;
}

const STEP_SECONDS = 0.01;
/** Stands for the number of a segment. */
const HEAD = -1;
/** In one step; two transfers are the most that it asks for. */
const MAX_ACTIONS = 4;
/** From the head's last byte to its frame, and from a swipe to the next one's element. */
const DECODE_SECONDS = 0.12;

interface Transfer {
  readonly episode: number;
  readonly segment: number;
  readonly startsAt: number;
  left: number;
  /** Ended by a swipe; until then it still takes its share. */
  diesAt: number;
}

interface Episode {
  segments: number;
  asked: number;
  headBytes: number;
  isHeadAsked: boolean;
  frameAt: number;
}

export function runPace(options: PaceOptions): Pace {
  const random = seeded(options.seed);
  const session = new Session(options);
  for (let swipe = 0; swipe < options.swipes; swipe++) {
    session.stay(dwellSeconds(random));
    session.swipe();
  }
  return session.outcome(options.swipes);
}

class Session {
  readonly #options: PaceOptions;
  readonly #headBytes: number;
  readonly #episodes: Episode[] = [];
  #transfers: Transfer[] = [];
  #now = 0;
  #current = 0;
  #position = 0;
  #isStalled = false;
  #painted = 0;
  #stalls = 0;
  #stalledSeconds = 0;
  #movedBytes = 0;
  #playedSeconds = 0;

  constructor(options: PaceOptions) {
    this.#options = options;
    this.#headBytes = options.film.fragments[0]?.[0] ?? 0;
    this.#ask(0, 0);
  }

  stay(seconds: number): void {
    const leavesAt = this.#now + seconds;
    // The next one has an element now, and perhaps the bytes.
    this.#show(this.#current + 1);
    for (; this.#now < leavesAt; this.#now += STEP_SECONDS) {
      this.#plan();
      this.#carry();
      this.#play();
    }
  }

  swipe(): void {
    if (this.#at(this.#current + 1).frameAt <= this.#now) this.#painted++;
    for (const transfer of this.#transfers) {
      if (transfer.episode !== this.#current || transfer.diesAt !== Infinity) continue;
      transfer.diesAt = this.#now + this.#options.line.afterlifeSeconds;
      this.#at(this.#current).asked = this.#at(this.#current).segments;
    }
    this.#current++;
    [this.#position, this.#isStalled] = [0, false];
  }

  outcome(swipes: number): Pace {
    return {
      paintedShare: this.#painted / swipes,
      stalls: this.#stalls,
      stalledSeconds: this.#stalledSeconds,
      movedBytes: this.#movedBytes,
      playedSeconds: this.#playedSeconds,
    };
  }

  #at(index: number): Episode {
    return (this.#episodes[index] ??= { segments: 0, asked: 0, headBytes: 0, isHeadAsked: false, frameAt: Infinity });
  }

  #plan(): void {
    for (let actions = 0; actions < MAX_ACTIONS; actions++) {
      const action = planPreload(this.#state(), this.#options.tuning ?? TUNING);
      if (action.kind === 'fetch') this.#ask(this.#current + action.item, action.segment);
      else if (action.kind === 'head') this.#ask(this.#current + action.item, HEAD);
      else return;
    }
  }

  #ask(index: number, segment: number): void {
    const episode = this.#at(index);
    const whole = this.#options.film.segmentBytes[Math.max(0, segment)] ?? 0;
    const left = segment === HEAD ? this.#headBytes : segment === 0 ? whole - episode.headBytes : whole;
    if (segment === HEAD) episode.isHeadAsked = true;
    else episode.asked = segment + 1;
    const startsAt = this.#now + this.#options.line.requestSeconds;
    this.#transfers.push({ episode: index, segment, startsAt, left, diesAt: Infinity });
  }

  /** All that is under way shares the line. */
  #carry(): void {
    const active = this.#transfers.filter(({ startsAt, diesAt }) => startsAt <= this.#now && diesAt > this.#now);
    const share = (this.#options.line.bytesPerSecond * STEP_SECONDS) / Math.max(1, active.length);
    for (const transfer of active) {
      const bytes = Math.min(share, transfer.left);
      transfer.left -= bytes;
      this.#movedBytes += bytes;
      if (transfer.diesAt === Infinity) this.#receive(transfer, bytes);
    }
    this.#transfers = this.#transfers.filter(({ left, diesAt }) => left > 0 && diesAt > this.#now);
  }

  #receive({ episode: index, segment, left }: Transfer, bytes: number): void {
    const episode = this.#at(index);
    if (segment <= 0) episode.headBytes += bytes;
    if (index <= this.#current + 1) this.#show(index);
    if (left <= 0 && segment >= 0) episode.segments = Math.max(episode.segments, segment + 1);
  }

  #show(index: number): void {
    const episode = this.#at(index);
    // Sums of shares of bytes are not whole.
    if (episode.headBytes >= this.#headBytes - 1 && episode.frameAt === Infinity)
      episode.frameAt = this.#now + DECODE_SECONDS;
  }

  #play(): void {
    const step = Math.min(STEP_SECONDS, this.#bufferedSeconds());
    this.#position += step;
    this.#playedSeconds += step;
    if (step === 0 && this.#position > 0) {
      this.#stalls += this.#isStalled ? 0 : 1;
      this.#stalledSeconds += STEP_SECONDS;
    }
    this.#isStalled = step === 0;
  }

  #bufferedSeconds(): number {
    const { film } = this.#options;
    const { segments, headBytes } = this.#at(this.#current);
    // The first segment is played as it comes.
    const ofFirst = film.fragments.reduce((end, [bytes, seconds]) => (headBytes >= bytes - 1 ? seconds : end), 0);
    const end = segments > 0 ? (film.segmentEndsSeconds[segments - 1] ?? 0) : ofFirst;
    return Math.max(0, end - this.#position);
  }

  #state(): PreloadState {
    const alive = this.#transfers.filter(({ diesAt }) => diesAt === Infinity);
    const { line } = this.#options;
    const bufferedSeconds = this.#bufferedSeconds();
    return {
      current: { ...this.#episode(this.#current), playheadSeconds: this.#position, bufferedSeconds },
      queue: [1, 2, 3].map((ahead) => ({ ...this.#episode(this.#current + ahead), attached: true })),
      attachedBehind: 0,
      bandwidthBps: line.bytesPerSecond * 8,
      requestSeconds: line.requestSeconds,
      underWay: { transfers: alive.length, bytes: alive.reduce((sum, { left }) => sum + left, 0) },
      device: { saveData: false, lowBattery: false, memoryGb: null },
    };
  }

  #episode(index: number): PreloadEpisode {
    const { film, hasHeads = true } = this.#options;
    const { asked, isHeadAsked } = this.#at(index);
    const isComing = this.#transfers.some(({ segment, episode }) => episode === index && segment === HEAD);
    const state = !isHeadAsked ? 'missing' : isComing ? 'coming' : 'here';
    return {
      durationSeconds: film.segmentEndsSeconds.at(-1) ?? 0,
      survival: null,
      segmentEndsSeconds: film.segmentEndsSeconds,
      playableSegments: film.segmentEndsSeconds.length,
      bytesPerSecond: film.bytesPerSecond,
      fetchedSegments: asked,
      head: hasHeads ? { share: this.#headBytes / (film.segmentBytes[0] ?? 1), state } : null,
    };
  }
}
