/**
 * Media that was fetched ahead, as bytes in memory: start-up bundles and single segments, the oldest forgotten first.
 * Nothing of it is on the device when the page is gone.
 */
import { MEDIA_STORE_BYTES } from '../limits.ts';
import { Bundle, type BundleRequest } from './bundle.ts';
import { objectKey } from './object-key.ts';
import { PartBuffer } from './part-buffer.ts';
import { readBody, type BodyRequest } from './read-body.ts';

export interface Transfer {
  readonly part: PartBuffer;
  readonly done: Promise<void>;
  abort(): void;
}

export type SegmentRequest = Omit<BodyRequest, 'signal'> & {
  readonly onNetworkBytes: (key: string, bytes: number) => void;
};

export class MediaStore {
  /** By root, in the order of their use. */
  readonly #bundles = new Map<string, Bundle>();
  readonly #segments = new Map<string, Transfer>();
  /** By object: of heads, what is left. */
  readonly #rests = new Map<string, Transfer>();

  bundle(root: string): Bundle | null {
    return this.#bundles.get(root) ?? null;
  }

  openBundle(root: string, request: BundleRequest): Bundle {
    const bundle = new Bundle(request);
    this.#bundles.get(root)?.abort();
    this.#bundles.delete(root);
    this.#bundles.set(root, bundle);
    // A bundle that did not come is asked for again another time, if anybody needs it.
    void bundle.done.then(() => {
      if (bundle.outcome === 'broken') this.#drop(root, bundle);
      this.#forgetOldest(root);
    });
    return bundle;
  }

  /** Kept until it is forgotten: for what is fetched ahead of its player. */
  openSegment(request: SegmentRequest): Transfer {
    const key = objectKey(request.url);
    const known = this.#segments.get(key);
    if (known !== undefined && known.part.end?.kind !== 'broken') return known;
    const transfer = openTransfer(request);
    this.#segments.set(key, transfer);
    void transfer.done.then(() => {
      if (transfer.part.end?.kind !== 'whole' && this.#segments.get(key) === transfer) this.#segments.delete(key);
      this.#forgetOldest(key);
    });
    return transfer;
  }

  /** Goes on where the head of a first segment ends; null when there is nothing to go on with. */
  openRest(root: string, request: SegmentRequest): Transfer | null {
    const key = objectKey(request.url);
    const bundle = this.#bundles.get(root);
    const part = bundle?.parts.get(key);
    if (bundle === undefined || part === undefined || !part.isHeld) return this.#rests.get(key) ?? null;
    part.resume(performance.now());
    bundle.goesOn(key, true);
    const transfer = openTransfer({ ...request, range: `bytes=${part.receivedBytes}-` }, part);
    this.#rests.set(key, transfer);
    void transfer.done.then(() => {
      this.#rests.delete(key);
      if (part.isHeld) bundle.goesOn(key, false);
      // Half a segment that nothing goes on with: it is asked for from its beginning, if anybody needs it.
      if (part.end?.kind === 'broken') this.#drop(root, bundle);
      this.#forgetOldest(root);
    });
    return transfer;
  }

  /** The bytes of an object that are here or on their way; null = ask the network. */
  async find(url: string): Promise<PartBuffer | null> {
    const key = objectKey(url);
    const segment = this.#segments.get(key)?.part ?? null;
    if (segment !== null) return segment;
    for (const bundle of this.#bundles.values()) {
      const part = bundle.parts.get(key);
      if (part !== undefined) return part;
      if (bundle.outcome !== null || !bundle.mayHold(key)) continue;
      if (await bundle.announced) return bundle.parts.get(key) ?? null;
    }
    return null;
  }

  holds(key: string): boolean {
    if (this.#segments.has(key)) return true;
    return [...this.#bundles.values()].some((bundle) => bundle.parts.has(key));
  }

  /** As `holds`, and to its last byte, or to the end of its head: a first frame comes out of memory. */
  holdsFirstFrame(key: string): boolean {
    // Its rest is on its way: the head is here.
    if (this.#rests.has(key)) return true;
    const parts = [this.#segments.get(key)?.part, ...[...this.#bundles.values()].map(({ parts: own }) => own.get(key))];
    return parts.some((part) => part?.end?.kind === 'whole' || part?.isHeld === true);
  }

  /** Ends what is under way for these and keeps what is whole. */
  abort(root: string): void {
    const bundle = this.#bundles.get(root);
    if (bundle?.outcome === null) bundle.abort();
    for (const transfers of [this.#segments, this.#rests])
      for (const [key, transfer] of transfers) if (key.startsWith(root)) transfer.abort();
  }

  destroy(): void {
    for (const bundle of this.#bundles.values()) bundle.abort();
    for (const transfer of [...this.#segments.values(), ...this.#rests.values()]) transfer.abort();
    this.#bundles.clear();
    this.#segments.clear();
  }

  #drop(root: string, bundle: Bundle): void {
    if (this.#bundles.get(root) !== bundle) return;
    this.#bundles.delete(root);
    bundle.forget();
  }

  #forgetOldest(newest: string): void {
    let total = 0;
    for (const bundle of this.#bundles.values()) total += bundle.receivedBytes;
    for (const { part } of this.#segments.values()) total += part.receivedBytes;
    for (const [key, { part }] of this.#segments) {
      if (total <= MEDIA_STORE_BYTES) return;
      if (part.end === null || key.startsWith(newest)) continue;
      this.#segments.delete(key);
      total -= part.receivedBytes;
    }
    for (const [root, bundle] of this.#bundles) {
      if (total <= MEDIA_STORE_BYTES) return;
      if (bundle.isUnderWay || root === newest) continue;
      this.#drop(root, bundle);
      total -= bundle.receivedBytes;
    }
  }
}

/** One object from the network, or what is left of one. */
export function openTransfer(
  request: SegmentRequest,
  part: PartBuffer = new PartBuffer(performance.now(), null),
): Transfer {
  const abort = new AbortController();
  const key = objectKey(request.url);
  const had = part.receivedBytes;
  // Who does not know ranges sends all of it again.
  let skip = 0;
  const done = readBody(
    { ...request, signal: abort.signal },
    {
      onHead: (sizeBytes, status) => {
        if (had === 0) part.sizeBytes = sizeBytes;
        else if (status === 200) skip = had;
      },
      onBytes: (bytes, nowMs) => {
        request.onNetworkBytes(key, bytes.byteLength);
        const fresh = bytes.subarray(Math.min(skip, bytes.byteLength));
        skip -= bytes.byteLength - fresh.byteLength;
        if (fresh.byteLength > 0) part.push(fresh, nowMs);
      },
    },
  ).then((end) => {
    if (end.kind === 'whole') part.finish(end);
    // Ended by us: what there is of it serves another time.
    else if (had > 0 && abort.signal.aborted) part.hold(performance.now());
    else if (end.kind === 'lost') part.finish({ kind: 'broken', status: 0, retryAfterMs: null });
    else part.finish({ kind: 'broken', status: end.status, retryAfterMs: end.retryAfterMs });
  });
  return { part, done, abort: () => abort.abort() };
}
