/** Binds a headless feed to the slides, the sheets and the notices. One per `<micro-drama-feed>` and feed. */
import type { FeedItemWire } from '../core/catalog/feed-wire.ts';
import type { LeftBy } from '../core/qoe/view.ts';
import type { Feed } from './create-feed.ts';
import { element, prefersReducedMotion, setAttributes } from './dom.ts';
import { Captions } from './element/captions.ts';
import type { EmitEvent, StartupDetail } from './element/events.ts';
import { keyAction, type KeyAction } from './element/keys.ts';
import { SystemControls } from './element/media-session.ts';
import { ResumeAt } from './element/resume-at.ts';
import type { SettingsActions } from './element/settings-sheet.ts';
import { Sheets } from './element/sheets.ts';
import { preferLanguage, pickLanguage } from './element/sound-language.ts';
import { activeItem, type FeedState } from './feed-state.ts';
import { HOLD_RATE, SEEK_STEP_SECONDS } from './limits.ts';
import { listen } from './listen.ts';
import { EMPTY_SERIES, Notice, noticeFor } from './notice.ts';
import { Overlay } from './overlay.ts';
import { canPictureInPicture, followInPicture, togglePictureInPicture } from './picture-in-picture.ts';
import { Posters } from './posters.ts';
import { Scroller } from './scroller.ts';
import { Slide } from './slide.ts';
import { UnlockFlow } from './unlock-flow.ts';
import { WaitingMounts } from './waiting-mounts.ts';

const FEED_ROLE = { role: 'feed', 'aria-label': 'Episodes' };

export interface ViewOptions {
  readonly demo: boolean;
  readonly resume: boolean;
}

export class FeedView {
  readonly root: HTMLElement;
  readonly #feed: Feed;
  readonly #emit: EmitEvent;
  readonly #options: ViewOptions;
  readonly #list = element('div', { class: 'scroller', tabindex: 0, 'data-testid': 'feed', ...FEED_ROLE });
  #slides: readonly Slide[] = [];
  readonly #posters: Posters;
  readonly #notice = new Notice();
  readonly #overlay: Overlay;
  readonly #scroller: Scroller;
  readonly #unlock: UnlockFlow;
  readonly #sheets: Sheets;
  readonly #captions: Captions;
  readonly #system: SystemControls;
  readonly #resumeAt: ResumeAt;
  readonly #keys: Readonly<Record<KeyAction, () => void>> = {
    next: () => this.step(1),
    previous: () => this.step(-1),
    first: () => this.goTo(0),
    last: () => this.goTo(this.#slides.length - 1),
    'toggle-play': () => this.togglePlay(),
    'toggle-sound': () => this.toggleSound(),
    'toggle-captions': () => this.toggleCaptions(),
    'seek-back': () => this.seekBy(-SEEK_STEP_SECONDS),
    'seek-forward': () => this.seekBy(SEEK_STEP_SECONDS),
  };
  readonly #stops: (() => void)[] = [];
  readonly #waiting = new WaitingMounts();
  #activeId: string | null = null;
  #leaveBy: LeftBy = 'swipe';
  #autoplayRefused = false;
  /** Silent because the viewer said so, not because browsers want a gesture first. */
  #isMutedByChoice = false;

  constructor(feed: Feed, options: ViewOptions, emit: EmitEvent) {
    this.#feed = feed;
    this.#emit = emit;
    this.#options = options;
    this.#posters = new Posters(() => this.#slides, new URL(feed.client.edge || '/', document.baseURI).href);
    this.#captions = new Captions(() => this.#renderCaptions());
    this.#resumeAt = new ResumeAt(feed);
    this.#system = new SystemControls({
      play: () => feed.play(),
      pause: () => feed.pause(),
      next: () => this.step(1),
      previous: () => this.step(-1),
      seekBy: (seconds) => this.seekBy(seconds),
      seekTo: (seconds) => feed.seek(seconds),
    });
    this.#overlay = new Overlay({
      onToggleSound: () => this.toggleSound(),
      onTogglePlay: () => this.togglePlay(),
      onToggleCaptions: () => this.toggleCaptions(),
      onEpisodes: () => this.openEpisodes(),
      onSettings: () => this.openSettings(),
      onSeek: (seconds) => this.#seek(seconds),
    });
    this.#unlock = this.#createUnlock();
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
    this.#sheets = new Sheets(this.root, {
      onPick: (number) => void this.#goToNumber(number),
      settings: this.#settingsActions(),
      onMissing: () => this.#overlay.toast(NO_CONNECTION),
    });
    this.#stops.push(feed.subscribe((state, previous) => this.#render(state, previous)));
    this.#stops.push(...this.#followFeed());
    this.#stops.push(listen(window, { online: () => this.#onOnline(), offline: () => this.#onOffline() }));
    this.#overlay.setMuted(true, false);
    this.#overlay.setPhase('idle');
    this.#render(feed.state, null);
  }

  start(): Promise<void> {
    return this.#feed.start({ resume: this.#options.resume });
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
    const item = activeItem(this.#feed.state);
    const video = this.#video;
    if (item !== null && this.#phase === 'needs-unlock') this.#unlock.open(item);
    else if (video === null) return;
    else if (!this.#feed.isPlaying) this.#feed.play();
    else this.#feed.pause();
  }

  toggleSound(): void {
    this.#setMuted(!this.#feed.muted);
    this.#isMutedByChoice = this.#feed.muted;
    if (this.#autoplayRefused) this.#feed.play();
  }

  toggleCaptions(): void {
    if (this.#captions.options.length === 0) {
      this.#overlay.toast('This episode has no captions.');
      return;
    }
    const shown = this.#captions.toggle();
    this.#overlay.toast(shown === null ? 'Captions off' : `Captions: ${shown.label}`);
  }

  seekBy(seconds: number): void {
    if (this.#video === null) return;
    this.#seek(this.#feed.player.state.positionSeconds + seconds);
    this.#overlay.hint(`${seconds < 0 ? '−' : '+'}${Math.abs(seconds)} s`);
  }

  openEpisodes(): void {
    this.#sheets.openEpisodes(this.#feed.state);
  }

  openSettings(): void {
    this.#sheets.openSettings({
      captions: this.#captions.options,
      audio: this.#feed.audioOptions,
      autoUnlock: this.#unlock.autoUnlock,
      canPictureInPicture: canPictureInPicture(),
    });
  }

  closePaywall(): void {
    this.#unlock.close();
    this.#feed.paywallShown(false);
  }

  /** True when the key meant something here. */
  key(event: KeyboardEvent): boolean {
    const action = this.#sheets.isOpen ? null : keyAction(event);
    if (action !== null) this.#keys[action]();
    return action !== null;
  }

  destroy(): void {
    for (const stop of this.#stops) stop();
    this.#captions.follow(null);
    this.#system.destroy();
    this.#scroller.destroy();
    this.#posters.stop();
    this.#feed.destroy();
    this.root.remove();
  }

  get #video(): HTMLVideoElement | null {
    return this.#feed.video(this.#feed.state.activeIndex);
  }

  get #phase(): string | undefined {
    return this.#slides[this.#feed.state.activeIndex]?.root.dataset['phase'];
  }

  #onOnline(): void {
    if (this.#notice.isOpen) this.#notice.retry();
  }

  /** hls.js waits for the network and says nothing. */
  #onOffline(): void {
    const isWaiting = this.#phase === 'buffering' || this.#phase === 'starting';
    if (navigator.onLine || !isWaiting || this.#notice.isOpen) return;
    this.#notice.show(noticeFor({ kind: 'unreachable' }, false), () => {
      this.#notice.hide();
      this.#feed.play();
    });
  }

  #createUnlock(): UnlockFlow {
    const feed = this.#feed;
    return new UnlockFlow(feed, this.#options.demo, {
      onUnlocked: () => feed.paywallShown(false),
      onDismissed: () => {
        feed.paywallShown(false);
        this.#list.focus({ preventScroll: true });
      },
      onShown: (item) => {
        feed.paywallShown(true);
        this.#emit('entitlementrequired', { episodeId: item.episode.id, offers: item.decision.offers });
      },
      onOffer: (item, offer, recheck) => this.#emit('offerselect', { episodeId: item.episode.id, offer, recheck }),
      toast: (message) => this.#overlay.toast(message),
    });
  }

  #settingsActions(): SettingsActions {
    return {
      onCaptions: (option) => this.#captions.select(option),
      onAudio: (option) => pickLanguage(this.#feed, option),
      onAutoUnlock: (enabled) => void this.#unlock.setAutoUnlock(enabled),
      onPictureInPicture: () => {
        void togglePictureInPicture(this.#video).then((done) => {
          if (!done) this.#overlay.toast('Picture in picture is not possible right now.');
        });
      },
    };
  }

  #followFeed(): (() => void)[] {
    const feed = this.#feed;
    return [
      feed.on('mount', ({ episodeId, video }) => {
        const waits = this.#scroller.isMoving && episodeId !== this.#activeId;
        this.#waiting.set(episodeId, video, waits);
        if (!waits) this.#slideOf(episodeId)?.mount(video);
        if (episodeId === this.#activeId) this.#captions.follow(video);
        this.#resumeAt.mounted(episodeId, video);
      }),
      feed.on('phase', ({ episodeId, phase }) => {
        this.#slideOf(episodeId)?.setPhase(phase);
        if (episodeId !== this.#activeId) return;
        this.#overlay.setPhase(phase);
        this.#system.playing(phase === 'playing' || phase === 'buffering');
        this.#onOffline();
      }),
      feed.on('progress', (progress) => {
        this.#overlay.setProgress(progress);
        this.#system.progress(progress, feed.rate);
      }),
      feed.on('previewend', ({ item }) => this.#emit('previewend', { episodeId: item.episode.id })),
      feed.on('entitlementrequired', ({ item }) => this.#unlock.open(item)),
      feed.on('ended', ({ isLast }) => this.#onEnd(isLast)),
      feed.on('startup', ({ item, startupMs, source }) => this.#onStartup(item, startupMs, source)),
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

  #onStartup(item: FeedItemWire, startupMs: number, source: StartupDetail['source']): void {
    const { id: episodeId } = item.episode;
    const wasWarm = source === 'attached';
    this.#overlay.setMuted(this.#feed.muted, !this.#isMutedByChoice);
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
    this.#captions.follow(this.#video);
    preferLanguage(this.#feed);
    this.#sheets.load();
    void this.#unlock.loadRule();
    this.#loadEarlier();
    this.#emit('startup', { episodeId, startupMs, wasWarm, source });
  }

  #loadEarlier(): void {
    const [first] = this.#feed.state.items;
    if (this.#feed.state.activeIndex === 0 && (first?.episode.number ?? 1) > 1) void this.#feed.reachBack();
  }

  async #goToNumber(number: number): Promise<void> {
    const { items } = this.#feed.state;
    const first = items[0]?.episode.number ?? 1;
    if (number < first) await this.#feed.reachBack();
    const known = this.#feed.state.items.findIndex(({ episode }) => episode.number === number);
    const begins = this.#feed.state.items[0]?.episode.number ?? 1;
    this.goTo(known === -1 ? Math.max(0, number - begins) : known);
  }

  #render(state: FeedState, previous: FeedState | null): void {
    setAttributes(this.root, { 'data-status': state.status });
    // A feed without an article is none to a screen reader.
    this.#list.hidden = state.items.length === 0;
    setAttributes(this.#list, { 'aria-busy': state.status === 'loading' || state.loadingMore ? 'true' : 'false' });
    if (state.status !== previous?.status || state.failure !== previous.failure) this.#renderStatus(state);
    if (state.items !== previous?.items) this.#renderItems(state);
    if (state.end !== previous?.end || state.items !== previous.items) this.#slides.at(-1)?.showEnd(state.end);
    this.#overlay.setCoins(state.coins);
    const item = activeItem(state);
    if (state.series !== null && item !== null) {
      const { title, language = null, episodeCount } = state.series;
      this.#overlay.setSeries(title, language, `${item.episode.number} of ${episodeCount}`);
    }
    this.#unlock.refresh();
    this.#sheets.render(state);
    this.#emit('statechange', { state });
  }

  #renderStatus(state: FeedState): void {
    if (state.status === 'failed' && state.failure !== null) {
      this.#notice.show(noticeFor(state.failure, navigator.onLine), () => void this.start());
    } else if (state.status === 'ready' && state.items.length === 0) {
      this.#notice.show(EMPTY_SERIES, () => void this.start());
    } else this.#notice.hide();
  }

  /** Slides stay with their episodes; new ones may come before them. */
  #renderItems(state: FeedState): void {
    const length = state.series?.episodeCount ?? null;
    const known = new Map(this.#slides.map((slide) => [slide.item.episode.id, slide]));
    const isEarlier = this.#slides.length > 0 && state.items[0]?.episode.id !== this.#slides[0]?.item.episode.id;
    this.#resumeAt.take(state);
    this.#slides = state.items.map((item) => {
      const slide = known.get(item.episode.id) ?? this.#createSlide(item);
      if (slide.item !== item || !known.has(item.episode.id)) slide.update(item, length);
      return slide;
    });
    const first = this.#list.firstElementChild;
    for (const slide of this.#slides) {
      if (slide.root.parentElement === this.#list) continue;
      this.#list.insertBefore(slide.root, isEarlier ? first : null);
      this.#scroller.observe(slide.root);
    }
    if (this.#activeId === null && state.items.length > 0) this.#activate(state.activeIndex);
    else if (isEarlier) {
      const active = this.#slideOf(this.#activeId ?? '');
      if (active !== null) this.#scroller.goTo(active.root, false);
    }
  }

  #createSlide(item: FeedItemWire): Slide {
    const feed = this.#feed;
    const slide: Slide = new Slide(item, {
      onTap: () => this.#tap(),
      onDoubleTap: (side) => this.seekBy(side === 'left' ? -SEEK_STEP_SECONDS : SEEK_STEP_SECONDS),
      onHold: (isHeld) => {
        feed.rate = isHeld ? HOLD_RATE : 1;
        this.#overlay.hint(isHeld ? `${HOLD_RATE}×` : null, true);
      },
      onUnlock: () => this.#unlock.open(slide.item),
      onRestart: () => feed.restart(),
      onChoice: (episodeId) => {
        void feed.choose(episodeId).then((there) => {
          if (there) this.goTo(this.#slides.findIndex((candidate) => candidate.item.episode.id === episodeId));
          else this.#overlay.toast(NO_CONNECTION);
        });
      },
    });
    return slide;
  }

  /** The first tap gives what the chip promises; the next ones pause. */
  #tap(): void {
    if (!this.#overlay.offersSound || this.#phase === 'needs-unlock') return this.togglePlay();
    this.#setMuted(false);
    if (this.#video?.paused === true) this.#feed.play();
  }

  #setMuted(muted: boolean): void {
    this.#feed.muted = muted;
    this.#overlay.setMuted(muted, false);
  }

  #seek(seconds: number): void {
    this.#unlock.close();
    this.#feed.seek(seconds);
  }

  #activate(index: number): void {
    const slide = this.#slides[index];
    if (slide === undefined || slide.item.episode.id === this.#activeId) return;
    const intentAtMs = performance.now();
    // Who asks for less motion starts videos themselves.
    const autoplay = !prefersReducedMotion();
    if (autoplay) this.#feed.playNow(index);
    const { item } = slide;
    const before = this.#video;
    const hadFocus = this.#slideOf(this.#activeId ?? '')?.root.matches(':focus-within') === true;
    this.#activeId = item.episode.id;
    this.#notice.hide();
    this.#overlay.hint(null);
    this.#unlock.close();
    const leftBy = this.#leaveBy;
    this.#leaveBy = 'swipe';
    this.#feed.activate(index, { leftBy, intentAtMs, autoplay });
    // What becomes inert would let the focus fall out of the player.
    if (hadFocus) this.#list.focus({ preventScroll: true });
    for (const [position, other] of this.#slides.entries()) {
      other.setActive(other === slide);
      if (Math.abs(position - index) <= 2) other.showThumbhash();
    }
    this.#posters.around(index);
    this.#captions.follow(this.#video);
    followInPicture(before, this.#video);
    this.#tellEpisode(item);
    this.#emit('episodechange', { index, item });
  }

  /** To a screen reader, and to the system's own controls. */
  #tellEpisode(item: FeedItemWire): void {
    const { number, title } = item.episode;
    const { series } = this.#feed.state;
    const access =
      item.decision.access === 'full' ? '' : ` ${item.decision.access === 'preview' ? 'Preview' : 'Locked'}.`;
    this.#overlay.say(`Episode ${number} of ${series?.episodeCount ?? number}: ${title}.${access}`);
    const poster = new URL(item.playback?.posterUrl ?? item.posterUrl, this.#posters.base).href;
    this.#system.show(item, series?.title ?? '', poster);
  }

  #renderCaptions(): void {
    const { options } = this.#captions;
    this.#overlay.setCaptions(options.length === 0 ? null : options.some(({ isActive }) => isActive));
  }

  #onEnd(isLast: boolean): void {
    if (isLast || prefersReducedMotion()) return;
    this.#leaveBy = 'end';
    this.step(1);
  }

  #mountWaiting(): void {
    const { items } = this.#feed.state;
    const indexOf = (id: string): number => items.findIndex(({ episode }) => episode.id === id);
    this.#waiting.mountAll(
      (episodeId, video) => this.#feed.video(indexOf(episodeId)) === video,
      (episodeId, video) => this.#slideOf(episodeId)?.mount(video),
    );
  }

  #slideOf(episodeId: string): Slide | null {
    return this.#slides.find((slide) => slide.item.episode.id === episodeId) ?? null;
  }
}

const NO_CONNECTION = 'No connection. Try again.';
