import { log, reasonOf } from '#shared/log.ts';
import { findJob } from '../db/jobs.ts';
import { failPulling } from '../db/pulling-jobs.ts';
import { deleteUpload, listExpired } from '../db/uploads.ts';
import { MAX_EXPIRED_UPLOADS_PER_SWEEP } from '../limits.ts';
import type { UploadPlace } from './append-upload.ts';
import { dropStored, dropTails } from './finish-upload.ts';

/** A pull ends long before; this is for one that nothing could end. */
const EXPIRED = {
  code: 'source-unreachable',
  detail: 'The source did not arrive in a day.',
} as const;

/** Drops what nobody went on with: first what is stored, as without the row nobody would find it. */
export async function sweepUploads({ db, media }: UploadPlace, nowMs: number): Promise<void> {
  for (const upload of await listExpired(db, nowMs, MAX_EXPIRED_UPLOADS_PER_SWEEP)) {
    try {
      // What is finished belongs to its job.
      if (upload.state === 'open') await dropStored({ db, media }, upload);
      else await dropTails(media, upload.id);
      const job = upload.kind === 'pull' ? await findJob(db, upload.jobId) : undefined;
      if (job !== undefined) await failPulling(db, job, EXPIRED, nowMs);
      if (await deleteUpload(db, upload.id, nowMs)) log('info', 'upload_expired', { uploadId: upload.id });
    } catch (thrown) {
      log('error', 'upload_sweep_failed', { uploadId: upload.id, reason: reasonOf(thrown) });
    }
  }
}
