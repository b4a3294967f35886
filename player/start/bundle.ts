/** One start-up bundle: a request, and the parts that come with it. docs/decisions/037-start-up-bundle.md */
import { StartParser, type StartEvent } from '../../core/start/parser.ts';
import { objectKey } from './object-key.ts';
import { PartBuffer, type PartEnd } from './part-buffer.ts';
import { readBody, type BodyRequest } from './read-body.ts';

export type BundleRequest = Omit<BodyRequest, 'signal' | 'url'> & {
  /** As the feed has it, with `{rendition}`. */
  readonly startUrl: string;
  readonly rendition: string;
  /** Of the first segment only its head: the fragments that hold its first HEAD_FRAMES. */
  readonly isHead: boolean;
  /** Query parameters beside ours. */
  readonly query: string;
  readonly onNetworkBytes: (key: string, bytes: number) => void;
};

const BROKEN: PartEnd = { kind: 'broken', status: 0, retryAfterMs: null };

export class Bundle {
  readonly rendition: string;
  /** Asked for before anybody waited for it. */
  readonly isAhead: boolean;
  readonly isHead: boolean;
  /** Object key → its bytes; complete when `announced` says so. */
  readonly parts: Map<string, PartBuffer> = new Map();
  /** True once the header has named the parts, false when no bundle came. */
  readonly announced: Promise<boolean>;
  /** null while it is under way. */
  outcome: 'whole' | 'broken' | null = null;
  /** Of an answer that was none; null for one that came, or for nothing at all. */
  refusedStatus: number | null = null;
  /** By us: it says nothing about the next one. */
  isAborted = false;
  readonly done: Promise<void>;
  readonly #root: string;
  readonly #openedMs = performance.now();
  readonly #abort = new AbortController();
  readonly #parser = new StartParser();
  /** Parts of which only the beginning comes. */
  readonly #cutKeys = new Set<string>();
  readonly #onNetworkBytes: BundleRequest['onNetworkBytes'];
  #announce: (came: boolean) => void = () => undefined;

  constructor(request: BundleRequest) {
    this.rendition = request.rendition;
    this.isAhead = request.priority === 'low';
    this.isHead = request.isHead;
    this.#onNetworkBytes = request.onNetworkBytes;
    const path = request.startUrl.replaceAll('{rendition}', request.rendition);
    this.#root = objectKey(path).replace(/[^/]+\/start$/, '');
    this.announced = new Promise((resolve) => {
      this.#announce = resolve;
    });
    const query = [request.isHead ? 'head=1' : '', request.query].filter(Boolean).join('&');
    this.done = this.#read({ ...request, url: query === '' ? path : `${path}?${query}`, signal: this.#abort.signal });
  }

  /** With what has come of the rests of its parts. */
  get receivedBytes(): number {
    let bytes = 0;
    for (const part of this.parts.values()) bytes += part.receivedBytes;
    return bytes;
  }

  /** The bundle itself, or the rest of a part. */
  get isUnderWay(): boolean {
    return this.outcome === null || [...this.parts.values()].some(({ end, isHeld }) => end === null && !isHeld);
  }

  /** Whether this object may come with the bundle, as long as the header is not there. */
  mayHold(key: string): boolean {
    const { rendition } = this;
    return [`${rendition}/`, 'a0/'].some((folder) => key.startsWith(this.#root + folder));
  }

  /** Whether this one is, or will be, held at the end of its head. */
  endsAtHead(key: string): boolean {
    const part = this.parts.get(key);
    return part === undefined ? this.isHead && this.outcome === null : this.#cutKeys.has(key) && part.end === null;
  }

  /** The rest of a part is asked for, or was in vain: then it is held again. */
  goesOn(key: string, goesOn: boolean): void {
    if (goesOn) this.#cutKeys.delete(key);
    else this.#cutKeys.add(key);
  }

  abort(): void {
    this.#abort.abort();
    this.#finish('broken');
  }

  /** Nobody asks for its rests any more: who waits for one goes to the network. */
  forget(): void {
    for (const part of this.parts.values()) part.finish(BROKEN);
  }

  async #read(request: BodyRequest): Promise<void> {
    const end = await readBody(request, {
      onHead: () => undefined,
      onBytes: (bytes, nowMs) => this.#push(bytes, nowMs),
    });
    if (end.kind === 'refused') this.refusedStatus = end.status;
    this.#finish(end.kind === 'whole' && this.#parser.end().ok ? 'whole' : 'broken');
  }

  #push(bytes: Uint8Array<ArrayBuffer>, nowMs: number): void {
    const events = this.#parser.push(bytes);
    if (!events.ok) this.#refuse();
    else for (const event of events.value) this.#take(event, nowMs);
  }

  /** What is no bundle is not read to its end. */
  #refuse(): void {
    this.#finish('broken');
    this.#abort.abort();
  }

  #take(event: StartEvent, nowMs: number): void {
    if (event.kind === 'parts') {
      for (const { path, sizeBytes, ofBytes } of event.parts) {
        const key = this.#root + path;
        this.parts.set(key, new PartBuffer(this.#openedMs, ofBytes ?? sizeBytes));
        if (ofBytes !== undefined) this.#cutKeys.add(key);
      }
      this.#announce(true);
      return;
    }
    const key = this.#root + event.path;
    this.#onNetworkBytes(key, event.bytes.byteLength);
    const part = this.parts.get(key);
    part?.push(event.bytes, nowMs);
    if (!event.isLast) return;
    if (this.#cutKeys.has(key)) part?.hold(nowMs);
    else part?.finish({ kind: 'whole' });
  }

  #finish(outcome: 'whole' | 'broken'): void {
    if (this.outcome !== null) return;
    this.isAborted = this.#abort.signal.aborted;
    this.outcome = outcome;
    this.#announce(false);
    for (const part of this.parts.values()) if (!part.isHeld) part.finish(BROKEN);
  }
}
