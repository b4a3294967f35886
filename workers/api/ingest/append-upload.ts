import {
  MAX_SOURCE_BYTES,
  UPLOAD_CLAIM_MS,
  UPLOAD_CLAIM_RENEWED_MS,
  UPLOAD_PART_BYTES,
  UPLOAD_SILENCE_MS,
} from '#core/ingest/limits.ts';
import { randomBytes, toBase64url } from '#shared/encoding.ts';
import { log, reasonOf } from '#shared/log.ts';
import { withTimeLimit } from '#shared/time-limit.ts';
import { appendPart, expiryOf, updateClaimed, type UploadRecord } from '../db/uploads.ts';
import type { Db } from '../http/context.ts';

export interface UploadPlace {
  readonly db: Db;
  readonly media: R2Bucket;
}

export type Appended =
  /** All bytes are here; the last of them are in `last`, and nothing tells of them yet: see finish-upload.ts. */
  | { readonly end: 'whole'; readonly upload: UploadRecord; readonly last: Uint8Array }
  /** The stream ended, broke off or fell silent; what came is kept. */
  | { readonly end: 'partial'; readonly upload: UploadRecord; readonly isBroken: boolean }
  | { readonly end: 'too-much' | 'claim-lost'; readonly upload: UploadRecord };

export interface AppendOptions {
  /** Nothing is kept unless this says so at the end: for a body that has a checksum of its own. */
  readonly confirm?: ((chunk: Uint8Array | null) => Promise<boolean>) | undefined;
  /** Stop here and keep what came: the time that this request may take is over. */
  readonly deadlineMs?: number | undefined;
}

/**
 * Writes a stream to the end of an upload that this request has claimed. Each part that R2 has is recorded before the
 * next is begun, so what a broken connection leaves is lost only as far as the part that was being filled, and even that
 * is kept where this Worker lives to see the connection break.
 */
export async function appendToUpload(
  place: UploadPlace,
  claimed: UploadRecord,
  stream: ReadableStream<Uint8Array>,
  { confirm, deadlineMs = Infinity }: AppendOptions = {},
): Promise<Appended> {
  const writer = await UploadWriter.open(place, claimed, confirm === undefined);
  const reader = stream.getReader();
  let isBroken = false;
  try {
    while (Date.now() < deadlineMs) {
      const next = await withTimeLimit(UPLOAD_SILENCE_MS, () => reader.read()).catch((thrown: unknown) => {
        log('info', 'upload_broke_off', { uploadId: claimed.id, reason: reasonOf(thrown) });
        isBroken = true;
        return null;
      });
      if (next === null || next.done) break;
      await confirm?.(next.value);
      const refused = await writer.write(next.value);
      if (refused !== null) return { end: refused, upload: writer.upload };
    }
    isBroken ||= Date.now() >= deadlineMs;
    if (confirm !== undefined && (isBroken || !(await confirm(null))))
      return { end: 'partial', upload: claimed, isBroken };
    return await writer.end(isBroken);
  } finally {
    // Not waited for: a sender that fell silent does not answer this either.
    reader.cancel().catch(() => undefined);
  }
}

class UploadWriter {
  upload: UploadRecord;
  readonly #place: UploadPlace;
  readonly #multipart: R2MultipartUpload;
  /** Whether each part is recorded as it is stored. */
  readonly #isEager: boolean;
  #etags: string[];
  #part: Uint8Array;
  #filled: number;
  #renewedAtMs = Date.now();

  static async open(place: UploadPlace, claimed: UploadRecord, isEager: boolean): Promise<UploadWriter> {
    const part = new Uint8Array(UPLOAD_PART_BYTES);
    if (claimed.tailKey !== null) {
      const tail = await place.media.get(claimed.tailKey);
      if (tail?.size !== claimed.tailBytes) throw new Error('the tail of the upload is not there');
      part.set(new Uint8Array(await tail.arrayBuffer()));
    }
    return new UploadWriter(place, claimed, part, isEager);
  }

  private constructor(place: UploadPlace, claimed: UploadRecord, part: Uint8Array, isEager: boolean) {
    this.#place = place;
    this.upload = claimed;
    this.#multipart = place.media.resumeMultipartUpload(claimed.sourceKey, claimed.multipartId);
    this.#etags = [...claimed.etags];
    this.#part = part;
    this.#filled = claimed.tailBytes;
    this.#isEager = isEager;
  }

  get #offsetBytes(): number {
    return this.#etags.length * UPLOAD_PART_BYTES + this.#filled;
  }

  /** null when all is well. */
  async write(chunk: Uint8Array): Promise<'too-much' | 'claim-lost' | null> {
    if (this.#offsetBytes + chunk.byteLength > (this.upload.lengthBytes ?? MAX_SOURCE_BYTES)) return 'too-much';
    for (let from = 0; from < chunk.byteLength;) {
      // A full part waits for one byte more: the last one belongs to whoever finishes the upload.
      if (this.#filled === UPLOAD_PART_BYTES && !(await this.#flush())) return 'claim-lost';
      const taken = chunk.subarray(from, from + UPLOAD_PART_BYTES - this.#filled);
      this.#part.set(taken, this.#filled);
      this.#filled += taken.byteLength;
      from += taken.byteLength;
    }
    return (await this.#renew()) ? null : 'claim-lost';
  }

  async end(isBroken: boolean): Promise<Appended> {
    const { lengthBytes } = this.upload;
    const isWhole = lengthBytes === null ? !isBroken : this.#offsetBytes === lengthBytes;
    if (isWhole) {
      if (!this.#isEager && !(await this.#record())) return { end: 'claim-lost', upload: this.upload };
      return { end: 'whole', upload: this.upload, last: this.#part.subarray(0, this.#filled) };
    }
    if (this.#filled === UPLOAD_PART_BYTES && !(await this.#flush())) return { end: 'claim-lost', upload: this.upload };
    if (!this.#isEager && !(await this.#record())) return { end: 'claim-lost', upload: this.upload };
    if (!(await this.#keepTail())) return { end: 'claim-lost', upload: this.upload };
    return { end: 'partial', upload: this.upload, isBroken };
  }

  async #flush(): Promise<boolean> {
    const { etag } = await this.#multipart.uploadPart(this.#etags.length + 1, this.#part);
    this.#etags.push(etag);
    this.#part = new Uint8Array(UPLOAD_PART_BYTES);
    this.#filled = 0;
    return this.#isEager ? this.#record() : true;
  }

  async #record(): Promise<boolean> {
    const offsetBytes = this.#etags.length * UPLOAD_PART_BYTES;
    if (this.upload.offsetBytes >= offsetBytes) return true;
    const { db, media } = this.#place;
    const { tailKey } = this.upload;
    const nowMs = Date.now();
    const recorded = await appendPart(db, this.upload, { etags: this.#etags, offsetBytes, nowMs });
    if (recorded === null) return false;
    this.upload = recorded;
    this.#renewedAtMs = nowMs;
    if (tailKey !== null) await media.delete(tailKey);
    return true;
  }

  /** R2 takes no part below 5 MiB but the last, so what is shorter waits beside them for more. */
  async #keepTail(): Promise<boolean> {
    const { db, media } = this.#place;
    const { id, createdAt, tailKey: earlierKey, tailBytes } = this.upload;
    if (this.#filled === tailBytes) return true;
    // A name of its own: another request's tail is never overwritten.
    const tailKey = `u/${id}/${toBase64url(randomBytes(12))}`;
    await media.put(tailKey, this.#part.subarray(0, this.#filled));
    const nowMs = Date.now();
    const change = { tailKey, tailBytes: this.#filled, offsetBytes: this.#offsetBytes, updatedAt: nowMs };
    const recorded = await updateClaimed(db, this.upload, { ...change, expiresAt: expiryOf(createdAt, nowMs) });
    const needless = recorded === null ? tailKey : earlierKey;
    if (needless !== null) await media.delete(needless);
    if (recorded === null) return false;
    this.upload = recorded;
    return true;
  }

  /** A slow sender keeps its claim. */
  async #renew(): Promise<boolean> {
    const nowMs = Date.now();
    if (nowMs - this.#renewedAtMs < UPLOAD_CLAIM_RENEWED_MS) return true;
    const claimedUntil = nowMs + UPLOAD_CLAIM_MS;
    const renewed = await updateClaimed(this.#place.db, this.upload, { claimedUntil, updatedAt: nowMs });
    if (renewed === null) return false;
    this.upload = renewed;
    this.#renewedAtMs = nowMs;
    return true;
  }
}
