/** Vertical swiping by scroll snap: the browser moves, this tells which slide is the current one. */
import { ACTIVE_SLIDE_RATIO } from './limits.ts';

export class Scroller {
  readonly #root: HTMLElement;
  readonly #observer: IntersectionObserver;
  readonly #onCurrent: (slide: Element) => void;
  readonly #onScrollEnd = (): void => this.#settle();
  /** While a jump by key or button is under way, slides that pass by are not stations. */
  #target: Element | null = null;

  constructor(root: HTMLElement, onCurrent: (slide: Element) => void) {
    this.#root = root;
    this.#onCurrent = onCurrent;
    this.#observer = new IntersectionObserver((entries) => this.#onSeen(entries), {
      root,
      threshold: ACTIVE_SLIDE_RATIO,
    });
    root.addEventListener('scrollend', this.#onScrollEnd);
  }

  observe(slide: Element): void {
    this.#observer.observe(slide);
  }

  goTo(slide: HTMLElement, smooth: boolean): void {
    this.#target = slide;
    this.#root.scrollTo({ top: slide.offsetTop, behavior: smooth ? 'smooth' : 'instant' });
  }

  destroy(): void {
    this.#observer.disconnect();
    this.#root.removeEventListener('scrollend', this.#onScrollEnd);
  }

  /** 60 % seen is the decision to swipe: it plays while the snap still runs. */
  #onSeen(entries: readonly IntersectionObserverEntry[]): void {
    const seen = entries.filter((entry) => entry.isIntersecting).at(-1);
    if (seen === undefined || (this.#target !== null && seen.target !== this.#target)) return;
    this.#onCurrent(seen.target);
  }

  /** The last word: whatever the observer missed, the slide at rest is the current one. */
  #settle(): void {
    this.#target = null;
    const middle = this.#root.scrollTop + this.#root.clientHeight / 2;
    for (const slide of this.#root.children) {
      if (!(slide instanceof HTMLElement)) continue;
      if (slide.offsetTop <= middle && slide.offsetTop + slide.offsetHeight > middle) {
        this.#onCurrent(slide);
        return;
      }
    }
  }
}
