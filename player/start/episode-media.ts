/** The media of one episode apart from any player: its ladder, the rung to start on, and the start-up bundle of it. */
import type { PlaybackWire } from '../../core/catalog/feed-wire.ts';
import type { Bandwidth } from '../bandwidth.ts';
import { REFUSED_PASS_PAUSE_MS } from '../limits.ts';
import type { Bundle } from './bundle.ts';
import { firstRung, parseLadder, type LadderRung } from './ladder.ts';
import type { MediaStore, SegmentRequest, Transfer } from './media-store.ts';
import { objectKey, rootKey } from './object-key.ts';
import { SegmentSource, withQuery } from './segment-source.ts';
import { parseSegments, type SegmentTime } from './segments.ts';

/** Of the first segment's bytes: an I-frame and seven small ones (0.42 to 0.44 of a second in the bench's ladder). */
export const HEAD_SHARE = 0.43;

export interface MediaOptions {
  readonly base: string;
  readonly store: MediaStore;
  readonly bandwidth: Bandwidth;
  readonly viewportPx: () => number;
  /** What is said of the player with each request (CMCD); empty for nothing. */
  readonly query: () => string;
  readonly onNetworkBytes: (key: string, bytes: number) => void;
}

export class EpisodeMedia {
  readonly root: string;
  readonly source: SegmentSource;
  readonly #options: MediaOptions;
  #playback: PlaybackWire;
  #rung: LadderRung | null = null;
  /** Asked for in vain: until there is another pass, the segments are asked for by themselves. */
  #isRefused = false;
  /** When the pass itself was refused. */
  #passRefusedMs: number | null = null;
  #segments: { readonly url: string; readonly list: readonly SegmentTime[] } | null = null;

  constructor(playback: PlaybackWire, options: MediaOptions) {
    this.#options = options;
    this.#playback = playback;
    this.root = rootKey(this.#absolute(playback.url));
    this.source = new SegmentSource(options, playback);
  }

  get ladder(): readonly LadderRung[] {
    const url = this.#absolute(this.#playback.url);
    const text = this.#text(url);
    return text === null ? [] : parseLadder({ url, text });
  }

  /** Of the first rung that was fetched; until then as the line is now. */
  get rung(): LadderRung | null {
    const { bandwidth, viewportPx } = this.#options;
    return this.#rung ?? firstRung(this.ladder, bandwidth.bps, viewportPx());
  }

  /** Of the rung to start on, as far as the pass goes; parsed once for each pass. */
  get segments(): readonly SegmentTime[] {
    const url = this.rung?.url;
    if (url === undefined) return [];
    if (this.#segments?.url !== url)
      this.#segments = { url, list: parseSegments({ url, text: this.#text(url) ?? '' }) };
    return this.#segments.list;
  }

  get bundle(): Bundle | null {
    return this.#options.store.bundle(this.root);
  }

  /** From now on the same: what was fetched ahead has to fit. */
  chooseRung(): LadderRung | null {
    this.#rung = this.rung;
    return this.#rung;
  }

  /** Asks for the bundle unless it is here or on its way; null where there is none. */
  openBundle(priority: 'high' | 'low', { isHead = false }: { readonly isHead?: boolean } = {}): Bundle | null {
    const { startUrl } = this.#playback;
    const rendition = this.chooseRung()?.rendition ?? null;
    if (startUrl === null || startUrl === undefined || rendition === null || this.#isRefused) return null;
    const known = this.bundle;
    if (known !== null && known.outcome !== 'broken') return known;
    const { store, bandwidth, query, onNetworkBytes } = this.#options;
    const isHeadOnly = isHead && this.canHead;
    const bundle = store.openBundle(this.root, {
      startUrl: this.#absolute(startUrl).replaceAll('%7Brendition%7D', '{rendition}'),
      rendition,
      isHead: isHeadOnly,
      query: query(),
      expectedBytes: this.#expectedBytes(0) * (isHeadOnly ? HEAD_SHARE : 1),
      priority,
      bandwidth,
      onNetworkBytes,
    });
    const pass = this.#playback;
    void bundle.done.then(() => {
      if (pass !== this.#playback) return;
      this.#isRefused = bundle.outcome === 'broken' && !bundle.isAborted;
      this.#noteRefusal(bundle.refusedStatus);
    });
    return bundle;
  }

  /** Nothing is fetched ahead then, until there is another pass; what somebody on the way refused is tried again later. */
  get isPassRefused(): boolean {
    return this.#passRefusedMs !== null && performance.now() - this.#passRefusedMs < REFUSED_PASS_PAUSE_MS;
  }

  /** The head of the first segment may be fetched by itself. */
  get canHead(): boolean {
    return this.source.isChunked && typeof this.#playback.startUrl === 'string' && !this.#isRefused;
  }

  /** What there is of the first segment, or is on its way. */
  get first(): 'nothing' | 'head' | 'whole' {
    const url = this.segments[0]?.url;
    if (url === undefined) return 'nothing';
    const key = objectKey(url);
    const { bundle } = this;
    if (bundle?.endsAtHead(key) === true) return 'head';
    return this.#options.store.holds(key) || bundle?.outcome === null ? 'whole' : 'nothing';
  }

  get head(): 'missing' | 'coming' | 'here' {
    if (this.first !== 'head') return this.first === 'nothing' ? 'missing' : 'here';
    const part = this.bundle?.parts.get(objectKey(this.segments[0]?.url ?? ''));
    return part?.isHeld === true ? 'here' : 'coming';
  }

  /** What the head lacks; null when nothing does. */
  openRest(priority: 'high' | 'low'): Transfer | null {
    const url = this.segments[0]?.url;
    if (url === undefined) return null;
    return this.#watched(this.#options.store.openRest(this.root, this.#request(url, 0, priority, 1 - HEAD_SHARE)));
  }

  /** `rungUrl`: of the Media Playlist of a rung other than the first. */
  segmentUrl(segment: number, rungUrl: string | null): string | null {
    if (rungUrl === null || rungUrl === this.rung?.url) return this.segments[segment]?.url ?? null;
    const text = this.#text(rungUrl);
    return text === null ? null : (parseSegments({ url: rungUrl, text })[segment]?.url ?? null);
  }

  openSegment(url: string, segment: number, priority: 'high' | 'low'): Transfer {
    this.chooseRung();
    return this.#watched(this.#options.store.openSegment(this.#request(url, segment, priority, 1)));
  }

  #watched<Opened extends Transfer | null>(opened: Opened): Opened {
    const pass = this.#playback;
    void opened?.done.then(() => {
      const { end } = opened.part;
      if (end?.kind === 'broken' && pass === this.#playback) this.#noteRefusal(end.status);
    });
    return opened;
  }

  #noteRefusal(status: number | null): void {
    if (status === 401 || status === 403) this.#passRefusedMs = performance.now();
  }

  #request(url: string, segment: number, priority: 'high' | 'low', share: number): SegmentRequest {
    const { bandwidth, query, onNetworkBytes } = this.#options;
    const expectedBytes = this.#expectedBytes(segment) * share;
    return { url: withQuery(url, query()), priority, bandwidth, onNetworkBytes, expectedBytes };
  }

  #expectedBytes(segment: number): number {
    const { fromSeconds = 0, toSeconds = 0 } = this.segments[segment] ?? {};
    return ((toSeconds - fromSeconds) * (this.rung?.bandwidthBps ?? 0)) / 8;
  }

  replace(playback: PlaybackWire): void {
    this.#playback = playback;
    this.#segments = null;
    this.#isRefused = false;
    this.#passRefusedMs = null;
    this.source.replace(playback);
    // The pass is in the rung's URL; which rung it is stays.
    const rendition = this.#rung?.rendition ?? null;
    this.#rung = (rendition === null ? null : this.ladder.find((rung) => rung.rendition === rendition)) ?? null;
  }

  abort(): void {
    this.#options.store.abort(this.root);
  }

  #text(url: string): string | null {
    const playlists = Object.entries(this.#playback.playlists);
    return playlists.find(([known]) => this.#absolute(known) === url)?.[1] ?? null;
  }

  #absolute(url: string): string {
    return new URL(url, this.#options.base).href;
  }
}
