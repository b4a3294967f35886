/** One episode in the scroller: its poster, its place for a media element, and what is written over it. */
import type { FeedItemWire } from '../core/catalog/feed-wire.ts';
import { element, setAttributes, setText } from './dom.ts';
import { icon } from './icons.ts';
import type { PlaybackPhase } from './phase.ts';

export interface SlideActions {
  readonly onTap: () => void;
  readonly onUnlock: () => void;
  readonly onRestart: () => void;
}

export class Slide {
  readonly root: HTMLElement;
  readonly #poster = element('img', {
    class: 'poster',
    part: 'poster',
    alt: '',
    decoding: 'async',
    fetchpriority: 'low',
    draggable: 'false',
  });
  readonly #mount = element('div', { class: 'frame' });
  readonly #number = element('span', { class: 'number' });
  readonly #badge = element('span', { class: 'badge' });
  readonly #title = element('h2', { class: 'title', part: 'title' });
  readonly #unlock: HTMLButtonElement;
  readonly #unlockLabel = element('span', {}, 'Unlock to continue');
  #item: FeedItemWire;

  constructor(item: FeedItemWire, position: number, actions: SlideActions) {
    this.#item = item;
    this.#unlock = element('button', { class: 'pill unlock-pill', type: 'button' }, icon('lock'), this.#unlockLabel);
    this.#unlock.addEventListener('click', actions.onUnlock);
    const restart = element('button', { class: 'pill', type: 'button' }, icon('replay'), 'Watch from the start');
    restart.addEventListener('click', actions.onRestart);
    const tap = element('div', { class: 'tap' });
    tap.addEventListener('click', actions.onTap);
    this.root = element(
      'article',
      { class: 'slide', part: 'slide', 'data-testid': 'slide', 'aria-posinset': position + 1, tabindex: -1 },
      this.#poster,
      this.#mount,
      element('div', { class: 'shade' }),
      tap,
      element('div', { class: 'glyph', 'aria-hidden': 'true' }, icon('play')),
      element('div', { class: 'spinner', 'aria-hidden': 'true' }),
      element('div', { class: 'finish' }, element('p', {}, 'You are all caught up'), restart),
      element(
        'div',
        { class: 'caption', part: 'caption' },
        element('p', { class: 'kicker' }, this.#number, this.#badge),
        this.#title,
        this.#unlock,
      ),
    );
    this.setPhase('idle');
    this.setActive(false);
    this.update(item, null);
  }

  get item(): FeedItemWire {
    return this.#item;
  }

  update(item: FeedItemWire, seriesLength: number | null): void {
    this.#item = item;
    const { episode, decision } = item;
    setAttributes(this.root, {
      'data-episode-number': episode.number,
      'data-access': decision.access,
      'aria-setsize': seriesLength ?? -1,
      'aria-label': `Episode ${episode.number}: ${episode.title}`,
    });
    setText(this.#number, `Episode ${episode.number}`);
    setText(this.#title, episode.title);
    setText(this.#badge, decision.access === 'preview' ? 'Preview' : decision.access === 'locked' ? 'Locked' : '');
    setText(this.#unlockLabel, decision.access === 'preview' ? 'Unlock to continue' : 'Unlock to watch');
  }

  /** A media element shows what a poster would. */
  get hasFrame(): boolean {
    const video = this.#mount.firstElementChild;
    return video instanceof HTMLVideoElement && video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA;
  }

  /** When: posters.ts. */
  showPoster(base: string): void {
    const url = new URL(this.#item.playback?.posterUrl ?? this.#item.posterUrl, base).href;
    if (this.#poster.src !== url && !this.#poster.src) this.#poster.src = url;
  }

  mount(video: HTMLVideoElement): void {
    if (video.parentElement !== this.#mount) this.#mount.replaceChildren(video);
  }

  setActive(active: boolean): void {
    setAttributes(this.root, { 'data-active': active, inert: !active });
  }

  setPhase(phase: PlaybackPhase): void {
    setAttributes(this.root, { 'data-phase': phase });
    this.#unlock.hidden = phase !== 'needs-unlock';
  }
}
