/** Around the stage on a wide screen: the poster of the current episode, far out of focus. */
import { element } from '../dom.ts';
import type { FeedState } from '../feed-state.ts';

/** So few pixels that enlarging them is the blur: a CSS blur of this size would be computed anew with each frame. */
const WIDTH = 24;
const HEIGHT = 24;
const FADE_MS = 700;

export class Backdrop {
  readonly #root: Element | null;
  #shown = '';

  constructor(root: Element | null) {
    this.#root = root;
  }

  render(state: FeedState): void {
    // Nobody sees it on a phone: no request for it there.
    if (this.#root === null || !matchMedia('(min-width: 900px)').matches) return;
    const item = state.items[state.activeIndex];
    const url = item?.playback?.posterUrl ?? item?.posterUrl ?? '';
    if (url === '' || url === this.#shown) return;
    this.#shown = url;
    const image = new Image();
    image.crossOrigin = 'anonymous';
    image.addEventListener('load', () => {
      if (this.#shown === url) this.#paint(image);
    });
    image.src = url;
  }

  #paint(image: HTMLImageElement): void {
    const canvas = element('canvas', { width: WIDTH, height: HEIGHT });
    const context = canvas.getContext('2d');
    if (context === null) return;
    context.filter = 'blur(2px) saturate(1.3) brightness(.7)';
    context.drawImage(image, -4, -4, WIDTH + 8, HEIGHT + 8);
    this.#root?.append(canvas);
    requestAnimationFrame(() => canvas.classList.add('shown'));
    for (const older of [...(this.#root?.children ?? [])]) {
      if (older !== canvas) setTimeout(() => older.remove(), FADE_MS);
    }
  }
}
