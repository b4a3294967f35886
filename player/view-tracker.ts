/** Turns the events of one media element into the view that the beacons report. */
import { toViewEventWire, type ViewIdentity } from '../core/qoe/beacon-wire.ts';
import type { ViewDetailsWire } from '../core/qoe/details.ts';
import { foldView, startView, type LeftBy, type Stall, type ViewEvent, type ViewState } from '../core/qoe/view.ts';
import type { Beacons } from './beacons.ts';
import { listen } from './listen.ts';
import type { ViewDetails } from './view-details.ts';

export class ViewTracker {
  readonly details: ViewDetails;
  readonly #identity: ViewIdentity;
  readonly #place: { readonly index: number; readonly sinceMs: number };
  readonly #beacons: Beacons;
  readonly #onStall: (stall: Stall) => void;
  #view: ViewState;
  #seq = 0;
  #unlisten: (() => void) | null = null;

  constructor(
    identity: ViewIdentity,
    place: { readonly index: number; readonly sinceMs: number },
    beacons: Beacons,
    details: ViewDetails,
    intentAtMs: number,
    onStall: (stall: Stall) => void,
  ) {
    this.details = details;
    this.#onStall = onStall;
    this.#identity = identity;
    this.#place = place;
    this.#beacons = beacons;
    this.#view = startView(intentAtMs);
  }

  get state(): ViewState {
    return this.#view;
  }

  get episodeId(): string {
    return this.#identity.episodeId;
  }

  /** Follows this element; an episode without playback has a view with nothing watched. */
  follow(video: HTMLVideoElement): void {
    this.#unlisten?.();
    const at = (kind: 'tick' | 'waiting' | 'playing' | 'pause' | 'ended') => (): void =>
      this.fold({ kind, atMs: performance.now(), positionSeconds: video.currentTime });
    const unlisten = listen(video, {
      timeupdate: () => {
        if (!video.paused && !video.seeking) at('tick')();
      },
      waiting: at('waiting'),
      playing: at('playing'),
      pause: at('pause'),
      ended: at('ended'),
      seeking: () => this.fold({ kind: 'seek', atMs: performance.now() }),
    });
    const unfollow = this.details.follow(video);
    this.#unlisten = () => {
      unfollow();
      unlisten();
    };
  }

  fold(event: ViewEvent): void {
    const before = this.#view.stalls.length;
    this.#view = foldView(this.#view, event);
    for (const stall of this.#view.stalls.slice(before)) this.#onStall(stall);
  }

  toWire(): ViewDetailsWire {
    return this.details.toWire(this.#view, this.#place);
  }

  report(): void {
    this.#seq += 1;
    this.#beacons.report(toViewEventWire(this.#identity, this.#seq, this.#view, this.toWire()));
  }

  leave(by: LeftBy): void {
    this.fold({ kind: 'left', atMs: performance.now(), by });
    this.report();
  }

  close(by: LeftBy): void {
    this.#unlisten?.();
    this.#unlisten = null;
    this.leave(by);
  }
}
