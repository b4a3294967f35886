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
      if (bundle.outcome === 'broken' && this.#bundles.get(root) === bundle) this.#bundles.delete(root);
      this.#forgetOldest(root);
    });
    return bundle;
  }

  /** Kept until it is forgotten: for what is fetched ahead of its player. */
  openSegment(request: SegmentRequest): Transfer {
    const key = objectKey(request.url);
    const known = this.#segments.get(key);
    if (known !== undefined) return known;
    const transfer = openTransfer(request);
    this.#segments.set(key, transfer);
    void transfer.done.then(() => {
      if (transfer.part.end?.kind !== 'whole') this.#segments.delete(key);
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

  /** As `holds`, and to its last byte. */
  holdsWhole(key: string): boolean {
    const parts = [this.#segments.get(key)?.part, ...[...this.#bundles.values()].map(({ parts: own }) => own.get(key))];
    return parts.some((part) => part?.end?.kind === 'whole');
  }

  /** Ends what is under way for these and keeps what is whole. */
  abort(root: string): void {
    const bundle = this.#bundles.get(root);
    if (bundle?.outcome === null) bundle.abort();
    for (const [key, transfer] of this.#segments) if (key.startsWith(root)) transfer.abort();
  }

  destroy(): void {
    for (const bundle of this.#bundles.values()) bundle.abort();
    for (const transfer of this.#segments.values()) transfer.abort();
    this.#bundles.clear();
    this.#segments.clear();
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
      if (bundle.outcome === null || root === newest) continue;
      this.#bundles.delete(root);
      total -= bundle.receivedBytes;
    }
  }
}

/** One object from the network. */
export function openTransfer(request: SegmentRequest): Transfer {
  const abort = new AbortController();
  const part = new PartBuffer(performance.now(), null);
  const key = objectKey(request.url);
  const done = readBody(
    { ...request, signal: abort.signal },
    {
      onHead: (sizeBytes) => {
        part.sizeBytes = sizeBytes;
      },
      onBytes: (bytes, nowMs) => {
        request.onNetworkBytes(key, bytes.byteLength);
        part.push(bytes, nowMs);
      },
    },
  ).then((end) => {
    if (end.kind === 'whole') part.finish(end);
    else if (end.kind === 'lost') part.finish({ kind: 'broken', status: 0, retryAfterMs: null });
    else part.finish({ kind: 'broken', status: end.status, retryAfterMs: end.retryAfterMs });
  });
  return { part, done, abort: () => abort.abort() };
}
