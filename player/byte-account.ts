/** What was fetched of one episode, object by object, so that it can be told what of it nobody watched. */
import { unwatchedBytes } from '../core/qoe/bytes.ts';
import type { WatchedIntervals } from '../core/qoe/intervals.ts';
import { objectKey } from './start/object-key.ts';
import type { SegmentTime } from './start/segments.ts';

export class ByteAccount {
  fetchedBytes = 0;
  readonly #objects = new Map<string, number>();
  readonly #spans = new Map<string, SegmentTime>();

  know(segments: readonly SegmentTime[]): void {
    for (const segment of segments) this.#spans.set(objectKey(segment.url), segment);
  }

  add(key: string, bytes: number): void {
    this.fetchedBytes += bytes;
    this.#objects.set(key, (this.#objects.get(key) ?? 0) + bytes);
  }

  /** A view of it has ended: what comes from now on is another view's. */
  close(): void {
    this.fetchedBytes = 0;
    this.#objects.clear();
  }

  unwatchedBytes(watched: WatchedIntervals): number {
    const objects = [...this.#objects].map(([key, bytes]) => ({ bytes, span: this.#spans.get(key) ?? null }));
    return unwatchedBytes(objects, watched);
  }
}
