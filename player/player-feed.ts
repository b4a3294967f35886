/** Binds the feed's data to media elements: what `createFeed` makes. */
import type { FeedItemWire, OfferWire } from '../core/catalog/feed-wire.ts';
import type { OfferMethod, WentTo } from '../core/qoe/details.ts';
import { AfterStart } from './after-start.ts';
import { AutoUnlock } from './auto-unlock.ts';
import { secondsAhead } from './buffered.ts';
import { cmcdQuery } from './cmcd.ts';
import type { ActivateOptions, Feed, FeedOptions } from './create-feed.ts';
import { createVideo } from './create-video.ts';
import { Emitter } from './emitter.ts';
import type { FeedEvents } from './feed-events.ts';
import { activeItem, isPreview, isUnplayedRental, nearbyItems, type FeedState } from './feed-state.ts';
import type { FeedData, UnlockOutcome } from './feed.ts';
import { followFeedPage } from './follow-feed-page.ts';
import { Heartbeat } from './heartbeat.ts';
import { hasMediaSource, loadHls } from './hls-builds.ts';
import { AUTO_UNLOCK_AHEAD_SECONDS, AUTO_UNLOCK_DWELL_MS, START_PATIENCE_MS } from './limits.ts';
import { loadedMediaKit, loadMediaKit } from './load-media-kit.ts';
import type { MediaKit } from './media-kit.ts';
import type { PlaybackOptions } from './playback.ts';
import { PlayerStore } from './player-store.ts';
import type { Player } from './pool.ts';
import { preloadQueue } from './preload/preload-queue.ts';
import { Recovery } from './recovery.ts';
import { Renewal } from './renewal.ts';
import { ViewDetails, wentTo } from './view-details.ts';
import type { ViewTracker } from './view-tracker.ts';
import { Views } from './views.ts';

export class PlayerFeed implements Feed {
  readonly player: PlayerStore = new PlayerStore();
  readonly client: Feed['client'];
  readonly #data: FeedData;
  readonly #options: FeedOptions;
  readonly #events = new Emitter<FeedEvents>();
  readonly #base: string;
  readonly #views: Views;
  readonly #recovery: Recovery;
  readonly #renewal: Renewal;
  readonly #heartbeat: Heartbeat;
  readonly #autoUnlock: AutoUnlock;
  readonly #coins = new AfterStart();
  readonly #stops: (() => void)[] = [];
  readonly #viewedIds = new Set<string>();
  /** null until it has come. */
  #media: MediaKit | null = null;
  #isOpening = false;
  /** What was asked for before. */
  #pending: (() => void) | null = null;
  #muted = true;
  #isDestroyed = false;
  #activeId: string | null = null;
  #paywallIsOpen = false;
  #dwell: ReturnType<typeof setTimeout> | undefined;

  constructor(data: FeedData, options: FeedOptions) {
    this.#data = data;
    this.#options = options;
    this.client = data.client;
    this.#base = new URL(data.client.edge === '' ? '/' : data.client.edge, document.baseURI).href;
    this.#views = new Views(data.client, options);
    // Both beside the first page of the feed. Most episodes need no more than this build. A failure is told by the engine
    // that asks for it again.
    if (hasMediaSource()) loadHls('light').catch(() => undefined);
    this.#openMedia();
    this.#autoUnlock = new AutoUnlock(data);
    this.#recovery = this.#createRecovery();
    this.#heartbeat = new Heartbeat(data.client, {
      isPlaying: () => this.isPlaying,
      onRefused: (problem) => {
        this.#media?.playback.pause();
        this.#fail(this.#activeId ?? '', problem, () => void this.#takePlace());
      },
    });
    this.#renewal = new Renewal({
      feed: data,
      items: () => (this.#activeId === null ? [] : nearbyItems(this.state)),
      onRenewed: (item) => this.#replace(item),
      wallMs: () => Date.now(),
    });
    this.#stops.push(
      followFeedPage({ media: () => this.#media, views: this.#views, heartbeat: this.#heartbeat }),
      data.subscribe((state, previous) => {
        if (state.items !== previous.items) {
          this.#askAhead();
          this.#renewal.plan();
          this.player.playable(activeItem(state)?.playback?.playableSeconds ?? 0);
        }
        if (state.heartbeatSeconds !== previous.heartbeatSeconds) this.#heartbeat.every(state.heartbeatSeconds);
      }),
    );
  }

  get state(): FeedState {
    return this.#data.state;
  }

  subscribe(listener: (state: FeedState, previous: FeedState) => void): () => void {
    return this.#data.subscribe(listener);
  }

  on<Name extends keyof FeedEvents>(name: Name, listener: (detail: FeedEvents[Name]) => void): () => void {
    return this.#events.on(name, listener);
  }

  async start(...options: Parameters<FeedData['start']>): Promise<void> {
    this.#coins.wait(() => void this.readCoins(), START_PATIENCE_MS);
    await this.#data.start(...options);
    if ((activeItem(this.state)?.playback ?? null) === null) this.#coins.now();
  }

  readCoins(): Promise<void> {
    return this.#data.readCoins();
  }

  reachBack(): Promise<number> {
    return this.#data.reachBack();
  }

  choose(episodeId: string): Promise<boolean> {
    return this.#data.choose(episodeId);
  }

  reach(index: number): Promise<boolean> {
    return this.#data.reach(index);
  }

  refresh(episodeId: string): ReturnType<FeedData['refresh']> {
    return this.#data.refresh(episodeId);
  }

  startRental(episodeId: string): ReturnType<FeedData['startRental']> {
    return this.#data.startRental(episodeId);
  }

  addDemoCoins(): ReturnType<FeedData['addDemoCoins']> {
    return this.#data.addDemoCoins();
  }

  /** And goes on where the preview stopped, in the same media element. */
  async unlock(episodeId: string, expectedCoins: number, auto?: boolean): Promise<UnlockOutcome> {
    const requestedAtMs = performance.now();
    const outcome = await this.#data.unlock(episodeId, expectedCoins, auto);
    if (outcome.kind === 'unlocked') void this.#goOn(outcome.item, requestedAtMs, 'coins');
    return outcome;
  }

  async take(episodeId: string, offer: OfferWire): Promise<UnlockOutcome> {
    const requestedAtMs = performance.now();
    const outcome = await this.#data.take(episodeId, offer);
    if (outcome.kind === 'unlocked') void this.#goOn(outcome.item, requestedAtMs, offer.method);
    return outcome;
  }

  async recheck(episodeId: string): ReturnType<Feed['recheck']> {
    const requestedAtMs = performance.now();
    const result = await this.#data.refresh(episodeId);
    // What was not taken at the paywall has another basis, which the edge passes over.
    if (result.kind === 'ok' && result.value.decision.access === 'full')
      void this.#goOn(result.value, requestedAtMs, result.value.decision.basis as OfferMethod);
    return result;
  }

  get autoUnlock(): boolean {
    return this.#autoUnlock.enabled;
  }

  set autoUnlock(enabled: boolean) {
    this.#autoUnlock.enabled = enabled;
  }

  autoUnlockRule(...change: Parameters<Feed['autoUnlockRule']>): ReturnType<Feed['autoUnlockRule']> {
    return this.#data.client.autoUnlockRule(...change);
  }

  activate(
    index: number,
    { leftBy = 'swipe', autoplay = true, intentAtMs = performance.now() }: ActivateOptions = {},
  ): void {
    const { items, activeIndex } = this.state;
    const item = items[index];
    const media = this.#media;
    this.#pending = null;
    if (media === null) {
      this.#pending = () => this.activate(index, { leftBy, autoplay, intentAtMs });
      this.#openMedia();
    }
    if (media === null || item === undefined || item.episode.id === this.#activeId) return;
    const { id } = item.episode;
    if (autoplay) this.playNow(index);
    this.#endView(this.#paywallIsOpen ? 'paywall' : leftBy, wentTo(activeIndex, index));
    this.#paywallIsOpen = false;
    this.#activeId = id;
    this.#data.activate(index);
    const view = this.#beginView(id, intentAtMs);
    this.player.show(item);
    const [next = null, previous = null] = [items[index + 1], items[index - 1]];
    media.playback.activate({ item, next, previous, intentAtMs, autoplay, view });
    this.#events.emit('episodechange', { index, item });
    media.preloader.swiped();
    this.#renewal.plan();
    clearTimeout(this.#dwell);
    if (isUnplayedRental(item)) void this.#startRental(item);
    else if (item.playback === null) this.#askOrUnlock(item, leftBy === 'end' ? 0 : AUTO_UNLOCK_DWELL_MS);
  }

  playNow(index: number): void {
    this.#media?.playback.playNow(this.state.items[index]?.episode.id ?? '');
  }

  video(index: number): HTMLVideoElement | null {
    return this.#media?.playback.find(this.state.items[index]?.episode.id ?? '')?.video ?? null;
  }

  play(): void {
    this.#media?.playback.play();
  }

  get isPlaying(): boolean {
    return this.#media?.playback.isPlaying === true;
  }

  pause(): void {
    this.#media?.playback.pause();
  }

  seek(seconds: number): void {
    this.#media?.playback.seek(seconds);
  }

  restart(): void {
    const details = this.#views.current?.details;
    if (details !== undefined) details.replays += 1;
    this.#media?.playback.restart();
  }

  get muted(): boolean {
    return this.#media?.playback.muted ?? this.#muted;
  }

  set muted(muted: boolean) {
    this.#muted = muted;
    if (this.#media !== null) this.#media.playback.muted = muted;
  }

  get rate(): number {
    return this.#media?.playback.rate ?? 1;
  }

  set rate(rate: number) {
    if (this.#media !== null) this.#media.playback.rate = rate;
  }

  get audioOptions(): Feed['audioOptions'] {
    return this.#shown?.engine.audioOptions ?? [];
  }

  selectAudio(id: number): void {
    this.#shown?.engine.selectAudio(id);
  }

  viewDetails(): ReturnType<Feed['viewDetails']> {
    return this.#views.current?.toWire() ?? null;
  }

  paywallShown(isShown: boolean): void {
    this.#paywallIsOpen = isShown;
    const details = this.#views.current?.details;
    if (isShown && details !== undefined) details.paywallShown = true;
  }

  destroy(): void {
    for (const stop of this.#stops) stop();
    clearTimeout(this.#dwell);
    this.#coins.stop();
    this.#isDestroyed = true;
    this.#media?.preloader.stop();
    this.#renewal.stop();
    this.#heartbeat.destroy();
    this.#views.destroy();
    this.#media?.playback.destroy();
    this.#media?.library.destroy();
    this.player.hide();
  }

  get #shown(): Player | null {
    return this.#activeId === null ? null : (this.#media?.playback.find(this.#activeId) ?? null);
  }

  #openMedia(): void {
    // Another feed's may have come meanwhile: this one's own is on its way, and there is to be one.
    if (this.#isOpening) return;
    const there = loadedMediaKit();
    if (there !== null) return this.#useMedia(there);
    this.#isOpening = true;
    loadMediaKit().then(
      (late) => this.#isDestroyed || this.#useMedia(late),
      () => {
        this.#isOpening = false;
        // Without an episode it is the feed's failure that is told, or none: whatever comes to an episode opens it again.
        if (this.#pending !== null) this.#fail('', { kind: 'unreachable' }, this.#pending);
      },
    );
  }

  #useMedia({ createMediaKit }: NonNullable<ReturnType<typeof loadedMediaKit>>): void {
    this.#media = createMediaKit({
      playback: this.#playbackOptions(),
      preload: {
        queue: () =>
          this.#activeId === null ? null : preloadQueue(this.state, (id) => this.#media?.playback.find(id) != null),
        onPlan: (action, episodeId) => this.#events.emit('preloadplan', { action, episodeId }),
      },
      query: (episodeId) => (this.#options.cmcd === false ? '' : this.#cmcd(episodeId)),
    });
    this.#media.playback.muted = this.#muted;
    this.#askAhead();
    this.#pending?.();
  }

  /** The first bundle is on its way before anything is drawn. */
  #askAhead(): void {
    const item = this.#activeId === null && hasMediaSource() ? activeItem(this.state) : null;
    if (item !== null) this.#media?.library.of(item)?.openBundle('high');
  }

  #playbackOptions(): Omit<PlaybackOptions, 'poolSize' | 'library'> {
    const emit: Emitter<FeedEvents>['emit'] = (name, detail) => this.#events.emit(name, detail);
    return {
      base: this.#base,
      createVideo: this.#options.createVideo ?? createVideo,
      mount: (episodeId, video) => this.#mount(episodeId, video),
      events: {
        onPhase: (episodeId, phase) => {
          this.player.phase(episodeId, phase);
          emit('phase', { episodeId, phase });
        },
        onProgress: (progress) => {
          this.#unlockAhead(progress.playableSeconds - progress.positionSeconds);
          emit('progress', progress);
        },
        onPreviewEnd: (item) => {
          emit('previewend', { item });
          this.#askOrUnlock(item, 0);
        },
        onEnd: (item) => {
          const { activeIndex, items, nextCursor } = this.state;
          emit('ended', { item, isLast: activeIndex === items.length - 1 && nextCursor === null });
        },
        onFirstFrame: (item, startupMs, source) => {
          const details = this.#views.current?.details;
          if (details !== undefined) details.startSource = source;
          this.#media?.preloader.started();
          emit('startup', { item, startupMs, source });
          this.#coins.now();
          this.#views.flush(false);
        },
        onFailure: ({ episodeId }, failure, detail) => {
          const view = this.#views.current;
          if (failure !== 'pass-refused' && view?.episodeId === episodeId) view.details.error = detail;
          void this.#recovery.handle(episodeId, failure);
        },
        onRendition: ({ episodeId }, change) => {
          const view = this.#views.current;
          if (view?.episodeId === episodeId) view.details.rendition(change);
          emit('rendition', { ...change, episodeId });
        },
        onAutoplayRefused: () => emit('autoplayrefused', { muted: this.muted }),
      },
    };
  }

  #mount(episodeId: string, video: HTMLVideoElement): void {
    const index = this.state.items.findIndex(({ episode }) => episode.id === episodeId);
    if (episodeId === this.#activeId) this.player.follow(video);
    const container = this.#options.container?.(index) ?? null;
    if (container !== null && video.parentElement !== container) container.append(video);
    this.#events.emit('mount', { index, episodeId, video });
  }

  #beginView(episodeId: string, intentAtMs: number): ViewTracker {
    this.#viewedIds.add(episodeId);
    const account = () => this.#media?.library.account(episodeId);
    const details = new ViewDetails({
      fetchedBytes: () => account()?.fetchedBytes ?? 0,
      unwatchedBytes: (watched) => account()?.unwatchedBytes(watched) ?? 0,
      aheadBytes: () => this.#media?.library.bytesBeyond(this.#viewedIds) ?? 0,
      bandwidthBps: () => this.#media?.library.bandwidth.measuredBps ?? null,
    });
    return this.#views.begin(episodeId, intentAtMs, details, (stall) =>
      this.#events.emit('stall', { ...stall, episodeId }),
    );
  }

  #endView(by: NonNullable<ActivateOptions['leftBy']>, to: WentTo | null): void {
    const before = this.#views.current;
    if (before === null) return;
    before.details.wentTo = to;
    this.#views.end(by);
    this.#media?.library.account(before.episodeId)?.close();
  }

  /** The episode anew, as if the viewer had just come to it. */
  #again(): void {
    this.#activeId = null;
    this.activate(this.state.activeIndex);
  }

  #replace(item: FeedItemWire): void {
    const goOn = item.episode.id === this.#activeId && this.isPlaying;
    void this.#media?.playback.replace(item, goOn);
  }

  async #goOn(item: FeedItemWire, requestedAtMs: number, method: OfferMethod | null): Promise<void> {
    const isCurrent = item.episode.id === this.#activeId;
    const closed = this.#views.current;
    if (closed?.episodeId === item.episode.id) closed.details.offerTaken = method;
    // Nothing of it was playable before: it begins now.
    if (isCurrent && (this.#media?.playback.video ?? null) === null) return this.#again();
    const resumeMs = (await this.#media?.playback.replace(item, isCurrent)) ?? null;
    if (resumeMs === null) return;
    const unlockMs = performance.now() - requestedAtMs;
    const view = this.#views.current;
    if (view?.episodeId === item.episode.id) view.details.unlockMs = unlockMs;
    this.#events.emit('unlock', { episodeId: item.episode.id, unlockMs, resumeMs });
  }

  /** Before a preview stops, so that it does not. */
  #unlockAhead(leftSeconds: number): void {
    const item = activeItem(this.state);
    if (item === null || !isPreview(item) || leftSeconds > AUTO_UNLOCK_AHEAD_SECONDS) return;
    void this.#unlockByRule(item);
  }

  #askOrUnlock(item: FeedItemWire, dwellMs: number): void {
    const ask = (): void => {
      if (item.episode.id === this.#activeId) this.#events.emit('entitlementrequired', { item });
    };
    if (!this.autoUnlock) return ask();
    this.#dwell = setTimeout(() => {
      if (item.episode.id !== this.#activeId) return;
      const unlock = this.#unlockByRule(item);
      if (unlock === null) return ask();
      void unlock.then(({ kind }) => {
        if (kind !== 'unlocked') ask();
      });
    }, dwellMs);
  }

  #unlockByRule(item: FeedItemWire): Promise<UnlockOutcome> | null {
    return this.#autoUnlock.start(item, (id, coins) => this.unlock(id, coins, true));
  }

  async #startRental(item: FeedItemWire): Promise<void> {
    const { id } = item.episode;
    const result = await this.startRental(id);
    if (this.#activeId !== id) return;
    if (result.kind !== 'ok') this.#fail(id, result, () => void this.#startRental(item));
    else if (result.value.playback !== null) this.#again();
  }

  #createRecovery(): Recovery {
    return new Recovery(this.#data, {
      isCurrent: (episodeId) => episodeId === this.#activeId,
      onRenewed: (item) => this.#replace(item),
      onGivenUp: (episodeId, failure, retry) => {
        const isCurrent = episodeId === this.#activeId;
        this.#media?.playback.drop(episodeId);
        // A warm episode gives up silently: it is tried again when the viewer comes to it.
        if (isCurrent) this.#fail(episodeId, failure, retry);
      },
      onRetried: () => this.#again(),
    });
  }

  #fail(episodeId: string, failure: FeedEvents['failure']['failure'], retry: () => void): void {
    if (failure.kind !== 'problem' || failure.status !== 409) this.player.phase(episodeId, 'idle');
    this.#events.emit('failure', { episodeId, failure, retry });
  }

  async #takePlace(): Promise<void> {
    if (await this.#heartbeat.beat()) this.#media?.playback.play();
  }

  #cmcd(episodeId: string): string {
    const item = this.state.items.find(({ episode }) => episode.id === episodeId);
    const video = this.#media?.playback.find(episodeId)?.video ?? null;
    const isCurrent = episodeId === (this.#activeId ?? activeItem(this.state)?.episode.id);
    return cmcdQuery({
      sessionId: this.#views.sessionId,
      episodeId,
      bitrateBps: item === undefined ? 0 : (this.#media?.library.of(item)?.rung?.bandwidthBps ?? 0),
      bandwidthBps: this.#media?.library.bandwidth.measuredBps ?? null,
      bufferedSeconds: video === null ? 0 : secondsAhead(video),
      state: isCurrent ? this.player.cmcdState : 'd',
    });
  }
}
