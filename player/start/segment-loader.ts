/**
 * An hls.js `fLoader`: init sections out of the feed's answer, first segments out of the start-up bundle while it still
 * arrives, everything else from the network.
 *
 * The first segment is handed on chunk by chunk (moof + mdat). hls.js asks for that by `progressive`, which also makes
 * its demuxer hold each chunk back until the next one has come; so it is set only while hls.js decides how to load, and
 * our chunks, which are whole, are appended as they come.
 */
import type {
  FragmentLoaderContext,
  HlsConfig,
  Loader,
  LoaderCallbacks,
  LoaderConfiguration,
  LoaderStats,
} from 'hls.js';
import { ChunkSplitter } from '../../core/mp4/split-chunks.ts';
import { RATE_LIMIT_RETRIES, RETRY_AFTER_OTHERWISE_MS } from '../limits.ts';
import { emptyStats } from './loader-stats.ts';
import type { PartBuffer, PartEnd } from './part-buffer.ts';
import { replayTimes } from './replay-times.ts';
import type { SegmentSource } from './segment-source.ts';
import { Watchdog } from './watchdog.ts';

type Callbacks = LoaderCallbacks<FragmentLoaderContext>;
type SegmentLoaderClass = new (config: HlsConfig) => Loader<FragmentLoaderContext>;

export function segmentLoaderFor(source: SegmentSource): SegmentLoaderClass {
  return class extends SegmentLoader {
    constructor(config: HlsConfig) {
      super(config, source);
    }
  };
}

class SegmentLoader implements Loader<FragmentLoaderContext> {
  context: FragmentLoaderContext | null = null;
  readonly stats: LoaderStats = emptyStats();
  readonly #config: HlsConfig;
  readonly #source: SegmentSource;
  readonly #splitter = new ChunkSplitter();
  readonly #pieces: Uint8Array<ArrayBuffer>[] = [];
  readonly #watchdog = new Watchdog();
  #callbacks: Callbacks | null = null;
  #stop: () => void = () => undefined;
  #rateLimited = 0;
  #limit: ReturnType<typeof setTimeout> | undefined;
  #following: PartBuffer | null = null;

  constructor(config: HlsConfig, source: SegmentSource) {
    this.#config = config;
    this.#source = source;
  }

  load(context: FragmentLoaderContext, configuration: LoaderConfiguration, callbacks: Callbacks): void {
    this.context = context;
    this.#callbacks = callbacks;
    this.stats.loading.start = performance.now();
    const isInit = context.frag.sn === 'initSegment';
    if (isInit && this.#source.isChunked) {
      this.#config.progressive = true;
      queueMicrotask(() => (this.#config.progressive = false));
    }
    const init = isInit ? this.#source.init(context.url) : null;
    // Not at once, as below. Sound by itself is held back by hls.js until there is a picture, and put together then.
    if (callbacks.onProgress !== undefined && context.frag.type === 'main')
      queueMicrotask(() => this.#isOver || this.#progress(EMPTY_FRAGMENT.slice()));
    if (init === null) void this.#begin(configuration);
    // Not at once: hls.js still tells its other parts that loading began, and they would reset what came too early.
    else queueMicrotask(() => this.#isOver || this.#finish(init));
  }

  abort(): void {
    this.#quit();
    if (this.stats.loading.end === 0) this.stats.aborted = true;
  }

  destroy(): void {
    this.abort();
    this.#callbacks = null;
    this.context = null;
  }

  get #isOver(): boolean {
    return this.stats.aborted || this.#callbacks === null;
  }

  get #range(): string | undefined {
    const { rangeStart, rangeEnd } = this.context ?? {};
    return rangeEnd ? `bytes=${rangeStart ?? 0}-${rangeEnd - 1}` : undefined;
  }

  async #begin(configuration: LoaderConfiguration): Promise<void> {
    const url = this.context?.url ?? '';
    this.#watchLimit(configuration.loadPolicy.maxLoadTimeMs);
    this.#stop = () => clearTimeout(this.#limit);
    const found = this.#range === undefined ? await this.#source.find(url) : null;
    if (this.#isOver) return clearTimeout(this.#limit);
    const retry = (): void => this.#fromNetwork(configuration);
    if (found === null) return retry();
    if (found.end?.kind === 'whole') replayTimes(found, this.stats, performance.now());
    // As if it had been asked for so long ago as it took, without the time in which nothing was.
    else
      this.stats.loading.start -= Math.max(
        0,
        (found.isHeld ? (found.lastMs ?? 0) : performance.now()) - found.openedMs - found.heldMs,
      );
    // What breaks off half way is fetched by itself, and what came of it is not handed on twice.
    this.#follow(found, configuration, retry, retry);
  }

  #fromNetwork(configuration: LoaderConfiguration): void {
    const transfer = this.#source.open(this.context?.url ?? '', this.#range);
    const onBroken = (end: PartEnd): void => {
      if (end.kind === 'whole') return;
      const waits = end.status === 429 && this.#rateLimited++ < RATE_LIMIT_RETRIES;
      if (!waits) return this.#onError(end.status);
      // Refused for the rate is not a broken network: the same segment again, when we were told to.
      const timer = setTimeout(() => this.#fromNetwork(configuration), end.retryAfterMs ?? RETRY_AFTER_OTHERWISE_MS);
      this.#stop = () => clearTimeout(timer);
    };
    this.#follow(
      transfer.part,
      configuration,
      onBroken,
      () => this.#onTimeout(),
      () => transfer.abort(),
    );
  }

  #follow(
    part: PartBuffer,
    configuration: LoaderConfiguration,
    onBroken: (end: PartEnd) => void,
    onSilence: () => void,
    abort: () => void = () => undefined,
  ): void {
    const followedMs = performance.now();
    // Bytes that an earlier attempt has handed on already.
    let skip = this.stats.loaded;
    let unfollow: () => void = () => undefined;
    const leave = (): void => {
      this.#watchdog.stop();
      unfollow();
      abort();
    };
    this.#following = part;
    this.#stop = () => {
      clearTimeout(this.#limit);
      leave();
    };
    const listen = (): void => this.#watchdog.watch(configuration.loadPolicy.maxTimeToFirstByteMs, silence);
    const silence = (): void => {
      // Nobody has asked for more.
      if (part.isHeld) return listen();
      leave();
      onSilence();
    };
    listen();
    unfollow = part.follow({
      onBytes: (bytes) => {
        listen();
        if (this.stats.loading.first === 0) this.stats.loading.first = performance.now();
        this.stats.total = part.sizeBytes ?? 0;
        const fresh = bytes.subarray(Math.min(skip, bytes.byteLength));
        skip -= bytes.byteLength - fresh.byteLength;
        this.#take(fresh);
      },
      onEnd: (end) => {
        this.#watchdog.stop();
        if (end.kind !== 'whole') return onBroken(end);
        clearTimeout(this.#limit);
        this.#finish(null);
      },
      // For the estimate of hls.js, which would take the stop for a line that is broken.
      onResumed: (heldMs) => {
        listen();
        // Of the stop only what we have waited: most of it may have been before anybody followed.
        const waitedMs = Math.min(heldMs, performance.now() - followedMs);
        this.stats.loading.start += waitedMs;
        if (this.stats.loading.first > 0) this.stats.loading.first += waitedMs;
      },
    });
  }

  #take(bytes: Uint8Array<ArrayBuffer>): void {
    if (this.#isOver) return;
    this.stats.loaded += bytes.byteLength;
    if (this.#callbacks?.onProgress === undefined) this.#pieces.push(bytes);
    else for (const chunk of this.#splitter.push(bytes)) this.#progress(chunk);
  }

  #progress(chunk: Uint8Array<ArrayBuffer>): void {
    if (this.context !== null) this.#callbacks?.onProgress?.(this.stats, this.context, chunk.buffer, null);
  }

  #finish(init: ArrayBuffer | null): void {
    const { context } = this;
    if (context === null || this.#isOver) return;
    const rest = this.#splitter.end();
    if (rest !== null) this.#progress(rest);
    const data = init ?? joined(this.#pieces);
    const now = performance.now();
    this.stats.loaded ||= data.byteLength;
    this.stats.total = this.stats.loaded;
    this.stats.loading.first ||= now;
    this.stats.loading.end = now;
    this.#callbacks?.onSuccess({ url: context.url, data, code: 200 }, this.stats, context, null);
  }

  #onError(status: number): void {
    this.#quit();
    if (this.context !== null)
      this.#callbacks?.onError(
        { code: status, text: status === 0 ? 'network' : 'refused' },
        this.context,
        null,
        this.stats,
      );
  }

  #watchLimit(ms: number): void {
    clearTimeout(this.#limit);
    this.#limit = setTimeout(() => (this.#following?.isHeld === true ? this.#watchLimit(ms) : this.#onTimeout()), ms);
  }

  #onTimeout(): void {
    this.#quit();
    if (this.context !== null && !this.#isOver) this.#callbacks?.onTimeout(this.stats, this.context, null);
  }

  #quit(): void {
    this.#stop();
    this.#stop = () => undefined;
  }
}

/**
 * A Movie Fragment of no track. hls.js opens SourceBuffers and appends the init section when it has seen a first one:
 * with this one decoders are made ready while the film is still on its way.
 *
 * @see ISO/IEC 14496-12 8.8.4 (`moof`: one `mfhd`, no `traf`)
 */
const EMPTY_FRAGMENT: Uint8Array<ArrayBuffer> = Uint8Array.of(
  ...[0, 0, 0, 24, 0x6d, 0x6f, 0x6f, 0x66], // moof
  ...[0, 0, 0, 16, 0x6d, 0x66, 0x68, 0x64, 0, 0, 0, 0, 0, 0, 0, 0], // mfhd
);

function joined(pieces: readonly Uint8Array<ArrayBuffer>[]): ArrayBuffer {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.byteLength, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.byteLength;
  }
  return whole.buffer;
}
