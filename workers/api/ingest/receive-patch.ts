import { parseByteCount, parseUploadChecksum, type UploadChecksum } from '#core/ingest/tus.ts';
import { fromBase64, randomBytes, toBase64url } from '#shared/encoding.ts';
import { ProblemError } from '#shared/http/problem.ts';
import { log, reasonOf } from '#shared/log.ts';
import { claimUpload, findUpload, releaseUpload, updateClaimed, type UploadRecord } from '../db/uploads.ts';
import type { ApiContext } from '../http/context.ts';
import { appendToUpload, type UploadPlace } from './append-upload.ts';
import { discardUpload, finishUpload } from './finish-upload.ts';
import { StreamHash } from './hash-source.ts';

/** The body of a PATCH, or of the POST that begins an upload, put to its end. Answers where the upload stands then. */
export async function receivePatch(c: ApiContext, id: string, offsetBytes: number): Promise<UploadRecord> {
  const checksum = readChecksum(c);
  const place = { db: c.var.db, media: c.env.MEDIA };
  const declared = parseByteCount(c.req.header('Content-Length'));
  const found = await findUpload(place.db, id);
  if (declared !== null && found?.lengthBytes != null && offsetBytes + declared > found.lengthBytes)
    throw tooMuch(found);
  const claim = toBase64url(randomBytes(12));
  const claimed = await claimUpload(place.db, id, { claim, offsetBytes, nowMs: Date.now() });
  if (claimed === null) throw await whyNot(place, id, offsetBytes);
  const body = c.req.raw.body ?? new Blob([]).stream();
  const work = appendAndRelease(place, claimed, body, checksum);
  // What came before a connection broke is stored behind it, when nobody waits for an answer any more.
  c.executionCtx.waitUntil(work.catch(() => undefined));
  await work;
  const upload = await findUpload(place.db, id);
  if (!upload) throw new ProblemError({ code: 'upload-not-found' });
  return upload;
}

async function appendAndRelease(...[place, claimed, ...rest]: Parameters<typeof append>): Promise<void> {
  try {
    await append(place, claimed, ...rest);
  } catch (thrown) {
    await endIfLost(place, claimed, thrown);
    throw thrown;
  } finally {
    await releaseUpload(place.db, claimed);
  }
}

/** R2's NoSuchUpload and InvalidPart: what was stored is not what is recorded, and no further request could mend it. */
const PARTS_LOST = /\(1002[45]\)/;

/** Said with 410, so that a client begins anew in place of trying until the upload expires. */
async function endIfLost(place: UploadPlace, claimed: UploadRecord, thrown: unknown): Promise<void> {
  if (!PARTS_LOST.test(reasonOf(thrown))) return;
  // Another request may be at work with the parts by now, or have made them whole.
  if ((await updateClaimed(place.db, claimed, { updatedAt: Date.now() })) === null) return;
  if ((await place.media.head(claimed.sourceKey)) !== null) return;
  log('error', 'upload_parts_lost', { uploadId: claimed.id, reason: reasonOf(thrown) });
  await discardUpload(place, claimed);
  const detail = 'Parts of it were lost in the bucket. Nothing of it is kept; begin a new upload.';
  throw new ProblemError({ code: 'upload-expired', detail });
}

async function append(
  place: UploadPlace,
  claimed: UploadRecord,
  body: ReadableStream<Uint8Array>,
  checksum: UploadChecksum | null,
): Promise<void> {
  const hash = checksum === null ? null : new StreamHash(checksum.algorithm);
  let isMismatch = false;
  const confirm = async (chunk: Uint8Array | null): Promise<boolean> => {
    if (hash === null || checksum === null) return true;
    if (chunk !== null) await hash.add(chunk);
    else isMismatch = !equalBytes(await hash.end(), checksum.base64);
    return !isMismatch;
  };
  const appended = await appendToUpload(place, claimed, body, hash === null ? {} : { confirm });
  if (isMismatch) {
    const detail = 'Nothing of this body was kept. Send it again from the same Upload-Offset.';
    throw new ProblemError({ code: 'upload-checksum-mismatch', detail });
  }
  switch (appended.end) {
    case 'whole':
      await finishUpload(place, appended.upload, appended.last);
      return;
    case 'partial':
      return;
    case 'too-much':
      throw tooMuch(claimed);
    case 'claim-lost':
      throw new ProblemError({ code: 'upload-locked', detail: 'This request was silent and another took its place.' });
  }
}

function readChecksum(c: ApiContext): UploadChecksum | null {
  const header = c.req.header('Upload-Checksum');
  if (header === undefined) return null;
  const checksum = parseUploadChecksum(header);
  if (!checksum.ok) throw new ProblemError({ code: 'invalid-request', detail: checksum.error });
  return checksum.value;
}

function equalBytes(digest: ArrayBuffer, base64: string): boolean {
  return toBase64url(new Uint8Array(digest)) === toBase64url(fromBase64(base64));
}

function tooMuch({ lengthBytes }: UploadRecord): ProblemError {
  const detail = `More bytes came than the ${lengthBytes} of Upload-Length.`;
  return new ProblemError({ code: 'invalid-request', detail });
}

async function whyNot({ db }: UploadPlace, id: string, offsetBytes: number): Promise<ProblemError> {
  const upload = await findUpload(db, id);
  if (!upload) return new ProblemError({ code: 'upload-not-found' });
  if (upload.state === 'failed' || upload.expiresAt <= Date.now()) return new ProblemError({ code: 'upload-expired' });
  if (upload.offsetBytes !== offsetBytes) {
    const detail = `It stands at byte ${upload.offsetBytes}, not at ${offsetBytes}. Ask with HEAD and go on from there.`;
    return new ProblemError({
      code: 'upload-offset-mismatch',
      detail,
      members: { offsetBytes: upload.offsetBytes },
    });
  }
  if (upload.state === 'finished') return new ProblemError({ code: 'conflict', detail: 'The upload is whole.' });
  return new ProblemError({ code: 'upload-locked', detail: 'Try again in a few seconds.', retryAfterSeconds: 3 });
}
