/** One episode in the scroller: its poster, its place for a media element, and what is written over it. */
import type { FeedEndWire, FeedItemWire } from '../core/catalog/feed-wire.ts';
import { element, setAttributes, setText } from './dom.ts';
import { listenForGestures, type GestureActions } from './element/gestures.ts';
import { icon } from './icons.ts';
import type { PlaybackPhase } from './phase.ts';

export interface SlideActions extends GestureActions {
  readonly onUnlock: () => void;
  readonly onRestart: () => void;
  /** The story forks: the viewer says where it goes. */
  readonly onChoice: (episodeId: string) => void;
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
  readonly #title = element('h2', { class: 'title', part: 'title', dir: 'auto' });
  readonly #finish: HTMLElement;
  readonly #actions: SlideActions;

  readonly #unlock: HTMLButtonElement;
  readonly #unlockLabel = element('span', {}, 'Unlock to continue');
  #item: FeedItemWire;

  constructor(item: FeedItemWire, actions: SlideActions) {
    this.#item = item;
    this.#actions = actions;
    this.#unlock = element('button', { class: 'pill unlock-pill', type: 'button' }, icon('lock'), this.#unlockLabel);
    this.#unlock.addEventListener('click', actions.onUnlock);
    this.#finish = element('div', { class: 'finish', part: 'finish' });
    this.showEnd(null);
    const tap = element('div', { class: 'tap' });
    listenForGestures(tap, actions);
    this.root = element(
      'article',
      { class: 'slide', part: 'slide', 'data-testid': 'slide', tabindex: -1 },
      this.#poster,
      this.#mount,
      element('div', { class: 'shade' }),
      tap,
      element('div', { class: 'glyph', 'aria-hidden': 'true' }, icon('play')),
      element('div', { class: 'spinner', 'aria-hidden': 'true' }),
      this.#finish,
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
      'aria-posinset': episode.number,
      'data-access': decision.access,
      'aria-setsize': seriesLength ?? -1,
      'aria-label': `Episode ${episode.number}: ${episode.title}`,
    });
    setText(this.#number, `Episode ${episode.number}`);
    setText(this.#title, episode.title);
    setAttributes(this.#title, { lang: episode.language ?? null });
    setText(this.#badge, decision.access === 'preview' ? 'Preview' : decision.access === 'locked' ? 'Locked' : '');
    setText(this.#unlockLabel, decision.access === 'preview' ? 'Unlock to continue' : 'Unlock to watch');
  }

  /** A media element shows what a poster would. */
  get hasFrame(): boolean {
    const video = this.#mount.firstElementChild;
    return video instanceof HTMLVideoElement && video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA;
  }

  /** What stands there when nothing follows. */
  showEnd(end: FeedEndWire | null): void {
    const restart = element('button', { class: 'pill', type: 'button' }, icon('replay'), 'Watch from the start');
    restart.addEventListener('click', this.#actions.onRestart);
    const choices = end?.reason === 'choice-needed' ? end.choices : [];
    const buttons = choices.map(({ choice, episodeId }) => {
      const button = element(
        'button',
        { class: 'primary', type: 'button', 'data-choice': episodeId, dir: 'auto' },
        choice,
      );
      button.addEventListener('click', () => this.#actions.onChoice(episodeId));
      return button;
    });
    const title = choices.length > 0 ? 'What happens next?' : 'You are all caught up';
    this.#finish.replaceChildren(element('p', {}, title), ...buttons, restart);
  }

  /** When: posters.ts. */
  showPoster(base: string): void {
    const url = new URL(this.#item.playback?.posterUrl ?? this.#item.posterUrl, base).href;
    if (this.#poster.src) return;
    this.#poster.src = url;
  }

  /** Twenty-five bytes that came with the feed, for as long as there is neither a frame nor a poster. */
  showThumbhash(): void {
    const { thumbhash } = this.#item.episode;
    if (thumbhash === undefined || this.root.dataset['thumbhash'] !== undefined) return;
    // An ornament: where it does not come there is a dark slide.
    void import('./element/thumbhash.ts').then(
      ({ thumbhashUrl }) => {
        const picture = thumbhashUrl(thumbhash);
        if (picture === null) return;
        this.root.style.backgroundImage = `url(${picture})`;
        setAttributes(this.root, { 'data-thumbhash': true });
      },
      () => undefined,
    );
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
