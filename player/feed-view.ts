/** Binds a headless feed to the slides, the sheet and the notices. One per `<micro-drama-feed>` and feed. */
import type { LeftBy } from '../core/qoe/view.ts';
import type { Feed } from './create-feed.ts';
import { element, setAttributes } from './dom.ts';
import { activeItem, type FeedState } from './feed-state.ts';
import { EMPTY_SERIES, Notice, noticeFor } from './notice.ts';
import { Overlay } from './overlay.ts';
import { Posters } from './posters.ts';
import { Scroller } from './scroller.ts';
import { Slide } from './slide.ts';
import { UnlockFlow } from './unlock-flow.ts';

export type EmitEvent = (name: string, detail: object) => void;

export class FeedView {
  readonly root: HTMLElement;
  readonly #feed: Feed;
  readonly #emit: EmitEvent;
  readonly #list = element('div', {
    class: 'scroller',
    role: 'feed',
    tabindex: 0,
    'data-testid': 'feed',
    'aria-label': 'Episodes',
  });
  readonly #slides: Slide[] = [];
  readonly #posters: Posters;
  readonly #notice = new Notice();
  readonly #overlay: Overlay;
  readonly #scroller: Scroller;
  readonly #unlock: UnlockFlow;
  readonly #stops: (() => void)[] = [];
  /** Media elements of episodes beside the shown one, until the list is at rest. They decode without a place. */
  readonly #waiting = new Map<string, HTMLVideoElement>();
  #activeId: string | null = null;
  #leaveBy: LeftBy = 'swipe';
  #autoplayRefused = false;

  constructor(feed: Feed, options: { readonly demo: boolean }, emit: EmitEvent) {
    this.#feed = feed;
    this.#emit = emit;
    this.#posters = new Posters(this.#slides, new URL(feed.client.edge || '/', document.baseURI).href);
    this.#overlay = new Overlay({
      onToggleSound: () => this.toggleSound(),
      onSeek: (seconds) => {
        this.#unlock.close();
        feed.seek(seconds);
      },
    });
    this.#unlock = new UnlockFlow(feed, options.demo, {
      onUnlocked: () => feed.paywallShown(false),
      onDismissed: () => {
        feed.paywallShown(false);
        this.#list.focus({ preventScroll: true });
      },
      onShown: (item) => {
        feed.paywallShown(true);
        this.#emit('entitlementrequired', { episodeId: item.episode.id, offers: item.decision.offers });
      },
      toast: (message) => this.#overlay.toast(message),
    });
    this.#scroller = new Scroller(
      this.#list,
      (slide) => {
        const index = this.#slides.findIndex((candidate) => candidate.root === slide);
        if (index !== -1) this.#activate(index);
      },
      () => this.#mountWaiting(),
    );
    this.root = element(
      'div',
      { class: 'stage', part: 'stage', 'data-status': 'loading' },
      this.#list,
      element('div', { class: 'skeleton', 'aria-hidden': 'true' }),
      this.#overlay.root,
      this.#unlock.sheet.root,
      this.#notice.root,
    );
    this.#stops.push(feed.subscribe((state, previous) => this.#render(state, previous)));
    this.#stops.push(...this.#followFeed());
    window.addEventListener('online', this.#onOnline);
    this.#overlay.setMuted(true, false);
    this.#render(feed.state, null);
  }

  goTo(index: number): void {
    void this.#feed.reach(index).then((there) => {
      const slide = this.#slides[index];
      if (!there || slide === undefined) return;
      const near = Math.abs(index - this.#feed.state.activeIndex) === 1;
      this.#activate(index);
      this.#scroller.goTo(slide.root, near && !prefersReducedMotion());
    });
  }

  step(by: 1 | -1): void {
    const index = this.#feed.state.activeIndex + by;
    if (index >= 0) this.goTo(index);
  }

  togglePlay(): void {
    const video = this.#feed.video(this.#feed.state.activeIndex);
    const item = activeItem(this.#feed.state);
    const phase = this.#slides[this.#feed.state.activeIndex]?.root.dataset['phase'];
    if (item !== null && phase === 'needs-unlock') this.#unlock.open(item);
    else if (video === null) return;
    else if (video.paused) this.#feed.play();
    else this.#feed.pause();
  }

  toggleSound(): void {
    this.#feed.muted = !this.#feed.muted;
    this.#overlay.setMuted(this.#feed.muted, false);
    if (this.#autoplayRefused) this.#feed.play();
  }

  destroy(): void {
    for (const stop of this.#stops) stop();
    window.removeEventListener('online', this.#onOnline);
    this.#scroller.destroy();
    this.#posters.stop();
    this.#feed.destroy();
    this.root.remove();
  }

  readonly #onOnline = (): void => {
    if (this.#notice.isOpen) this.#notice.retry();
  };

  #followFeed(): (() => void)[] {
    const feed = this.#feed;
    return [
      feed.on('mount', ({ episodeId, video }) => {
        const waits = this.#scroller.isMoving && episodeId !== this.#activeId;
        if (waits) this.#waiting.set(episodeId, video);
        else this.#waiting.delete(episodeId);
        if (!waits) this.#slideOf(episodeId)?.mount(video);
      }),
      feed.on('phase', ({ episodeId, phase }) => this.#slideOf(episodeId)?.setPhase(phase)),
      feed.on('progress', (progress) => this.#overlay.setProgress(progress)),
      feed.on('previewend', ({ item }) => this.#emit('previewend', { episodeId: item.episode.id })),
      feed.on('entitlementrequired', ({ item }) => this.#unlock.open(item)),
      feed.on('ended', ({ isLast }) => this.#onEnd(isLast)),
      feed.on('startup', ({ item, startupMs, source }) => {
        const { id: episodeId } = item.episode;
        const wasWarm = source === 'attached';
        this.#overlay.setMuted(feed.muted, true);
        this.#posters.started();
        const slide = this.#slideOf(episodeId);
        if (slide !== null) {
          const told = {
            'data-startup-ms': Math.round(startupMs),
            'data-warm': String(wasWarm),
            'data-source': source,
          };
          setAttributes(slide.root, told);
        }
        this.#emit('startup', { episodeId, startupMs, wasWarm, source });
      }),
      feed.on('unlock', (unlock) => {
        const slide = this.#slideOf(unlock.episodeId);
        if (slide !== null) setAttributes(slide.root, { 'data-unlock-ms': Math.round(unlock.unlockMs) });
        this.#emit('unlock', unlock);
      }),
      feed.on('stall', (stall) => this.#emit('stall', stall)),
      feed.on('preloadplan', (plan) => this.#emit('preloadplan', plan)),
      feed.on('autoplayrefused', () => {
        this.#autoplayRefused = true;
        this.#overlay.setMuted(feed.muted, true);
      }),
      feed.on('failure', ({ failure, retry }) => {
        this.#notice.show(noticeFor(failure, navigator.onLine), () => {
          this.#notice.hide();
          retry();
        });
      }),
    ];
  }

  #render(state: FeedState, previous: FeedState | null): void {
    setAttributes(this.root, { 'data-status': state.status });
    setAttributes(this.#list, { 'aria-busy': state.status === 'loading' || state.loadingMore ? 'true' : 'false' });
    if (state.status !== previous?.status || state.failure !== previous.failure) this.#renderStatus(state);
    if (state.items !== previous?.items) this.#renderItems(state);
    this.#overlay.setCoins(state.coins);
    const item = activeItem(state);
    if (state.series !== null && item !== null) {
      this.#overlay.setSeries(state.series.title, `${state.activeIndex + 1} of ${state.series.episodeCount}`);
    }
    this.#unlock.refresh();
    this.#emit('statechange', { state });
  }

  #renderStatus(state: FeedState): void {
    if (state.status === 'failed' && state.failure !== null) {
      this.#notice.show(noticeFor(state.failure, navigator.onLine), () => void this.#feed.start());
    } else if (state.status === 'ready' && state.items.length === 0) {
      this.#notice.show(EMPTY_SERIES, () => void this.#feed.start());
    } else this.#notice.hide();
  }

  #renderItems(state: FeedState): void {
    const length = state.series?.episodeCount ?? null;
    for (const [index, item] of state.items.entries()) {
      const known = this.#slides[index];
      if (known !== undefined) {
        if (known.item !== item) known.update(item, length);
        continue;
      }
      const slide = new Slide(item, index, {
        onTap: () => this.togglePlay(),
        onUnlock: () => this.#unlock.open(slide.item),
        onRestart: () => this.#feed.restart(),
      });
      slide.update(item, length);
      this.#slides.push(slide);
      this.#list.append(slide.root);
      this.#scroller.observe(slide.root);
    }
    if (this.#activeId === null && state.items.length > 0) this.#activate(state.activeIndex);
  }

  #activate(index: number): void {
    const slide = this.#slides[index];
    if (slide === undefined || slide.item.episode.id === this.#activeId) return;
    const intentAtMs = performance.now();
    const { item } = slide;
    this.#activeId = item.episode.id;
    this.#notice.hide();
    for (const other of this.#slides) other.setActive(other === slide);
    this.#posters.around(index);
    this.#unlock.close();
    const leftBy = this.#leaveBy;
    this.#leaveBy = 'swipe';
    // Who asks for less motion starts videos themselves.
    this.#feed.activate(index, { leftBy, intentAtMs, autoplay: !prefersReducedMotion() });
    this.#emit('episodechange', { index, item });
  }

  #onEnd(isLast: boolean): void {
    if (isLast || prefersReducedMotion()) return;
    this.#leaveBy = 'end';
    this.step(1);
  }

  #mountWaiting(): void {
    for (const [episodeId, video] of this.#waiting) {
      const index = this.#feed.state.items.findIndex(({ episode }) => episode.id === episodeId);
      // It may have been given to another episode meanwhile.
      if (this.#feed.video(index) === video) this.#slideOf(episodeId)?.mount(video);
    }
    this.#waiting.clear();
  }

  #slideOf(episodeId: string): Slide | null {
    return this.#slides.find((slide) => slide.item.episode.id === episodeId) ?? null;
  }
}

export function createVideo(): HTMLVideoElement {
  return element('video', {
    part: 'video',
    playsinline: true,
    muted: true,
    preload: 'auto',
    disablepictureinpicture: true,
  });
}

function prefersReducedMotion(): boolean {
  return matchMedia('(prefers-reduced-motion: reduce)').matches;
}
