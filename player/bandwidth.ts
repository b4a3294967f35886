/**
 * How fast the line is: measured over all transfers of the feed at once, kept from episode to episode and from visit to
 * visit. What is answered from memory never comes here.
 */
import { bandwidthBps, foldSample, type BandwidthEstimate } from '../core/bandwidth/estimate.ts';
import { parseRemembered, recallBandwidth, serializeRemembered } from '../core/bandwidth/recall.ts';
import { BANDWIDTH_SAMPLE_MS } from './limits.ts';
import { UnderWay } from './start/under-way.ts';

/** Two numbers lie there: the estimate and when it was made. */
const STORAGE_KEY = 'cliffhanger.bandwidth';

export interface BandwidthOptions {
  readonly storage: Pick<Storage, 'getItem' | 'setItem'> | null;
  readonly hintBps: number | null;
  readonly wallMs: () => number;
}

export class Bandwidth {
  readonly underWay: UnderWay = new UnderWay();
  /** From asking to the first byte, on a line that is free: of what was seen rather the least. */
  requestMs: number = REQUEST_OTHERWISE_MS;
  readonly #options: BandwidthOptions;
  readonly #recalledBps: number;
  #estimate: BandwidthEstimate | null = null;
  #transfers = 0;
  #bytes = 0;
  #sinceMs = 0;

  constructor(options: BandwidthOptions) {
    this.#options = options;
    const remembered = parseRemembered(attempt(() => options.storage?.getItem(STORAGE_KEY) ?? null));
    this.#recalledBps = recallBandwidth(remembered, options.hintBps, options.wallMs());
  }

  get bps(): number {
    return this.measuredBps ?? this.#recalledBps;
  }

  /** null before the first sample of this visit. */
  get measuredBps(): number | null {
    return this.#estimate === null ? null : bandwidthBps(this.#estimate);
  }

  answered(requestMs: number): void {
    const change = requestMs - this.requestMs;
    this.requestMs += change < 0 ? change : change * SLOWER_SHARE;
  }

  /** A transfer's first bytes are there. They only start the clock: how long they were under way nobody knows. */
  begin(nowMs: number): void {
    if (this.#transfers === 0) this.#sinceMs = nowMs;
    this.#transfers += 1;
  }

  add(bytes: number, nowMs: number): void {
    this.#bytes += bytes;
    if (nowMs - this.#sinceMs >= BANDWIDTH_SAMPLE_MS) this.#sample(nowMs);
  }

  end(nowMs: number): void {
    this.#transfers -= 1;
    if (this.#transfers === 0) this.#sample(nowMs);
  }

  /** For the next visit. */
  remember(): void {
    const { storage, wallMs } = this.#options;
    const bps = this.measuredBps;
    if (bps === null) return;
    attempt(() => storage?.setItem(STORAGE_KEY, serializeRemembered({ bps, atMs: wallMs() })));
  }

  #sample(nowMs: number): void {
    this.#estimate = foldSample(this.#estimate, { bytes: this.#bytes, durationMs: nowMs - this.#sinceMs });
    this.#bytes = 0;
    this.#sinceMs = nowMs;
  }
}

/** Before the first answer. */
const REQUEST_OTHERWISE_MS = 150;
/** An answer that took longer has mostly waited behind others. */
const SLOWER_SHARE = 0.05;

/** With what the browser lets us have. */
export function browserBandwidth(): Bandwidth {
  const { connection } = navigator as Navigator & { connection?: { downlink?: number } };
  const downlinkMbps = connection?.downlink ?? 0;
  return new Bandwidth({
    // Reading the property alone throws where storage is denied.
    storage: attempt(() => localStorage),
    hintBps: downlinkMbps > 0 ? downlinkMbps * 1e6 : null,
    wallMs: () => Date.now(),
  });
}

/** Storage may be denied, full or gone: then nothing is remembered, and nothing else happens. */
function attempt<Value>(use: () => Value): Value | null {
  try {
    return use();
  } catch {
    return null;
  }
}
