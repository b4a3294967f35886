import { log, reasonOf } from '#shared/log.ts';
import { deleteUpload, listExpired } from '../db/uploads.ts';
import { MAX_EXPIRED_UPLOADS_PER_SWEEP } from '../limits.ts';
import type { UploadPlace } from './append-upload.ts';
import { dropStored } from './finish-upload.ts';

/** Drops what nobody went on with: first what is stored, as without the row nobody would find it. */
export async function sweepUploads({ db, media }: UploadPlace, nowMs: number): Promise<void> {
  for (const upload of await listExpired(db, nowMs, MAX_EXPIRED_UPLOADS_PER_SWEEP)) {
    try {
      // What is finished belongs to its job.
      if (upload.state === 'open') await dropStored(media, upload);
      if (await deleteUpload(db, upload.id, nowMs)) log('info', 'upload_expired', { uploadId: upload.id });
    } catch (thrown) {
      log('error', 'upload_sweep_failed', { uploadId: upload.id, reason: reasonOf(thrown) });
    }
  }
}
