/** Vertical swiping by scroll snap: the browser moves, this tells which slide is the current one. */
import { ACTIVE_SLIDE_RATIO } from './limits.ts';
import { listen } from './listen.ts';

const HOLDS = ['pointerdown', 'touchstart', 'wheel'] as const;

export class Scroller {
  readonly #root: HTMLElement;
  readonly #observer: IntersectionObserver;
  readonly #onCurrent: (slide: Element) => void;
  readonly #unlisten: () => void;
  readonly #onRest: () => void;
  /** What changes the slides now would end a smooth scroll: the browser snaps anew. */
  isMoving = false;
  /** While a jump by key or button is under way, slides that pass by are not stations. */
  #target: HTMLElement | null = null;

  constructor(root: HTMLElement, onCurrent: (slide: Element) => void, onRest: () => void) {
    this.#onRest = onRest;
    this.#root = root;
    this.#onCurrent = onCurrent;
    this.#observer = new IntersectionObserver((entries) => this.#onSeen(entries), {
      root,
      threshold: ACTIVE_SLIDE_RATIO,
    });
    this.#unlisten = listen(root, {
      scrollend: () => this.#settle(),
      scroll: () => (this.isMoving = 'onscrollend' in window),
    });
    // Whoever takes hold of the list goes where they want.
    for (const name of HOLDS) root.addEventListener(name, () => (this.#target = null), { passive: true });
  }

  observe(slide: Element): void {
    this.#observer.observe(slide);
  }

  goTo(slide: HTMLElement, smooth: boolean): void {
    this.#target = slide;
    this.isMoving = this.#root.scrollTop !== slide.offsetTop && 'onscrollend' in window;
    this.#root.scrollTo({ top: slide.offsetTop, behavior: smooth ? 'smooth' : 'instant' });
  }

  destroy(): void {
    this.#observer.disconnect();
    this.#unlisten();
  }

  /** 60 % seen is the decision to swipe: it plays while the snap still runs. */
  #onSeen(entries: readonly IntersectionObserverEntry[]): void {
    // Where it is now, and not what was seen: the neighbours are in view by a pixel, and a busy browser tells of two frames
    // at once, slide by slide, so that what was seen in the first may be gone.
    const slide = entries.map(({ target }) => target).find((target) => this.#isInMiddle(target));
    if (slide !== undefined && slide === (this.#target ?? slide)) this.#onCurrent(slide);
  }

  #isInMiddle(slide: Element): boolean {
    if (!(slide instanceof HTMLElement)) return false;
    const middle = this.#root.scrollTop + this.#root.clientHeight / 2 - slide.offsetTop;
    return middle >= 0 && middle < slide.offsetHeight;
  }

  /** The last word: whatever the observer missed, the slide at rest is the current one. */
  #settle(): void {
    const target = this.#target;
    this.#target = null;
    if (target !== null && Math.abs(this.#root.scrollTop - target.offsetTop) > 1) {
      // Something else ended the jump half way: it is finished, or the viewer would be back where they were.
      this.#root.scrollTo({ top: target.offsetTop, behavior: 'instant' });
    }
    this.isMoving = false;
    this.#onRest();
    const current = [...this.#root.children].find((slide) => this.#isInMiddle(slide));
    if (current !== undefined) this.#onCurrent(current);
  }
}
