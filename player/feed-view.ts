/** Binds a headless feed to the slides, the player, the sheet and the notices. One per `<micro-drama-feed>` and feed. */
import type { FeedItemWire } from '../core/catalog/feed-wire.ts';
import type { LeftBy } from '../core/qoe/view.ts';
import { element, setAttributes } from './dom.ts';
import { activeItem, isUnplayedRental, type FeedState } from './feed-state.ts';
import type { Feed } from './feed.ts';
import { browserBandwidth } from './bandwidth.ts';
import { Heartbeat } from './heartbeat.ts';
import { MediaLibrary } from './media-library.ts';
import { POOL_SIZE, SMALL_POOL_SIZE } from './limits.ts';
import { EMPTY_SERIES, Notice, noticeFor } from './notice.ts';
import { Overlay } from './overlay.ts';
import { followPage } from './page-lifecycle.ts';
import { Playback } from './playback.ts';
import { Recovery } from './recovery.ts';
import { Scroller } from './scroller.ts';
import { Slide } from './slide.ts';
import { UnlockFlow } from './unlock-flow.ts';
import { Views } from './views.ts';

export type EmitEvent = (name: string, detail: object) => void;

export class FeedView {
  readonly root: HTMLElement;
  readonly #feed: Feed;
  readonly #emit: EmitEvent;
  readonly #base: string;
  readonly #list = element('div', {
    class: 'scroller',
    role: 'feed',
    tabindex: 0,
    'data-testid': 'feed',
    'aria-label': 'Episodes',
  });
  readonly #slides: Slide[] = [];
  readonly #notice = new Notice();
  readonly #overlay: Overlay;
  readonly #playback: Playback;
  readonly #scroller: Scroller;
  readonly #unlock: UnlockFlow;
  readonly #views: Views;
  readonly #recovery: Recovery;
  readonly #heartbeat: Heartbeat;
  readonly #stops: (() => void)[] = [];
  #activeId: string | null = null;
  #leaveBy: LeftBy = 'swipe';
  #autoplayRefused = false;

  constructor(feed: Feed, options: { readonly demo: boolean }, emit: EmitEvent) {
    this.#feed = feed;
    this.#emit = emit;
    this.#base = new URL(feed.client.edge === '' ? '/' : feed.client.edge, document.baseURI).href;
    this.#views = new Views(feed.client);
    this.#overlay = new Overlay({
      onToggleSound: () => this.toggleSound(),
      onSeek: (seconds) => {
        this.#unlock.close();
        this.#playback.seek(seconds);
      },
    });
    this.#unlock = new UnlockFlow(feed, options.demo, {
      onUnlocked: (item, requestedAtMs) => void this.#goOn(item, requestedAtMs),
      onDismissed: () => this.#list.focus({ preventScroll: true }),
      onShown: (item) => {
        this.#emit('entitlementrequired', { episodeId: item.episode.id, offers: item.decision.offers });
      },
      toast: (message) => this.#overlay.toast(message),
    });
    this.#playback = this.#createPlayback();
    this.#recovery = this.#createRecovery();
    this.#heartbeat = this.#createHeartbeat();
    this.#scroller = new Scroller(this.#list, (slide) => {
      const index = this.#slides.findIndex((candidate) => candidate.root === slide);
      if (index !== -1) this.#activate(index);
    });
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
    this.#stops.push(this.#followPage());
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
    const video = this.#playback.video;
    const item = activeItem(this.#feed.state);
    const phase = this.#slides[this.#feed.state.activeIndex]?.root.dataset['phase'];
    if (item !== null && phase === 'needs-unlock') this.#unlock.open(item);
    else if (video === null) return;
    else if (video.paused) this.#playback.play();
    else this.#playback.pause();
  }

  toggleSound(): void {
    this.#playback.muted = !this.#playback.muted;
    this.#overlay.setMuted(this.#playback.muted, false);
    if (this.#autoplayRefused) this.#playback.play();
  }

  destroy(): void {
    for (const stop of this.#stops) stop();
    this.#heartbeat.destroy();
    this.#views.destroy();
    this.#scroller.destroy();
    this.#playback.destroy();
    this.root.remove();
  }

  #createPlayback(): Playback {
    return new Playback({
      poolSize: poolSize(),
      base: this.#base,
      library: new MediaLibrary({ base: this.#base, bandwidth: browserBandwidth(), query: () => '' }),
      createVideo,
      mount: (episodeId, video) => this.#slideOf(episodeId)?.mount(video),
      events: {
        onPhase: (episodeId, phase) => this.#slideOf(episodeId)?.setPhase(phase),
        onProgress: (progress) => this.#overlay.setProgress(progress),
        onPreviewEnd: (item) => {
          this.#emit('previewend', { episodeId: item.episode.id });
          this.#unlock.open(item);
        },
        onEnd: () => this.#onEnd(),
        onFirstFrame: (item, startupMs, wasWarm) => {
          this.#overlay.setMuted(this.#playback.muted, true);
          const slide = this.#slideOf(item.episode.id);
          if (slide !== null)
            setAttributes(slide.root, { 'data-startup-ms': Math.round(startupMs), 'data-warm': String(wasWarm) });
          this.#emit('startup', { episodeId: item.episode.id, startupMs, wasWarm });
          this.#views.flush(false);
        },
        onFailure: ({ episodeId }, failure) => void this.#recovery.handle(episodeId, failure),
        onRendition: () => undefined,
        onAutoplayRefused: () => {
          this.#autoplayRefused = true;
          this.#overlay.setMuted(this.#playback.muted, true);
        },
      },
    });
  }

  #render(state: FeedState, previous: FeedState | null): void {
    setAttributes(this.root, { 'data-status': state.status });
    setAttributes(this.#list, { 'aria-busy': state.status === 'loading' || state.loadingMore ? 'true' : 'false' });
    if (state.status !== previous?.status || state.failure !== previous.failure) this.#renderStatus(state);
    if (state.items !== previous?.items) this.#renderItems(state);
    if (state.heartbeatSeconds !== previous?.heartbeatSeconds) this.#heartbeat.every(state.heartbeatSeconds);
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
        onRestart: () => this.#playback.restart(),
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
    if (this.#activeId !== null) this.#views.end(this.#unlock.isOpen ? 'paywall' : this.#leaveBy);
    this.#leaveBy = 'swipe';
    this.#activeId = item.episode.id;
    this.#unlock.close();
    this.#notice.hide();
    for (const [position, other] of this.#slides.entries()) {
      other.setActive(other === slide);
      if (Math.abs(position - index) <= 2) other.showPoster(this.#base);
    }
    this.#feed.activate(index);
    const view = this.#views.begin(item.episode.id, intentAtMs);
    const next = this.#slides[index + 1]?.item ?? null;
    const previous = this.#slides[index - 1]?.item ?? null;
    // Who asks for less motion starts videos themselves.
    this.#playback.activate({ item, next, previous, intentAtMs, autoplay: !prefersReducedMotion(), view });
    this.#emit('episodechange', { index, item });
    if (isUnplayedRental(item)) void this.#startRental(item);
    else if (item.playback === null) this.#unlock.open(item);
  }

  async #startRental(item: FeedItemWire): Promise<void> {
    const { episode } = item;
    const result = await this.#feed.startRental(episode.id);
    if (this.#activeId !== episode.id) return;
    if (result.kind !== 'ok') {
      this.#notice.show(noticeFor(result, navigator.onLine), () => void this.#startRental(item));
      return;
    }
    if (result.value.playback === null) return;
    this.#activeId = null;
    this.#activate(this.#feed.state.activeIndex);
  }

  async #goOn(item: FeedItemWire, requestedAtMs: number): Promise<void> {
    const isCurrent = item.episode.id === this.#activeId;
    if (isCurrent && this.#playback.video === null) {
      // Nothing of it was playable before: it begins now.
      this.#activeId = null;
      this.#activate(this.#feed.state.activeIndex);
      return;
    }
    const resumeMs = await this.#playback.replace(item, isCurrent);
    if (resumeMs === null) return;
    const unlockMs = performance.now() - requestedAtMs;
    const slide = this.#slideOf(item.episode.id);
    if (slide !== null) setAttributes(slide.root, { 'data-unlock-ms': Math.round(unlockMs) });
    this.#emit('unlock', { episodeId: item.episode.id, unlockMs, resumeMs });
  }

  #onEnd(): void {
    const { activeIndex, items, nextCursor } = this.#feed.state;
    const isLast = activeIndex === items.length - 1 && nextCursor === null;
    if (isLast || prefersReducedMotion()) return;
    this.#leaveBy = 'end';
    this.step(1);
  }

  #createRecovery(): Recovery {
    return new Recovery(this.#feed, {
      isCurrent: (episodeId) => episodeId === this.#activeId,
      onRenewed: (item) => {
        const isPlaying = this.#playback.video?.paused === false;
        void this.#playback.replace(item, item.episode.id === this.#activeId && isPlaying);
      },
      onGivenUp: (episodeId, text, retry) => {
        const isCurrent = episodeId === this.#activeId;
        this.#playback.drop(episodeId);
        // A warm episode gives up silently: it is tried again when the viewer comes to it.
        if (!isCurrent) return;
        this.#slideOf(episodeId)?.setPhase('idle');
        this.#notice.show(text, () => {
          this.#notice.hide();
          retry();
        });
      },
      onRetried: () => {
        this.#activeId = null;
        this.#activate(this.#feed.state.activeIndex);
      },
    });
  }

  #createHeartbeat(): Heartbeat {
    return new Heartbeat(this.#feed.client, {
      isPlaying: () => this.#playback.video?.paused === false,
      onRefused: (problem) => {
        this.#playback.pause();
        this.#notice.show(noticeFor(problem, true), () => void this.#takePlace());
      },
    });
  }

  async #takePlace(): Promise<void> {
    this.#notice.hide();
    if (await this.#heartbeat.beat()) this.#playback.play();
  }

  #followPage(): () => void {
    let resumes = false;
    return followPage({
      onHide: () => {
        resumes = this.#playback.video?.paused === false;
        this.#playback.pause();
        this.#views.hide();
      },
      onShow: () => {
        this.#views.show();
        if (resumes) this.#playback.play();
      },
      onLeave: () => {
        this.#views.hide();
        this.#heartbeat.leave();
      },
      onOnline: () => {
        if (this.#notice.isOpen) this.#notice.retry();
      },
    });
  }

  #slideOf(episodeId: string): Slide | null {
    return this.#slides.find((slide) => slide.item.episode.id === episodeId) ?? null;
  }
}

function createVideo(): HTMLVideoElement {
  return element('video', {
    part: 'video',
    playsinline: true,
    muted: true,
    preload: 'auto',
    disablepictureinpicture: true,
  });
}

function poolSize(): number {
  const device = navigator as Navigator & { deviceMemory?: number; connection?: { saveData?: boolean } };
  const isSmall = (device.deviceMemory ?? 8) <= 2 || device.connection?.saveData === true;
  return isSmall ? SMALL_POOL_SIZE : POOL_SIZE;
}

function prefersReducedMotion(): boolean {
  return matchMedia('(prefers-reduced-motion: reduce)').matches;
}
