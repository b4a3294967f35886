/**
 * When posters are fetched. One has about as many bytes as the first fragment of a film, so beside a start it would be
 * there no earlier than the film, and the film later for it. Most are never needed: an attached episode shows its frame.
 */
import type { Slide } from './slide.ts';

export class Posters {
  readonly #slides: () => readonly Slide[];
  /** Where their addresses begin. */
  readonly base: string;
  #index = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(slides: () => readonly Slide[], base: string) {
    this.#slides = slides;
    this.base = base;
  }

  /** The viewer is at this slide now. */
  around(index: number): void {
    this.#index = index;
    // Nothing of it plays: there is nothing to be in the way of.
    if (this.#slides()[index]?.item.playback === null) this.#show(index);
    this.#after(LATE_MS);
  }

  /** Its first frame is there. */
  started(): void {
    this.#after(SETTLED_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #after(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      for (const beside of [0, 1, -1]) this.#show(this.#index + beside);
    }, ms);
  }

  #show(index: number): void {
    const slide = this.#slides()[index];
    if (slide !== undefined && !slide.hasFrame) slide.showPoster(this.base);
  }
}

/** What has not started by then needs a picture. */
const LATE_MS = 4_000;
/** Of playing: by then the next episode is attached, or the line is too slow for pictures. */
const SETTLED_MS = 2_000;
